// What the embedded S3 endpoint does with objects: the AWS SDK cannot tell it from S3 in what we use, and no reader ever
// sees a torn one.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, describe, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import { eventually } from '../../harness/eventually.ts';
import { bucket, failsWith, startTestS3 } from '../../harness/s3.ts';

const s3 = await startTestS3();
after(() => s3[Symbol.asyncDispose]());
const client = s3.client();
const at = (Key: string) => ({ Bucket: bucket, Key });
const picture = randomBytes(300_000);

const put = (key: string, body: Uint8Array | string = 'x', more = {}) =>
  client.send(new PutObjectCommand({ ...at(key), Body: body, ...more }));
const get = (key: string, more = {}) => client.send(new GetObjectCommand({ ...at(key), ...more }));
const bytesOf = async (answer: GetObjectCommandOutput): Promise<Buffer> =>
  Buffer.from(await answer.Body!.transformToByteArray());
const read = async (key: string): Promise<string> => (await bytesOf(await get(key))).toString();
const sign = (key: string): Promise<string> => getSignedUrl(client, new GetObjectCommand(at(key)));
const target = (url: string): string => url.slice(s3.url.length);
await put('a/picture.png', picture, { ContentType: 'image/png', Metadata: { owner: 'ada' } });

describe('objects', () => {
  test('a bucket is made once', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'second' }));
    await client.send(new HeadBucketCommand({ Bucket: 'second' }));
    await assert.rejects(client.send(new CreateBucketCommand({ Bucket: 'second' })), failsWith(409));
    await assert.rejects(client.send(new HeadBucketCommand({ Bucket: 'third' })), failsWith(404));
    await assert.rejects(client.send(new CreateBucketCommand({ Bucket: 'Bad_Name' })), failsWith(400));
  });

  test('what is put comes back with its type and metadata', async () => {
    const answer = await get('a/picture.png');
    assert.ok((await bytesOf(answer)).equals(picture));
    assert.equal(answer.ContentType, 'image/png');
    assert.deepEqual(answer.Metadata, { owner: 'ada' });
    assert.equal(answer.ETag, `"${createHash('md5').update(picture).digest('hex')}"`);
  });

  test('an answer is never a page and never sniffed', async () => {
    const answer = await s3.raw('GET', target(await sign('a/picture.png')));
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.match(String(answer.headers['content-security-policy']), /default-src 'none'; sandbox/);
  });

  test('a streamed body is stored without its framing', async () => {
    const body = Readable.from([picture.subarray(0, 100_000), picture.subarray(100_000)]);
    await client.send(new PutObjectCommand({ ...at('a/stream'), Body: body, ContentLength: picture.length }));
    assert.ok((await bytesOf(await get('a/stream'))).equals(picture));
    const { ContentEncoding } = await client.send(new HeadObjectCommand(at('a/stream')));
    assert.equal(ContentEncoding, undefined);
  });

  test('a wrong checksum is refused, a right one comes back', async () => {
    await assert.rejects(put('a/bad', 'hello', { ChecksumCRC32: 'AAAAAA==' }), failsWith(400, 'BadDigest'));
    await assert.rejects(get('a/bad'), failsWith(404));
    const answer = await get('a/picture.png', { ChecksumMode: 'ENABLED' });
    await bytesOf(answer);
    assert.ok(answer.ChecksumCRC32);
  });

  test('a body other than the signed one is refused', async () => {
    // without a checksum of its own only the signed hash of the body can tell
    const swapping = s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    swapping.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: unknown }).body = 'wrong';
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'swapBody' },
    );
    const command = new PutObjectCommand({ ...at('a/swapped'), Body: 'right' });
    await assert.rejects(swapping.send(command), failsWith(400, 'XAmzContentSHA256Mismatch'));
    await assert.rejects(get('a/swapped'), failsWith(404));
  });

  test('head tells the size; what is not there is 404', async () => {
    const { ContentLength } = await client.send(new HeadObjectCommand(at('a/picture.png')));
    assert.equal(ContentLength, picture.length);
    await assert.rejects(client.send(new HeadObjectCommand(at('nope'))), failsWith(404));
    await assert.rejects(get('nope'), failsWith(404, 'NoSuchKey'));
  });

  test('ranges: inner, suffix, open, beyond the end', async () => {
    for (const [range, expected] of [
      ['bytes=100-199', picture.subarray(100, 200)],
      ['bytes=-50', picture.subarray(-50)],
      ['bytes=299990-', picture.subarray(299_990)],
      ['bytes=299990-999999', picture.subarray(299_990)],
    ] as const) {
      const answer = await get('a/picture.png', { Range: range });
      assert.ok((await bytesOf(answer)).equals(expected), range);
      assert.equal(answer.$metadata.httpStatusCode, 206);
    }
    await assert.rejects(get('a/picture.png', { Range: 'bytes=999999999-' }), failsWith(416));
  });

  test('an ETag that is known is not sent again', async () => {
    const { ETag } = await client.send(new HeadObjectCommand(at('a/picture.png')));
    const url = target(await sign('a/picture.png'));
    const again = await s3.raw('GET', url, { headers: { 'if-none-match': ETag! } });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
    assert.equal((await s3.raw('GET', url, { headers: { 'if-none-match': '"other"' } })).status, 200);
    await assert.rejects(get('a/picture.png', { IfMatch: '"other"' }), failsWith(412));
  });

  test('a conditional put does not overwrite', async () => {
    await assert.rejects(put('a/picture.png', 'x', { IfNoneMatch: '*' }), failsWith(412));
    assert.equal((await bytesOf(await get('a/picture.png'))).length, picture.length);
  });

  test('a copy lives on when its source is gone', async () => {
    await put('copy/from', 'bytes', { ContentType: 'text/plain' });
    await client.send(new CopyObjectCommand({ ...at('copy/to'), CopySource: `${bucket}/copy/from` }));
    await client.send(new DeleteObjectCommand(at('copy/from')));
    const answer = await get('copy/to');
    assert.deepEqual([(await bytesOf(answer)).toString(), answer.ContentType], ['bytes', 'text/plain']);
  });

  test('lists page by page, grouped at a delimiter; deletions leave it', async () => {
    for (let i = 0; i < 7; i++) await put(`list/k${i}`);
    const list = (more = {}) => client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'list/', ...more }));
    const first = await list({ MaxKeys: 3 });
    const rest = await list({ ContinuationToken: first.NextContinuationToken });
    assert.deepEqual([first.IsTruncated, first.Contents?.length, rest.Contents?.length], [true, 3, 4]);
    const grouped = await client.send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: '/' }));
    assert.ok(grouped.CommonPrefixes?.some(({ Prefix }) => Prefix === 'list/'));
    await client.send(new DeleteObjectCommand(at('list/k0')));
    const Objects = [{ Key: 'list/k1' }, { Key: 'list/k2' }, { Key: 'list/never' }];
    await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    assert.deepEqual(
      (await list()).Contents?.map(({ Key }) => Key),
      ['list/k3', 'list/k4', 'list/k5', 'list/k6'],
    );
  });

  test('an upload in parts; an aborted one leaves nothing', async () => {
    const parts = [randomBytes(5 * 1_048_576), randomBytes(1_000)];
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(at('a/parts')));
    const Parts = await Promise.all(
      parts.map(async (Body, i) => {
        const PartNumber = i + 1;
        const { ETag } = await client.send(new UploadPartCommand({ ...at('a/parts'), UploadId, PartNumber, Body }));
        return { ETag, PartNumber };
      }),
    );
    const upload = { ...at('a/parts'), UploadId, MultipartUpload: { Parts } };
    const { ETag } = await client.send(new CompleteMultipartUploadCommand(upload));
    assert.match(ETag!, /-2"$/);
    assert.ok((await bytesOf(await get('a/parts'))).equals(Buffer.concat(parts)));

    const second = await client.send(new CreateMultipartUploadCommand(at('a/aborted')));
    const part = { ...at('a/aborted'), UploadId: second.UploadId, PartNumber: 1, Body: 'x' };
    await client.send(new UploadPartCommand(part));
    await client.send(new AbortMultipartUploadCommand({ ...at('a/aborted'), UploadId: second.UploadId }));
    assert.deepEqual(readdirSync(path.join(s3.folder, 's3', 'uploads')), []);
    await assert.rejects(client.send(new UploadPartCommand(part)), failsWith(404, 'NoSuchUpload'));
  });

  test('any key: stored, listed, signed', async () => {
    const fixed = ['ü/写真 1+2 & "q".png', 'emoji/🖼️.png', 'sp ace/a+b=c?d#e%2F.png', "q'(1)*!~.png"];
    const roundTrip = async (key: string): Promise<void> => {
      await put(key, key);
      assert.equal(await read(key), key);
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key }));
      assert.ok(
        Contents?.some(({ Key }) => Key === key),
        `listed: ${key}`,
      );
      assert.equal((await s3.raw('GET', target(await sign(key)))).body.toString(), key);
    };
    for (const key of fixed) await roundTrip(key);
    // XML carries no control characters, and a URL parser takes `.` and `..` segments away
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 24 });
    const keys = text.filter(
      (key) => !/[\p{Cc}\uFFFE\uFFFF]/u.test(key) && !/(^|\/|\\)\.{1,2}($|\/|\\)/.test(key) && !key.startsWith('/'),
    );
    await fc.assert(fc.asyncProperty(keys, roundTrip), { numRuns: 40 });
  });

  test('a key that climbs stays inside', async () => {
    for (const key of [
      '../../escape.txt',
      '..%2f..%2fescape.txt',
      'x/../../../escape.txt',
      '..\\escape.txt',
      '/etc/escape',
    ]) {
      const url = await getSignedUrl(client, new PutObjectCommand(at(key)));
      await s3.raw('PUT', target(url), { body: 'out' });
    }
    for (const raw of [`/${bucket}/../escape.txt`, `/${bucket}/%2e%2e/%2e%2e/escape.txt`, '/%2e%2e/escape.txt'])
      assert.equal((await s3.raw('PUT', raw, { body: 'out' })).status, 403);
    assert.deepEqual(readdirSync(s3.folder), ['s3']);
    const names = readdirSync(s3.folder, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      names.filter((name) => name.includes('escape')),
      [],
    );
    const nul = await s3.raw('PUT', target(await getSignedUrl(client, new PutObjectCommand(at('nul\0x')))), {
      body: 'x',
    });
    assert.equal(nul.status, 400);
  });
});

describe('under load and after a crash', () => {
  test('fifty writers of fifty keys', async () => {
    const body = randomBytes(200_000);
    const keys = Array.from({ length: 50 }, (_, i) => `many/${i}`);
    await Promise.all(keys.map((key) => put(key, body)));
    for (const key of keys) assert.ok((await bytesOf(await get(key))).equals(body));
  });

  test('fifty writers of one key: a reader never sees a torn object', async () => {
    const make = (i: number): Buffer => Buffer.alloc(200_000 + i * 1_000, 65 + (i % 26));
    await put('same', make(0));
    const writers = new AbortController();
    const reader = (async (): Promise<number> => {
      let reads = 0;
      for (; !writers.signal.aborted; reads++) {
        const answer = await get('same');
        const bytes = await bytesOf(answer);
        assert.equal(answer.ETag, `"${createHash('md5').update(bytes).digest('hex')}"`);
      }
      return reads;
    })();
    for (let round = 0; round < 2; round++)
      await Promise.all(Array.from({ length: 50 }, (_, i) => put('same', make(i))));
    writers.abort();
    assert.ok((await reader) > 0);
    const blobs = readdirSync(path.join(s3.folder, 's3', 'blobs')).length;
    const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    assert.equal(blobs, KeyCount, 'replaced bytes are gone');
  });

  test('after a new start what was stored is there, what was left half-way is not, and previews expire', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gill-test-s3-again-'));
    const inside = (name: string): string => path.join(folder, 's3', name);
    try {
      {
        await using first = await startTestS3({ folder });
        for (const key of ['images/i', 'previews/p'])
          await first.client().send(new PutObjectCommand({ ...at(key), Body: key }));
      }
      writeFileSync(path.join(inside('temporary'), 'half'), 'half');
      writeFileSync(path.join(inside('blobs'), 'orphan'), 'orphan');
      await using second = await startTestS3({ folder, lifecycle: [{ prefix: 'previews/', maxAgeMs: 0 }] });
      const answer = await second.client().send(new GetObjectCommand(at('images/i')));
      assert.equal(await answer.Body!.transformToString(), 'images/i');
      assert.deepEqual(readdirSync(inside('temporary')), []);
      await eventually(() => readdirSync(inside('blobs')).length === 1);
      await assert.rejects(second.client().send(new GetObjectCommand(at('previews/p'))), failsWith(404));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
