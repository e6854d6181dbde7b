// Puts a backup into an empty database and a bucket: files first, so that no row ever shows a file that is not there yet.
// Must never write over anything, nor take a file whose bytes are not those that were saved.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { sql, type Kysely, type Transaction } from 'kysely';
import { AppError, coerceError } from '../../core/app-error.ts';
import { openDatabase } from '../database/connection.ts';
import { migrate } from '../database/migrate.ts';
import type { Database } from '../database/tables.ts';
import { refuseIfDamaged, refuseUnlessFree } from './check.ts';
import { backupTables, manifestSchema, type BackupManifest, type Stores } from './format.ts';
import { openS3 } from './open-s3.ts';

const rowsPerInsert = 500;

/** @throws {AppError} INVALID for a folder that is no whole backup; CONFLICT when database or bucket hold something */
export async function restore(stores: Stores, folder: string): Promise<BackupManifest> {
  const manifest = await readManifest(folder);
  await refuseIfDamaged(manifest, folder);
  await using handle = openDatabase(stores.databaseUrl, { maxConnections: 1, applicationName: 'gill-restore' });
  const { db } = handle;
  await migrate(db);
  await refuseUnlessEmpty(db);
  await refuseUnlessKnown(db, manifest);

  using s3 = openS3(stores.s3);
  const there = await refuseUnlessFree(s3.client, stores.s3.bucket, manifest);
  for (const [key, { contentType }] of Object.entries(manifest.files)) {
    if (there.has(key)) continue;
    const bytes = await readFile(path.join(folder, 'files', ...key.split('/')));
    await s3.client.send(
      new PutObjectCommand({ Bucket: stores.s3.bucket, Key: key, Body: bytes, ContentType: contentType }),
    );
  }
  // one transaction: a restore that breaks off leaves the database as empty as it was
  await db.transaction().execute(async (tx) => {
    for (const table of backupTables) {
      const expected = manifest.rows[table] ?? 0;
      const count = expected === 0 ? 0 : await putTable(tx, table, path.join(folder, `rows/${table}.ndjson`));
      if (count !== expected)
        throw new AppError('INVALID', `rows/${table}.ndjson has ${count} rows, manifest.json says ${expected}`);
    }
    await forgetMissingFiles(tx, manifest);
  });
  return manifest;
}

async function readManifest(folder: string): Promise<BackupManifest> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')));
  } catch (thrown) {
    throw new AppError(
      'INVALID',
      `${folder} is no whole backup: its manifest.json cannot be used`,
      coerceError(thrown),
    );
  }
}

async function refuseUnlessEmpty(db: Kysely<Database>): Promise<void> {
  for (const table of backupTables) {
    const found = await sql<{ one: number }>`select 1 as one from ${sql.table(table)} limit 1`.execute(db);
    if (found.rows.length > 0)
      throw new AppError('CONFLICT', `the table ${table} holds rows: restore into an empty database`);
  }
}

/** A newer program's rows may not fit this one's tables. */
async function refuseUnlessKnown(db: Kysely<Database>, { migrations }: BackupManifest): Promise<void> {
  const { rows } = await sql<{ name: string }>`select name from migration`.execute(db);
  const known = new Set(rows.map(({ name }) => name));
  const newer = migrations.filter((name) => !known.has(name));
  if (newer.length > 0)
    throw new AppError('INVALID', `the backup is of a newer version (${newer.join(', ')}): update this program first`);
}

/** A file that was deleted after the rows were read is in no backup: its picture comes back without one. */
async function forgetMissingFiles(tx: Transaction<Database>, { files }: BackupManifest): Promise<void> {
  for (const column of ['file_key', 'thumbnail_key'] as const) {
    const named = await tx.selectFrom('image').select(['id', column]).where(column, 'is not', null).execute();
    const ids = named.filter((row) => files[row[column]!] === undefined).map(({ id }) => id);
    for (let at = 0; at < ids.length; at += rowsPerInsert)
      await tx
        .updateTable('image')
        .set({ [column]: null })
        .where('id', 'in', ids.slice(at, at + rowsPerInsert))
        .execute();
  }
}

async function putTable(tx: Transaction<Database>, table: string, file: string): Promise<number> {
  let count = 0;
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const rows = `[${batch.join(',')}]`;
    await sql`insert into ${sql.table(table)}
      select * from json_populate_recordset(null::${sql.table(table)}, ${rows}::json)`.execute(tx);
    count += batch.length;
    batch = [];
  };
  for await (const line of createInterface({ input: createReadStream(file) })) {
    batch.push(line);
    if (batch.length >= rowsPerInsert) await flush();
  }
  await flush();
  return count;
}
