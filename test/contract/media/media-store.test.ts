// One suite for every MediaStore, and what only the one over S3 can show: URLs that really open, and errors that help.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { AppError } from '../../../core/app-error.ts';
import type { S3Configuration } from '../../../core/configuration.ts';
import { limits } from '../../../core/limits.ts';
import { mediaKeys, type MediaStore } from '../../../infra/media/media-store.ts';
import { createS3MediaStore } from '../../../infra/media/s3-media-store.ts';
import { createMemoryMedia } from '../../harness/memory-media.ts';
import { bucket, startTestS3, testIdentity } from '../../harness/s3.ts';

const s3 = await startTestS3();
const configuration: S3Configuration = {
  endpoint: s3.url,
  publicEndpoint: undefined,
  region: testIdentity.region,
  bucket,
  credentials: testIdentity,
};
const windowMs = limits.signedUrlWindowSeconds * 1_000;
// the endpoint's clock is the real one, so windows are turned back and never forward
const clock = { now: Date.now() };
const s3Media = createS3MediaStore(configuration, () => clock.now);
after(async () => {
  await s3Media[Symbol.asyncDispose]();
  await s3[Symbol.asyncDispose]();
});

const stores: [string, MediaStore][] = [
  ['in S3', s3Media],
  ['in memory', createMemoryMedia(() => clock.now)],
];

for (const [where, media] of stores) {
  describe(`files ${where}`, () => {
    test('a key gives one URL for a window, then another; each is valid for one to two windows', async () => {
      const key = mediaKeys.picture(randomUUID(), 1);
      const start = Math.floor(Date.now() / windowMs) * windowMs;
      const signedAt = async (now: number) => {
        clock.now = now;
        const signed = await media.signGet(key);
        const validMs = signed.expiresAt.getTime() - now;
        assert.ok(validMs > windowMs && validMs <= 2 * windowMs, `valid for ${validMs} ms`);
        return signed.url;
      };
      const first = await signedAt(start - windowMs);
      assert.equal(await signedAt(start - 1), first);
      const second = await signedAt(start);
      assert.notEqual(second, first);
      assert.equal(await signedAt(start - 1), first, 'two processes agree, whatever they signed before');
      clock.now = Date.now();
    });

    test('deleting what is not there is no error', async () => {
      await media.put('gone/a', new Uint8Array([1]), 'image/png');
      await media.deleteMany(['gone/a', 'gone/never']);
      await media.deleteMany(['gone/a']);
      await media.deleteMany([]);
    });
  });
}

describe('the store over S3', () => {
  test('a signed URL opens the file with its type, cacheable; deleted, it opens nothing', async () => {
    const key = mediaKeys.picture(randomUUID(), 1);
    const bytes = crypto.getRandomValues(new Uint8Array(10_000));
    await s3Media.put(key, bytes, 'image/png');
    const { url } = await s3Media.signGet(key);
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'image/png');
    assert.match(answer.headers.get('cache-control') ?? '', /immutable/);
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), bytes);
    await s3Media.deleteMany([key]);
    assert.equal((await fetch(url)).status, 404);
    assert.equal((await fetch(url.replace(/Signature=(.)/, 'Signature=z'))).status, 403);
  });

  test('more keys than one request takes are deleted', async () => {
    const keys = Array.from({ length: 1_001 }, (_, i) => `many/${i}`);
    await Promise.all([keys[0]!, keys[1_000]!].map((key) => s3Media.put(key, new Uint8Array(1), 'image/png')));
    await s3Media.deleteMany(keys);
    for (const key of [keys[0]!, keys[1_000]!]) {
      const { url } = await s3Media.signGet(key);
      assert.equal((await fetch(url)).status, 404);
    }
  });

  test('URLs name the public endpoint', async () => {
    await using media = createS3MediaStore({ ...configuration, publicEndpoint: 'https://pictures.example' });
    const { url } = await media.signGet('images/x/1.png');
    assert.match(url, /^https:\/\/pictures\.example\/media\/images\/x\/1\.png\?/);
  });

  test('failures are STORAGE, name the key and say what to do', async () => {
    const put = (media: MediaStore) => media.put('images/x/1.png', new Uint8Array(1), 'image/png');
    const saying = (pattern: RegExp) => (error: unknown) => {
      assert.ok(error instanceof AppError && error.code === 'STORAGE', String(error));
      assert.match(error.message, pattern);
      assert.doesNotMatch(error.message, /X-Amz-Signature|test-secret/);
      return true;
    };
    await using wrongBucket = createS3MediaStore({ ...configuration, bucket: 'missing' });
    await assert.rejects(put(wrongBucket), saying(/images\/x\/1\.png.*bucket "missing" is not there/));
    await assert.rejects(wrongBucket.check(), saying(/S3_BUCKET/));
    await using wrongKey = createS3MediaStore({
      ...configuration,
      credentials: { ...testIdentity, secretAccessKey: 'wrong' },
    });
    await assert.rejects(put(wrongKey), saying(/access denied.*S3_SECRET_ACCESS_KEY/));
    await s3Media.check();
    await assert.rejects(s3Media.check(AbortSignal.abort()), saying(/aborted/));
  });

  test('a server that fails for a moment is asked again, one that is away is told', async () => {
    let failures = 0;
    const flaky = createServer((request, response) => {
      request.resume();
      response.writeHead(failures++ < 2 ? 503 : 200).end();
    }).listen(0, '127.0.0.1');
    await once(flaky, 'listening');
    const endpoint = `http://127.0.0.1:${(flaky.address() as AddressInfo).port}`;
    await using media = createS3MediaStore({ ...configuration, endpoint });
    await media.put('images/x/1.png', new Uint8Array(1), 'image/png');
    assert.equal(failures, 3);
    flaky.close();
    flaky.closeAllConnections();
    await once(flaky, 'close');
    await assert.rejects(media.put('images/x/1.png', new Uint8Array(1), 'image/png'), /images\/x\/1\.png.*no answer/);
  });
});

test('those who ask for one URL at once have one signing between them, and many signings let others have their turn', async () => {
  const key = mediaKeys.picture(randomUUID(), 1);
  assert.equal(s3Media.signGet(key), s3Media.signGet(key));
  let turns = 0;
  let over = false;
  const turn = (): void => {
    turns++;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  const many = Array.from({ length: 96 }, (_, i) => s3Media.signGet(mediaKeys.picture(key, i)));
  assert.equal(new Set((await Promise.all(many)).map(({ url }) => url)).size, 96);
  over = true;
  assert.ok(turns >= 5, `${turns} turns`);
});

test('what temporary credentials signed dies with them, and is signed anew with those that follow', async (context) => {
  const wear = (accessKeyId: string, minutesLeft: number): Date => {
    const end = new Date(Date.now() + minutesLeft * 60_000);
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: 'secret' });
    Object.assign(process.env, { AWS_SESSION_TOKEN: 'token', AWS_CREDENTIAL_EXPIRATION: end.toISOString() });
    return end;
  };
  context.after(() => {
    for (const name of ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN', 'CREDENTIAL_EXPIRATION'])
      Reflect.deleteProperty(process.env, `AWS_${name}`);
  });
  // the SDK takes what is left of them in minutes, so theirs are few enough for it to ask again
  const end = wear('FIRST', 4);
  await using ambient = createS3MediaStore({ ...configuration, credentials: undefined });
  const first = await ambient.signGet('a.png');
  assert.match(first.url, /Credential=FIRST/);
  assert.equal(first.expiresAt.getTime(), end.getTime(), 'not when its own time is over');
  wear('SECOND', 60);
  const second = await ambient.signGet('a.png');
  assert.match(second.url, /Credential=SECOND/);
  assert.ok(second.expiresAt.getTime() > end.getTime());
  assert.equal((await ambient.signGet('a.png')).url, second.url);
});
