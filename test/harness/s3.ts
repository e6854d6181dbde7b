// An S3 endpoint of a test's own on a free port and in a folder of its own, with a client. Nothing is left behind.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { silentLog } from '../../core/log.ts';
import { startS3Endpoint, type S3EndpointOptions } from '../../infra/local/s3/s3-endpoint.ts';

export const testIdentity = { accessKeyId: 'TESTKEY', secretAccessKey: 'test-secret', region: 'us-east-1' };
export const bucket = 'media';
export const uploadOrigin = 'http://localhost:5173';

export interface TestS3 extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly client: (change?: S3ClientConfig) => S3Client;
  /** One request exactly as given: no signature, no normalised path. */
  readonly raw: (method: string, target: string, options?: RawOptions) => Promise<RawAnswer>;
}

export interface RawOptions {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @param options `folder` is kept; without it the endpoint has a folder of its own */
export async function startTestS3(
  options: Partial<Pick<S3EndpointOptions, 'folder' | 'lifecycle'>> = {},
): Promise<TestS3> {
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'gill-test-s3-'));
  const endpoint = await startS3Endpoint(
    {
      folder: path.join(folder, 's3'),
      host: '127.0.0.1',
      port: 0,
      identity: testIdentity,
      buckets: [bucket],
      uploadOrigins: [uploadOrigin],
      lifecycle: options.lifecycle ?? [],
    },
    silentLog,
  );
  const clients: S3Client[] = [];
  return {
    url: endpoint.url,
    port: endpoint.port,
    folder,
    client(more = {}) {
      const client = new S3Client({
        endpoint: endpoint.url,
        region: testIdentity.region,
        forcePathStyle: true,
        credentials: testIdentity,
        maxAttempts: 1,
        ...more,
      });
      clients.push(client);
      return client;
    },
    raw: (method, target, { headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
        const request = httpRequest(
          {
            host: '127.0.0.1',
            port: endpoint.port,
            method,
            path: target,
            headers: { ...length, ...headers },
            agent: false,
          },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () =>
              resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
            );
          },
        );
        request.on('error', reject);
        request.end(body);
      }),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await endpoint[Symbol.asyncDispose]();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** For assert.rejects: the SDK's error has this HTTP status and, where given, this S3 code. */
export const failsWith =
  (status: number, name?: string) => (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
    assert.equal(error.$metadata?.httpStatusCode, status, `${error.name}: ${error.message}`);
    if (name) assert.equal(error.name, name);
    return true;
  };
