// Requests on one object: GET and HEAD with ranges and conditions, PUT, copy, DELETE. The caller has verified the
// signature. Must never let an object be shown as a page: what a user stored is data, whatever type it claims.
import { randomUUID } from 'node:crypto';
import { link } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Blob, ObjectStore, StoredObject } from './object-store.ts';
import { S3Error } from './s3-error.ts';
import { decodeUri, type Verified } from './signature.ts';
import { escapeXml, xmlDocument } from './xml.ts';

export interface ObjectRequest extends Verified {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly key: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const keptHeaders = [
  'content-type',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
  'content-encoding',
];
const overridable = new Set(keptHeaders.map((name) => `response-${name}`));

/** Headers that are stored with an object and come back with it. */
export function objectHeaders(from: Readonly<Record<string, unknown>>): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const [name, value] of Object.entries(from)) {
    if (typeof value === 'string' && (keptHeaders.includes(name) || name.startsWith('x-amz-meta-'))) kept[name] = value;
  }
  // aws-chunked is how the body travelled, not what it is
  const encodings = (kept['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim());
  const lasting = encodings.filter((encoding) => encoding && encoding !== 'aws-chunked').join(',');
  if (lasting) kept['content-encoding'] = lasting;
  else delete kept['content-encoding'];
  return kept;
}

export function newObject(key: string, blob: Blob, headers: Record<string, string>): StoredObject {
  const { blob: name, size, checksum, md5 } = blob;
  return { key, blob: name, size, checksum, etag: `"${md5}"`, headers, storedAtMs: Date.now() };
}

export async function getObject({ store, bucket, key, request, response, query }: ObjectRequest): Promise<void> {
  const opened = await store.openObject(bucket, key);
  const { object } = opened;
  // whatever happens below: a condition that does not hold, or a reader who has gone
  await using file = opened.file;
  const headers: Record<string, string> = {
    ...object.headers,
    etag: object.etag,
    'last-modified': new Date(object.storedAtMs).toUTCString(),
    'accept-ranges': 'bytes',
  };
  for (const [name, value] of query)
    if (overridable.has(name)) headers[name.slice('response-'.length)] = value.replace(/[\r\n]/g, '');

  const ifMatch = request.headers['if-match'];
  if (ifMatch !== undefined && !matches(ifMatch, object.etag)) {
    throw new S3Error('PreconditionFailed', 'the object has another ETag');
  }
  const ifNoneMatch = request.headers['if-none-match'];
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, object.etag)) {
    response.writeHead(304, { etag: object.etag, ...cacheHeaders(headers) }).end();
    return;
  }
  const range = readRange(request.headers.range, object.size);
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${object.size}`);
    throw new S3Error('InvalidRange', `the object has ${object.size} bytes`);
  }
  if (range) headers['content-range'] = `bytes ${range.start}-${range.end}/${object.size}`;
  else if (request.headers['x-amz-checksum-mode'] === 'ENABLED' && !object.etag.includes('-'))
    headers[`x-amz-checksum-${object.checksum.algorithm}`] = object.checksum.value;
  const { start, end } = range ?? { start: 0, end: object.size - 1 };
  response.writeHead(range ? 206 : 200, { ...headers, 'content-length': end - start + 1 });
  if (request.method === 'HEAD' || end < start) {
    response.end();
    return;
  }
  const bytes = file.createReadStream({ start, end });
  try {
    await pipeline(bytes, response);
  } finally {
    // an answer whose reader left before it began takes nothing over, and the stream would hold the file for ever
    bytes.destroy();
  }
}

export async function putObject({
  store,
  bucket,
  key,
  request,
  response,
  query,
  payloadHash,
}: ObjectRequest): Promise<void> {
  for (const name of ['acl', 'tagging', 'retention', 'legal-hold'])
    if (query.has(name)) throw new S3Error('NotImplemented', `"${name}" is not offered`);
  const objects = store.bucket(bucket);
  if (request.headers['x-amz-copy-source'] !== undefined) {
    await copyObject(store, bucket, key, request.headers, response);
    return;
  }
  const onlyIfAbsent = request.headers['if-none-match'] === '*';
  if (onlyIfAbsent && objects.has(key)) throw new S3Error('PreconditionFailed', 'the object is already there');
  const headers = { ...request.headers, ...headersInQuery(query) };
  const blob = await store.receive(request, { headers, payloadHash });
  const object = newObject(key, blob, objectHeaders(headers));
  await store.commit(bucket, object, onlyIfAbsent);
  response
    .writeHead(200, {
      etag: object.etag,
      [`x-amz-checksum-${blob.checksum.algorithm}`]: blob.checksum.value,
      'content-length': 0,
    })
    .end();
}

async function copyObject(
  store: ObjectStore,
  bucket: string,
  key: string,
  headers: IncomingHttpHeaders,
  response: ServerResponse,
): Promise<void> {
  const source = decodeUri(String(headers['x-amz-copy-source'])).replace(/^\//, '');
  const cut = source.indexOf('/');
  const from = store.bucket(source.slice(0, cut)).get(source.slice(cut + 1));
  if (!from) throw new S3Error('NoSuchKey', 'there is no such object to copy');
  // a second name for the same bytes: they live until both objects are gone
  const blob = randomUUID();
  await link(store.blobPath(from.blob), store.blobPath(blob));
  const replaced = headers['x-amz-metadata-directive'] === 'REPLACE' ? { headers: objectHeaders(headers) } : {};
  const copy = { ...from, ...replaced, key, blob, storedAtMs: Date.now() };
  await store.commit(bucket, copy);
  respondXml(
    response,
    xmlDocument(
      'CopyObjectResult',
      `<ETag>${escapeXml(copy.etag)}</ETag><LastModified>${new Date(copy.storedAtMs).toISOString()}</LastModified>`,
    ),
  );
}

export function respondXml(response: ServerResponse, document: string, status = 200): void {
  response
    .writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(document) })
    .end(document);
}

/** A presigned PUT carries what would be headers in its query. */
function headersInQuery(query: ReadonlyMap<string, string>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of query) {
    const lower = name.toLowerCase();
    // the SDK signs the CRC-32 of an empty body into presigned PUTs unless told otherwise; it says nothing of this body
    if (lower === 'x-amz-checksum-crc32' && value === 'AAAAAA==') continue;
    if (/^x-amz-(checksum|meta)-/.test(lower)) found[lower] = value;
  }
  return found;
}

/** @returns undefined for no range, or one that is to be ignored (RFC 9110, 14.2) */
function readRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? 'unsatisfiable' : { start, end };
}

const matches = (header: string, etag: string): boolean =>
  header.split(',').some((one) => [etag, '*', `W/${etag}`].includes(one.trim()));

const cacheHeaders = (headers: Record<string, string>): Record<string, string> =>
  headers['cache-control'] === undefined ? {} : { 'cache-control': headers['cache-control'] };
