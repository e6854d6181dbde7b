// Copies everything that matters into a folder while the server runs: rows as they were at one moment, then the files, so
// that every row finds its file unless it was deleted meanwhile. Must never leave a folder that looks whole and is not.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { AppError } from '../../core/app-error.ts';
import { backupPrefixes, backupTables, type BackupManifest, type Stores } from './format.ts';
import { openS3 } from './open-s3.ts';

const rowsPerFetch = 500;

/** @throws {AppError} CONFLICT when the folder holds something already */
export async function backup(stores: Stores, folder: string): Promise<BackupManifest> {
  await mkdir(path.join(folder, 'rows'), { recursive: true });
  const there = (await readdir(folder)).filter((name) => name !== 'rows');
  if (there.length > 0 || (await readdir(path.join(folder, 'rows'))).length > 0)
    throw new AppError('CONFLICT', `${folder} holds something already: name a new folder`);
  const { rows, rowDigests, migrations } = await copyRows(stores.databaseUrl, folder);
  using s3 = openS3(stores.s3);
  const { files, gone } = await copyFiles(s3.client, stores.s3.bucket, folder);
  const madeAt = new Date().toISOString();
  const manifest: BackupManifest = { format: 1, madeAt, migrations, rows, rowDigests, files, gone };
  await writeFile(path.join(folder, 'manifest.json'), `${JSON.stringify(manifest, undefined, 1)}\n`, { flush: true });
  return manifest;
}

async function copyRows(
  databaseUrl: string,
  folder: string,
): Promise<Pick<BackupManifest, 'rows' | 'migrations'> & { readonly rowDigests: Record<string, string> }> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'gill-backup' });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const { rows: applied } = await client.query<{ name: string }>('select name from migration order by name');
    const rows: Record<string, number> = {};
    const rowDigests: Record<string, string> = {};
    for (const table of backupTables) {
      const { count, sha256 } = await copyTable(client, table, path.join(folder, `rows/${table}.ndjson`));
      rows[table] = count;
      rowDigests[table] = sha256;
    }
    await client.query('commit');
    return { rows, rowDigests, migrations: applied.map(({ name }) => name) };
  } finally {
    await client.end();
  }
}

async function copyTable(
  client: pg.Client,
  table: string,
  file: string,
): Promise<{ readonly count: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  const out = createWriteStream(file, { flush: true });
  let count = 0;
  await client.query(`declare copied cursor for select row_to_json(${table})::text as row from ${table}`);
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`fetch ${rowsPerFetch} from copied`);
    if (rows.length === 0) break;
    count += rows.length;
    // JSON text holds no line break of its own
    const lines = `${rows.map(({ row }) => row).join('\n')}\n`;
    hash.update(lines);
    if (!out.write(lines)) await new Promise<void>((resolve) => out.once('drain', () => resolve()));
  }
  await client.query('close copied');
  out.end();
  await finished(out);
  return { count, sha256: hash.digest('hex') };
}

/** Files that are deleted while this runs are skipped, and named. */
async function copyFiles(
  client: S3Client,
  Bucket: string,
  folder: string,
): Promise<Pick<BackupManifest, 'files' | 'gone'>> {
  const files: BackupManifest['files'] = {};
  const gone: string[] = [];
  for (const Prefix of backupPrefixes) {
    let token: string | undefined;
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: token }));
      for (const { Key } of page.Contents ?? []) {
        if (Key === undefined) continue;
        const answer = await unlessGone(client.send(new GetObjectCommand({ Bucket, Key })));
        if (!answer) {
          gone.push(Key);
          continue;
        }
        const { Body, ContentType = 'application/octet-stream' } = answer;
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        const target = path.join(folder, 'files', ...Key.split('/'));
        if (!target.startsWith(path.join(folder, 'files') + path.sep))
          throw new AppError('INVALID', `the key "${Key}" leads out of the folder`);
        await mkdir(path.dirname(target), { recursive: true });
        await writeFile(target, bytes, { flush: true });
        files[Key] = {
          bytes: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
          contentType: ContentType,
        };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }
  return { files, gone };
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof NoSuchKey) return undefined;
    throw thrown;
  }
}
