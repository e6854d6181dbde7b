// What restore looks at before it writes anything: whether the folder holds what was saved, byte for byte, and whether the bucket
// is free for it. Must never change either.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { AppError, coerceError } from '../../core/app-error.ts';
import { backupPrefixes, backupTables, type BackupManifest } from './format.ts';

/** @throws {AppError} INVALID naming the first file whose bytes are not those of the manifest */
export async function refuseIfDamaged({ rows, rowDigests, files }: BackupManifest, folder: string): Promise<void> {
  // a backup of an earlier version has none; whoever runs the command is told
  if (rowDigests !== undefined)
    for (const table of backupTables) {
      const expected = rowDigests[table];
      if (expected !== undefined) await compare(folder, `rows/${table}.ndjson`, expected);
      else if ((rows[table] ?? 0) > 0)
        throw new AppError('INVALID', `manifest.json has no sha256 of rows/${table}.ndjson, though it has rows`);
    }
  for (const [key, { sha256 }] of Object.entries(files)) await compare(folder, `files/${key}`, sha256);
}

async function compare(folder: string, name: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path.join(folder, ...name.split('/')))) hash.update(chunk as Buffer);
  } catch (thrown) {
    throw new AppError('INVALID', `${name} cannot be read`, coerceError(thrown));
  }
  if (hash.digest('hex') !== expected)
    throw new AppError('INVALID', `${name} is damaged: its sha256 is not what manifest.json says`);
}

/**
 * A file that is there as it was saved is no obstacle: a restore that broke off is begun again.
 * @returns keys that are there and need not be written
 * @throws {AppError} CONFLICT when a key of the backup holds something else
 */
export async function refuseUnlessFree(
  client: S3Client,
  Bucket: string,
  { files }: BackupManifest,
): Promise<ReadonlySet<string>> {
  const there = new Set<string>();
  for (const Prefix of backupPrefixes) {
    let token: string | undefined;
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: token }));
      for (const { Key, Size } of page.Contents ?? []) {
        const file = Key === undefined ? undefined : files[Key];
        if (Key === undefined || file === undefined) continue;
        if (Size !== file.bytes || !(await holds(client, Bucket, Key, file)))
          throw new AppError(
            'CONFLICT',
            `the bucket holds ${Key} already, with other bytes: restore into an empty bucket`,
          );
        there.add(Key);
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }
  return there;
}

async function holds(
  client: S3Client,
  Bucket: string,
  Key: string,
  { sha256, contentType }: BackupManifest['files'][string],
): Promise<boolean> {
  const { Body, ContentType } = await client.send(new GetObjectCommand({ Bucket, Key }));
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  return ContentType === contentType && createHash('sha256').update(bytes).digest('hex') === sha256;
}
