// The S3 endpoint that `npm start` embeds: what this program and the AWS SDK need of S3, path-style, on one folder and in
// one process. Everything is signed: nothing is readable or writable without. What is not offered says 501, never silence.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { coerceError } from '../../../core/app-error.ts';
import type { Log } from '../../../core/log.ts';
import { systemErrorCode } from '../operating-system.ts';
import { allowOrigin, preflight } from './cors.ts';
import { listObjects } from './list-objects.ts';
import { abortUpload, completeUpload, createUpload, removeOldUploads, uploadPart } from './multipart.ts';
import { getObject, putObject, respondXml, type ObjectRequest } from './object-requests.ts';
import { openObjectStore } from './object-store.ts';
import { postObject } from './post-policy.ts';
import { checksumsOf, compareChecksums } from './received-body.ts';
import { S3Error } from './s3-error.ts';
import { decodeUri, verifySignature, type SigningIdentity, type Verified } from './signature.ts';
import { escapeXml, readTags, xmlDocument } from './xml.ts';

const maxObjectBytes = 128 * 1024 * 1024;
/** Lists of keys and parts. */
const maxDocumentBytes = 1024 * 1024;
const maxKeyBytes = 1_024;
const maxDeletedKeys = 1_000;
const sweepEveryMs = 3_600_000;
const dayMs = 24 * 3_600_000;
/** A request that takes longer than this is broken off. */
const requestTimeoutMs = 120_000;

export interface S3EndpointOptions {
  readonly folder: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly identity: SigningIdentity;
  /** Made if missing. */
  readonly buckets: readonly string[];
  /** Origins of pages that may upload; reading a signed URL is open to every page. */
  readonly uploadOrigins: readonly string[];
  /** Objects under these prefixes expire: a bucket's lifecycle rules, for every bucket. */
  readonly lifecycle: readonly { readonly prefix: string; readonly maxAgeMs: number }[];
}

export interface S3Endpoint extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** Listens until disposed. Only one process may serve a folder. */
export async function startS3Endpoint(options: S3EndpointOptions, log: Log): Promise<S3Endpoint> {
  const { identity } = options;
  const store = openObjectStore(options.folder, maxObjectBytes, log);
  for (const bucket of options.buckets) if (!store.buckets().includes(bucket)) store.createBucket(bucket);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [rawPath, rawQuery] = splitOnce(request.url ?? '/', '?');
    const [rawBucket, rawKey] = splitOnce(rawPath.slice(1), '/');
    const bucket = decodeUri(rawBucket);
    const key = decodeUri(rawKey);
    const mayUpload = allowOrigin(request, response, options.uploadOrigins);
    if (request.method === 'OPTIONS') {
      preflight(request, response, mayUpload);
      return;
    }
    if (request.method === 'POST' && !key && /^multipart\/form-data/.test(request.headers['content-type'] ?? '')) {
      await postObject(store, identity, bucket, request, response);
      return;
    }
    const signed = { method: request.method ?? '', rawPath, rawQuery, headers: request.headers };
    const verified = verifySignature(signed, identity);
    if (Buffer.byteLength(key) > maxKeyBytes)
      throw new S3Error('KeyTooLongError', `a key has at most ${maxKeyBytes} bytes`);
    if (!rawPath.startsWith('/') || key.includes('\0')) throw new S3Error('InvalidArgument', 'a key holds no NUL');
    if (!bucket) {
      const names = store.buckets().map((name) => `<Bucket><Name>${escapeXml(name)}</Name></Bucket>`);
      respondXml(response, xmlDocument('ListAllMyBucketsResult', `<Buckets>${names.join('')}</Buckets>`));
    } else if (!key) await onBucket(request, response, bucket, verified);
    else await onObject({ store, bucket, key, request, response, ...verified });
  }

  async function onBucket(
    request: IncomingMessage,
    response: ServerResponse,
    bucket: string,
    { query, payloadHash }: Verified,
  ): Promise<void> {
    const { method } = request;
    if (method === 'PUT' && query.size <= 1) {
      if (store.buckets().includes(bucket)) throw new S3Error('BucketAlreadyOwnedByYou', 'the bucket is there already');
      store.createBucket(bucket);
      response.writeHead(200, { location: `/${bucket}`, 'content-length': 0 }).end();
      return;
    }
    const objects = store.bucket(bucket);
    if (method === 'HEAD') response.writeHead(200).end();
    else if (method === 'GET' && query.get('list-type') === '2')
      respondXml(response, listObjects(bucket, objects, query));
    else if (method === 'POST' && query.has('delete')) {
      const document = await readDocument(request, payloadHash);
      const keys = readTags(document, 'Key');
      if (keys.length > maxDeletedKeys)
        throw new S3Error(
          'MalformedXML',
          `${keys.length} keys are to be deleted at once, the limit is ${maxDeletedKeys}`,
        );
      for (const key of keys) await store.remove(bucket, key);
      // quiet: only failures would be told, and there are none
      const told = readTags(document, 'Quiet').includes('true') ? [] : keys;
      const deleted = told.map((key) => `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`);
      respondXml(response, xmlDocument('DeleteResult', deleted.join('')));
    } else throw new S3Error('NotImplemented', `${method ?? ''} of a bucket with this query is not offered`);
  }

  async function onObject(context: ObjectRequest): Promise<void> {
    const { request, response, query, payloadHash } = context;
    store.bucket(context.bucket);
    const inParts = query.has('uploadId');
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return getObject(context);
      case 'PUT':
        return inParts ? uploadPart(context) : putObject(context);
      case 'POST':
        if (query.has('uploads')) return createUpload(context);
        if (inParts) return completeUpload(context, await readDocument(request, payloadHash));
        throw new S3Error('NotImplemented', 'POST of an object begins or completes an upload in parts');
      case 'DELETE':
        if (inParts) return abortUpload(context);
        await store.remove(context.bucket, context.key);
        response.writeHead(204).end();
        return;
      default:
        throw new S3Error('MethodNotAllowed', `${request.method ?? ''} is not offered`);
    }
  }

  async function sweep(): Promise<void> {
    for (const { prefix, maxAgeMs } of options.lifecycle) {
      const removed = await store.removeOlder(prefix, Date.now() - maxAgeMs);
      if (removed > 0) log.info({ prefix, removed }, 'expired objects removed');
    }
    await removeOldUploads(store, Date.now() - dayMs);
  }

  const server = createServer((request, response) => {
    // what users stored is data: never a page, never a script, never sniffed
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('content-security-policy', "default-src 'none'; sandbox");
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    handle(request, response).catch((thrown: unknown) => refuse(request, response, thrown, options.folder, log));
  });
  server.requestTimeout = requestTimeoutMs;
  const onSweep = (): void =>
    void sweep().catch((thrown: unknown) => log.error({ err: coerceError(thrown) }, 'sweep failed'));
  onSweep();
  const sweeper = setInterval(onSweep, sweepEveryMs);

  try {
    server.listen(options.port, options.host);
    await once(server, 'listening');
  } catch (thrown) {
    clearInterval(sweeper);
    throw thrown;
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      clearInterval(sweeper);
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const patience = setTimeout(() => server.closeAllConnections(), 1_000);
      await closed;
      clearTimeout(patience);
    },
  };
}

/** A short XML body, checked like an object's. */
async function readDocument(request: IncomingMessage, payloadHash: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxDocumentBytes) throw new S3Error('EntityTooLarge', `a list may have ${maxDocumentBytes} bytes`);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const sums = checksumsOf(body);
  compareChecksums(sums, request.headers);
  const signedElsewhere = !/^[0-9a-f]{64}$/.test(payloadHash);
  if (!signedElsewhere && Buffer.from(sums.sha256, 'base64').toString('hex') !== payloadHash)
    throw new S3Error('XAmzContentSHA256Mismatch', 'the body is not the one that was signed');
  return body.toString('utf8');
}

function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown, folder: string, log: Log): void {
  const error = thrown instanceof S3Error ? thrown : coerceFailure(thrown, folder);
  if (error.status >= 500 && error.code !== 'NotImplemented')
    log.error({ err: coerceError(thrown), method: request.method }, error.message);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // the rest of a refused body is read away, so that the client sees the refusal and not a broken connection: closing it
  // while bytes still come would reset it
  let leftBytes = maxObjectBytes;
  request.on('data', (chunk: Buffer) => {
    leftBytes -= chunk.length;
    if (leftBytes < 0) request.destroy();
  });
  const body = request.method === 'HEAD' ? '' : error.toXml();
  response
    .writeHead(error.status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) })
    .end(body);
}

function coerceFailure(thrown: unknown, folder: string): S3Error {
  switch (systemErrorCode(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new S3Error('ServiceUnavailable', `the disk that holds ${folder} is full: free some space`);
    case 'EACCES':
    case 'EROFS':
    case 'EPERM':
      return new S3Error('ServiceUnavailable', `${folder} cannot be written: make it writable`);
    case 'ECONNRESET':
      return new S3Error('IncompleteBody', 'the connection broke off');
    default:
      return new S3Error('InternalError', 'the endpoint failed: its log tells why');
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
