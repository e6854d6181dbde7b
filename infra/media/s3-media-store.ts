// Files of pictures in S3, or in anything that speaks its protocol. Signed URLs change only once a window, so that browsers
// may cache what they show. Must never put a signed URL into an error or a log: it opens the file for whoever reads it.
import { setImmediate } from 'node:timers/promises';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { AppError, coerceError } from '../../core/app-error.ts';
import type { S3Configuration } from '../../core/configuration.ts';
import { limits } from '../../core/limits.ts';
import { inSpan } from '../../core/tracing.ts';
import type { MediaStore, SignedUrl } from './media-store.ts';

const maxAttempts = 4;
const connectTimeoutMs = 3_000;
/** Of one attempt, until the answer's head is there. */
const requestTimeoutMs = 15_000;
/** What DeleteObjects takes. */
const keysPerDelete = 1_000;
/** URLs of the current window that are kept: signing one takes about half a millisecond (test/drill/measure-queries.ts). */
const maxKeptUrls = 10_000;
const signingsInOneGo = 16;
/** The SDK asks for other temporary credentials when these are so near their end; what they signed dies with them. */
const renewalMs = 300_000;
/** A key is written once: a browser that has the file need not ask again. */
const cacheControl = 'private, max-age=31536000, immutable';

export interface S3MediaStore extends MediaStore, AsyncDisposable {
  /** Whether the bucket can be reached. @throws {AppError} STORAGE that says what is wrong, also where the signal ends it */
  readonly check: (signal?: AbortSignal) => Promise<void>;
}

/** @param clock milliseconds since 1970; tests turn it */
export function createS3MediaStore(configuration: S3Configuration, clock: () => number = Date.now): S3MediaStore {
  const { bucket, endpoint, region, credentials } = configuration;
  const shared = {
    region,
    maxAttempts,
    // virtual-host addressing is what AWS wants; an endpoint of one's own rarely has a name per bucket
    forcePathStyle: endpoint !== undefined,
    ...(credentials ? { credentials } : {}),
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  };
  const client = new S3Client({ ...shared, ...(endpoint ? { endpoint } : {}) });
  const publicEndpoint = configuration.publicEndpoint ?? endpoint;
  const signer = new S3Client({
    ...shared,
    ...(publicEndpoint ? { endpoint: publicEndpoint, forcePathStyle: true } : {}),
    // whoever opens a signed URL neither sends nor checks one
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const where = endpoint === undefined ? `bucket ${bucket}` : `bucket ${bucket} at ${endpoint}`;

  async function explained<T>(doing: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (thrown) {
      throw new AppError(
        'STORAGE',
        `${doing} (${where}): ${explain(coerceError(thrown), bucket)}`,
        coerceError(thrown),
      );
    }
  }

  const windowMs = limits.signedUrlWindowSeconds * 1_000;
  /** Promises, so that those who ask for one key at the same time have one signing between them. */
  const kept = { windowStartMs: 0, untilMs: Infinity, urls: new Map<string, Promise<SignedUrl>>() };
  let signings = 0;
  let before: Promise<unknown> = Promise.resolve();

  /** One after the other, and after a few of them it is somebody else's turn: a page of pictures must not hold the event loop. */
  function inTurn<T>(sign: () => Promise<T>): Promise<T> {
    const signed = before.then(async () => {
      if (++signings % signingsInOneGo === 0) await setImmediate();
      return sign();
    });
    before = signed.catch(() => undefined);
    return signed;
  }

  return {
    async put(key, bytes, contentType) {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: bytes,
        ContentType: contentType,
        CacheControl: cacheControl,
      });
      const attributes = { 'aws.s3.bucket': bucket, 'aws.s3.key': key, 'gill.file.bytes': bytes.length };
      await inSpan('S3 put', { kind: 'CLIENT', attributes }, () =>
        explained(`could not store ${key}`, () => client.send(command)),
      );
    },

    signGet(key) {
      const windowStartMs = Math.floor(clock() / windowMs) * windowMs;
      if (kept.windowStartMs !== windowStartMs || kept.urls.size >= maxKeptUrls || clock() >= kept.untilMs) {
        kept.windowStartMs = windowStartMs;
        kept.untilMs = Infinity;
        kept.urls.clear();
      }
      const known = kept.urls.get(key);
      if (known) return known;
      const command = new GetObjectCommand({ Bucket: bucket, Key: key });
      const { urls } = kept;
      const signed = inTurn(() =>
        explained(`could not sign ${key}`, async () => {
          const url = await getSignedUrl(signer, command, {
            signingDate: new Date(windowStartMs),
            expiresIn: 2 * limits.signedUrlWindowSeconds,
          });
          const { expiration } = await signer.config.credentials();
          const diesAtMs = expiration?.getTime() ?? Infinity;
          kept.untilMs = Math.min(kept.untilMs, diesAtMs - renewalMs);
          return { url, expiresAt: new Date(Math.min(windowStartMs + 2 * windowMs, diesAtMs)) };
        }),
      );
      urls.set(key, signed);
      signed.catch(() => urls.delete(key));
      return signed;
    },

    async get(key, maxBytes) {
      const command = new GetObjectCommand({ Bucket: bucket, Key: key });
      const answer = await explained(`could not read ${key}`, () => unlessMissing(client.send(command)));
      if (!answer?.Body) return undefined;
      if ((answer.ContentLength ?? Infinity) > maxBytes) {
        answer.Body.transformToWebStream()
          .cancel()
          .catch(() => undefined);
        return undefined;
      }
      return Buffer.from(await explained(`could not read ${key}`, () => answer.Body!.transformToByteArray()));
    },

    async has(key) {
      const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
      const answer = await explained(`could not look for ${key}`, () => unlessMissing(client.send(command)));
      return answer !== undefined;
    },

    async signPost({ key, contentType, byteSize, seconds }) {
      const { url, fields } = await explained(`could not sign a form for ${key}`, () =>
        // the package has a copy of the client of its own
        // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
        createPresignedPost(signer, {
          Bucket: bucket,
          Key: key,
          Expires: seconds,
          Fields: { 'Content-Type': contentType },
          Conditions: [
            ['content-length-range', byteSize, byteSize],
            ['eq', '$Content-Type', contentType],
          ],
        }),
      );
      return { url, fields: Object.entries(fields).map(([name, value]) => ({ name, value })) };
    },

    async deleteMany(keys) {
      for (let at = 0; at < keys.length; at += keysPerDelete) {
        const batch = keys.slice(at, at + keysPerDelete);
        const doing = `could not delete ${batch.length} files, the first is ${batch[0]!}`;
        const command = new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Objects: batch.map((Key) => ({ Key })), Quiet: true },
        });
        const { Errors: refused = [] } = await explained(doing, () => client.send(command));
        const [first] = refused;
        if (first)
          throw new AppError(
            'STORAGE',
            `could not delete ${first.Key ?? ''} (${where}): ${first.Message ?? first.Code ?? ''}`,
          );
      }
    },

    async check(signal) {
      const command = new HeadBucketCommand({ Bucket: bucket });
      await explained('the file store cannot be used', () =>
        client.send(command, signal ? { abortSignal: signal } : {}),
      );
    },

    [Symbol.asyncDispose]() {
      client.destroy();
      signer.destroy();
      return Promise.resolve();
    },
  };
}

/** An object that is not there is an answer, not a failure; a bucket that is not there is one. */
async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof Error && (thrown.name === 'NoSuchKey' || thrown.name === 'NotFound')) return undefined;
    throw thrown;
  }
}

/** The SDK's errors name classes; people need to know what to change. */
function explain(error: Error, bucket: string): string {
  const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : {};
  switch (metadata.httpStatusCode) {
    case 403:
      return 'access denied: check S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY and the permissions of the role';
    case 404:
      return `the bucket "${bucket}" is not there: make it, or correct S3_BUCKET`;
    case undefined:
      return `no answer: ${error.message || error.name}`;
    default:
      return error.message || error.name;
  }
}
