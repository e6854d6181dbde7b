// Uploads in parts: each upload is a folder with its record and parts, gone when it is completed, aborted or a day old.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { systemErrorCode } from '../operating-system.ts';
import { objectHeaders, respondXml, type ObjectRequest } from './object-requests.ts';
import { syncFolder, type Blob, type ObjectStore } from './object-store.ts';
import { S3Error } from './s3-error.ts';
import { escapeXml, readTags, xmlDocument } from './xml.ts';

interface UploadRecord {
  readonly bucket: string;
  readonly key: string;
  readonly headers: Record<string, string>;
}

const uploadsFolder = (store: ObjectStore): string => path.join(store.folder, 'uploads');

export async function createUpload({ store, bucket, key, request, response }: ObjectRequest): Promise<void> {
  const id = randomUUID();
  const folder = path.join(uploadsFolder(store), id);
  await mkdir(folder, { mode: 0o700 });
  const record: UploadRecord = { bucket, key, headers: objectHeaders(request.headers) };
  await writeFile(path.join(folder, 'upload.json'), JSON.stringify(record), { flush: true });
  const body = `<Bucket>${escapeXml(bucket)}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId>`;
  respondXml(response, xmlDocument('InitiateMultipartUploadResult', body));
}

export async function uploadPart(context: ObjectRequest): Promise<void> {
  const { store, request, response, query, payloadHash } = context;
  const { folder } = await openUpload(context);
  const number = Number(query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new S3Error('InvalidArgument', 'partNumber must be from 1 to 10000');
  const part = await store.receive(request, { headers: request.headers, payloadHash });
  await rename(store.blobPath(part.blob), path.join(folder, `${number}.part`));
  await writeFile(path.join(folder, `${number}.json`), JSON.stringify(part), { flush: true });
  syncFolder(folder);
  response
    .writeHead(200, {
      etag: `"${part.md5}"`,
      [`x-amz-checksum-${part.checksum.algorithm}`]: part.checksum.value,
      'content-length': 0,
    })
    .end();
}

export async function completeUpload(context: ObjectRequest, document: string): Promise<void> {
  const { store, bucket, key, response } = context;
  const { folder, record } = await openUpload(context);
  const numbers = readTags(document, 'PartNumber').map(Number);
  if (numbers.length === 0) throw new S3Error('InvalidRequest', 'an upload has at least one part');
  const parts = await Promise.all(numbers.map((number) => readPart(folder, number)));
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const number of numbers) yield* createReadStream(path.join(folder, `${number}.part`)) as AsyncIterable<Buffer>;
  }
  const blob = await store.receive(Readable.from(bytes()), { headers: {}, payloadHash: '' });
  // the ETag of an object in parts: MD5 of the parts' MD5s, and how many there were
  const md5s = Buffer.concat(parts.map((part) => Buffer.from(part.md5, 'hex')));
  const etag = `"${createHash('md5').update(md5s).digest('hex')}-${parts.length}"`;
  const { size, checksum } = blob;
  await store.commit(bucket, {
    key,
    blob: blob.blob,
    size,
    checksum,
    etag,
    headers: record.headers,
    storedAtMs: Date.now(),
  });
  await rm(folder, { recursive: true, force: true });
  const body = `<Bucket>${escapeXml(bucket)}</Bucket><Key>${escapeXml(key)}</Key><ETag>${escapeXml(etag)}</ETag>`;
  respondXml(response, xmlDocument('CompleteMultipartUploadResult', body));
}

export async function abortUpload(context: ObjectRequest): Promise<void> {
  const { folder } = await openUpload(context);
  await rm(folder, { recursive: true, force: true });
  context.response.writeHead(204).end();
}

/** Uploads that no one finished. */
export async function removeOldUploads(store: ObjectStore, beforeMs: number): Promise<number> {
  let removed = 0;
  for (const id of await readdir(uploadsFolder(store))) {
    const folder = path.join(uploadsFolder(store), id);
    if ((await stat(folder)).mtimeMs >= beforeMs) continue;
    await rm(folder, { recursive: true, force: true });
    removed++;
  }
  return removed;
}

/** @throws {S3Error} NoSuchUpload also when the upload is another key's */
async function openUpload({
  store,
  bucket,
  key,
  query,
}: ObjectRequest): Promise<{ folder: string; record: UploadRecord }> {
  const id = query.get('uploadId') ?? '';
  const refused = new S3Error('NoSuchUpload', 'there is no such upload');
  if (!/^[0-9a-f-]{36}$/.test(id)) throw refused;
  const folder = path.join(uploadsFolder(store), id);
  const record = await readJson<UploadRecord>(path.join(folder, 'upload.json'));
  if (record?.bucket !== bucket || record.key !== key) throw refused;
  return { folder, record };
}

async function readPart(folder: string, number: number): Promise<Blob> {
  const part = Number.isInteger(number) ? await readJson<Blob>(path.join(folder, `${number}.json`)) : undefined;
  if (!part) throw new S3Error('InvalidPart', 'a part of the list was not uploaded');
  return part;
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
