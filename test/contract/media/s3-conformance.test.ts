// What this program needs of S3, as AWS documents it, in one suite: against the embedded endpoint, and against servers by others
// where they are installed (test/harness/s3-servers.ts). Where two disagree, AWS's API reference decides.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  type PutObjectCommandInput,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createS3MediaStore, type S3MediaStore } from '../../../infra/media/s3-media-store.ts';
import type { SignedForm } from '../../../infra/media/media-store.ts';
import { fetchModel } from '../../../infra/weights/fetch-model.ts';
import { failsWith, testIdentity } from '../../harness/s3.ts';
import { s3Servers, type Area } from '../../harness/s3-servers.ts';
import type { RunningServer } from '../../harness/run-server.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const bucket = 'conformance';
const picture = randomBytes(300_000);
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const sha256 = (bytes: Uint8Array | string, encoding: 'hex' | 'base64' = 'hex'): string =>
  createHash('sha256').update(bytes).digest(encoding);

for (const server of s3Servers) {
  describe(server.name, { skip: server.skip }, () => {
    let running: RunningServer;
    let client: S3Client;
    let media: S3MediaStore;
    const at = (Key: string) => ({ Bucket: bucket, Key });
    const put = (key: string, body: PutObjectCommandInput['Body'] = 'x', more: Partial<PutObjectCommandInput> = {}) =>
      client.send(new PutObjectCommand({ ...at(key), Body: body, ...more }));
    const get = async (key: string, more = {}) => {
      const answer = await client.send(new GetObjectCommand({ ...at(key), ...more }));
      return { ...answer, bytes: Buffer.from(await answer.Body!.transformToByteArray()) };
    };
    const list = (more = {}) => client.send(new ListObjectsV2Command({ Bucket: bucket, ...more }));
    const sign = (key: string, more: { readonly expiresIn?: number; readonly signingDate?: Date } = {}) =>
      getSignedUrl(client, new GetObjectCommand(at(key)), { expiresIn: 300, ...more });
    /** A test of an area that this server may lack. */
    const testOf = (area: Area, name: string, body: () => Promise<void>): void =>
      void test(name, { skip: server.lacks[area] ?? false }, body);

    before(async () => {
      running = await server.start();
      const shared = { endpoint: running.url, region: testIdentity.region, credentials: testIdentity };
      client = new S3Client({ ...shared, forcePathStyle: true, maxAttempts: 1 });
      media = createS3MediaStore({ ...shared, bucket, publicEndpoint: undefined });
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      await put('a/picture.png', picture, {
        ContentType: 'image/png',
        CacheControl: 'private, max-age=31536000, immutable',
        Metadata: { owner: 'ada' },
      });
    });
    after(async () => {
      client.destroy();
      await media[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
    });

    test('put, get, head: bytes, type, caching, metadata, and the MD5 as ETag', async () => {
      const { bytes, ContentType, CacheControl, Metadata, ETag, ContentLength } = await get('a/picture.png');
      assert.ok(bytes.equals(picture));
      assert.deepEqual(
        [ContentType, CacheControl, Metadata, ETag, ContentLength],
        ['image/png', 'private, max-age=31536000, immutable', { owner: 'ada' }, `"${md5(picture)}"`, picture.length],
      );
      const head = await client.send(new HeadObjectCommand(at('a/picture.png')));
      assert.deepEqual([head.ContentLength, head.ETag, head.ContentType], [ContentLength, ETag, ContentType]);
      assert.ok(Math.abs(head.LastModified!.getTime() - Date.now()) < 60_000);
      const first = await put('a/again', 'one');
      const second = await put('a/again', 'two!');
      assert.deepEqual([first.ETag, second.ETag], [`"${md5(Buffer.from('one'))}"`, `"${md5(Buffer.from('two!'))}"`]);
      assert.equal((await get('a/again')).bytes.toString(), 'two!');
      await put('a/empty', '');
      assert.equal((await get('a/empty')).bytes.length, 0);
    });

    test('what is not there: 404, with NoSuchKey or NoSuchBucket where there is a body', async () => {
      await assert.rejects(get('nope'), failsWith(404, 'NoSuchKey'));
      await assert.rejects(client.send(new HeadObjectCommand(at('nope'))), failsWith(404, 'NotFound'));
      const elsewhere = { Bucket: 'no-such-bucket', Key: 'x' };
      await assert.rejects(client.send(new GetObjectCommand(elsewhere)), failsWith(404, 'NoSuchBucket'));
      await assert.rejects(
        client.send(new PutObjectCommand({ ...elsewhere, Body: 'x' })),
        failsWith(404, 'NoSuchBucket'),
      );
      await assert.rejects(client.send(new HeadBucketCommand({ Bucket: 'no-such-bucket' })), failsWith(404));
      await client.send(new HeadBucketCommand({ Bucket: bucket }));
    });

    test('ranges: inner, one byte, suffix, open, beyond the end, outside', async () => {
      const size = picture.length;
      for (const [range, from, to] of [
        ['bytes=100-199', 100, 199],
        ['bytes=0-0', 0, 0],
        ['bytes=-50', size - 50, size - 1],
        [`bytes=-${size * 2}`, 0, size - 1],
        ['bytes=299990-', 299_990, size - 1],
        ['bytes=299990-999999', 299_990, size - 1],
      ] as const) {
        const { bytes, ContentRange, ContentLength, $metadata } = await get('a/picture.png', { Range: range });
        assert.ok(bytes.equals(picture.subarray(from, to + 1)), range);
        assert.deepEqual(
          [$metadata.httpStatusCode, ContentRange, ContentLength],
          [206, `bytes ${from}-${to}/${size}`, to - from + 1],
          range,
        );
      }
      await assert.rejects(get('a/picture.png', { Range: 'bytes=999999999-' }), failsWith(416, 'InvalidRange'));
    });

    test('a streamed body is stored without its framing', async () => {
      const body = Readable.from([picture.subarray(0, 100_000), picture.subarray(100_000)]);
      await put('a/stream', body, { ContentLength: picture.length });
      const { bytes, ETag } = await get('a/stream');
      assert.ok(bytes.equals(picture));
      assert.equal(ETag, `"${md5(picture)}"`);
    });

    testOf('framing', 'nor does the object say that it is framed', async () => {
      await put('a/framed', Readable.from([picture]), { ContentLength: picture.length });
      assert.equal((await get('a/framed')).ContentEncoding, undefined);
    });

    testOf('checksums', 'a wrong checksum stores nothing; a right one comes back when it is asked for', async () => {
      for (const wrong of [
        { ChecksumCRC32: 'AAAAAA==' },
        { ChecksumSHA256: sha256('other', 'base64') },
        { ContentMD5: createHash('md5').update('other').digest('base64') },
      ])
        await assert.rejects(put('a/wrong', 'hello', wrong), failsWith(400, 'BadDigest'), JSON.stringify(wrong));
      await assert.rejects(get('a/wrong'), failsWith(404));
      await put('a/summed', picture, { ChecksumAlgorithm: 'SHA256' });
      const { ChecksumSHA256 } = await get('a/summed', { ChecksumMode: 'ENABLED' });
      assert.equal(ChecksumSHA256, sha256(picture, 'base64'));
      assert.ok((await get('a/picture.png', { ChecksumMode: 'ENABLED' })).ChecksumCRC32, 'the SDK sends a CRC-32');
    });

    test('conditions: what is known is not sent, another version is refused, nothing is overwritten', async () => {
      const ETag = `"${md5(picture)}"`;
      const url = await sign('a/picture.png');
      const ask = async (headers: Record<string, string>): Promise<number> => {
        const answer = await fetch(url, { headers });
        await answer.arrayBuffer();
        return answer.status;
      };
      assert.equal(await ask({ 'if-none-match': ETag }), 304);
      assert.equal(await ask({ 'if-none-match': '"other"' }), 200);
      // what the fetching of weights relies on: pieces of one version only
      assert.equal((await get('a/picture.png', { IfMatch: ETag, Range: 'bytes=0-9' })).bytes.length, 10);
      const other = get('a/picture.png', { IfMatch: '"other"', Range: 'bytes=0-9' });
      await assert.rejects(other, failsWith(412, 'PreconditionFailed'));
      await assert.rejects(put('a/picture.png', 'x', { IfNoneMatch: '*' }), failsWith(412, 'PreconditionFailed'));
      assert.equal((await get('a/picture.png')).bytes.length, picture.length);
    });

    test('a signed URL opens the file, in ranges and with an answer header of the signer', async () => {
      const answer = await fetch(await sign('a/picture.png'), { headers: { range: 'bytes=5-9' } });
      assert.equal(answer.status, 206);
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), picture.subarray(5, 10));
      const ResponseContentDisposition = 'attachment; filename="x.png"';
      const named = new GetObjectCommand({ ...at('a/picture.png'), ResponseContentDisposition });
      const download = await fetch(await getSignedUrl(client, named));
      assert.equal(download.headers.get('content-disposition'), ResponseContentDisposition);
      assert.deepEqual(Buffer.from(await download.arrayBuffer()), picture);
    });

    testOf('signatures', 'a signed URL that is tampered with, over, or for another method opens nothing', async () => {
      const url = await sign('a/picture.png');
      const old = { expiresIn: 5, signingDate: new Date(Date.now() - 60_000) };
      const wrong: readonly [string, string, string][] = [
        ['signature', 'GET', url.replace(/Signature=(.)/, (_, digit) => `Signature=${digit === 'a' ? 'b' : 'a'}`)],
        ['key', 'GET', url.replace('picture.png', 'again')],
        ['expiry', 'GET', url.replace('X-Amz-Expires=300', 'X-Amz-Expires=604800')],
        ['method', 'PUT', url],
        ['method', 'DELETE', url],
        ['no signature', 'GET', url.slice(0, url.indexOf('?'))],
        ['expired', 'GET', await sign('a/picture.png', old)],
      ];
      for (const [what, method, target] of wrong) {
        const answer = await fetch(target, { method });
        assert.equal(answer.status, 403, what);
        assert.match(await answer.text(), /<Code>(AccessDenied|SignatureDoesNotMatch)<\/Code>/, what);
      }
      const endless = await fetch(url.replace('X-Amz-Expires=300', 'X-Amz-Expires=604801'));
      assert.equal(endless.status, 400);
      assert.match(await endless.text(), /<Code>AuthorizationQueryParametersError<\/Code>/);
    });

    async function refuses(change: S3ClientConfig, name: string): Promise<void> {
      const shared = { endpoint: running.url, region: testIdentity.region, credentials: testIdentity };
      const other = new S3Client({ ...shared, forcePathStyle: true, maxAttempts: 1, ...change });
      await assert.rejects(other.send(new GetObjectCommand(at('a/picture.png'))), failsWith(403, name));
      other.destroy();
    }

    testOf('signatures', 'another secret and another time are refused by name', async () => {
      await refuses({ credentials: { ...testIdentity, secretAccessKey: 'wrong' } }, 'SignatureDoesNotMatch');
      await refuses({ systemClockOffset: 20 * 60_000 }, 'RequestTimeTooSkewed');
    });

    testOf('strangers', 'an unknown access key is refused by name', () =>
      refuses({ credentials: { ...testIdentity, accessKeyId: 'OTHER' } }, 'InvalidAccessKeyId'),
    );

    const form = (seconds = 300): Promise<SignedForm> =>
      media.signPost({ key: 'uploads/ada/1', contentType: 'image/png', byteSize: 1_000, seconds });
    async function sendForm(
      { url, fields }: SignedForm,
      change: Readonly<Record<string, string>> = {},
      size = 1_000,
    ): Promise<{ readonly status: number; readonly text: string }> {
      const body = new FormData();
      const values = { ...Object.fromEntries(fields.map(({ name, value }) => [name, value])), ...change };
      for (const [name, value] of Object.entries(values)) body.append(name, value);
      body.append('file', new Blob([picture.subarray(0, size)], { type: 'image/png' }), 'x.png');
      const answer = await fetch(url, { method: 'POST', body });
      return { status: answer.status, text: await answer.text() };
    }

    test('a signed form stores its one file', async () => {
      const { status, text } = await sendForm(await form());
      assert.equal(status, 204, text);
      const { bytes, ContentType } = await get('uploads/ada/1');
      assert.ok(bytes.equals(picture.subarray(0, 1_000)));
      assert.equal(ContentType, 'image/png');
    });

    testOf('forms', 'a signed form takes no other size, key, type, field or signature, and ends', async () => {
      const signed = await form();
      for (const [change, size, status, code] of [
        [{}, 1_001, 400, 'EntityTooLarge'],
        [{}, 999, 400, 'EntityTooSmall'],
        [{ key: 'uploads/ben/1' }, 1_000, 403, 'AccessDenied'],
        [{ 'Content-Type': 'text/html' }, 1_000, 403, 'AccessDenied'],
        [{ 'x-amz-meta-extra': '1' }, 1_000, 403, 'AccessDenied'],
        [{ 'X-Amz-Signature': '0'.repeat(64) }, 1_000, 403, 'SignatureDoesNotMatch'],
      ] as const) {
        const answer = await sendForm(signed, change, size);
        const what = `${JSON.stringify(change)} ${size}: ${answer.text}`;
        assert.equal(answer.status, status, what);
        assert.match(answer.text, new RegExp(`<Code>${code}</Code>`), what);
      }
      const over = await sendForm(await form(-60));
      assert.deepEqual([over.status, /<Code>AccessDenied<\/Code>/.test(over.text)], [403, true], over.text);
      await assert.rejects(get('uploads/ben/1'), failsWith(404));
    });

    test('many keys are deleted with one request; what is not there is no error', async () => {
      const keys = ['gone/1', 'gone/2 & <three>', 'gone/ü'];
      for (const key of keys) await put(key);
      const Objects = [...keys, 'gone/never'].map((Key) => ({ Key }));
      const told = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
      assert.deepEqual(told.Deleted?.map(({ Key }) => Key).sort(), [...keys, 'gone/never'].sort());
      await client.send(new DeleteObjectCommand(at('gone/never')));
      assert.equal((await list({ Prefix: 'gone/' })).KeyCount, 0);
    });

    testOf('quiet', 'a quiet deletion tells of failures alone', async () => {
      await put('gone/quietly');
      const Delete = { Objects: [{ Key: 'gone/quietly' }, { Key: 'gone/never' }], Quiet: true };
      const { Deleted = [], Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }));
      assert.deepEqual([Deleted, Errors], [[], []]);
      await assert.rejects(get('gone/quietly'), failsWith(404));
    });

    testOf('tooMany', 'more than a thousand keys at once are refused', async () => {
      const Objects = Array.from({ length: 1_001 }, (_, index) => ({ Key: `many/${index}` }));
      const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } });
      await assert.rejects(client.send(command), failsWith(400, 'MalformedXML'));
      await media.deleteMany(Objects.map(({ Key }) => Key));
    });

    test('lists page by page in the order of UTF-8, from a key on, and grouped', async () => {
      const keys = ['list/a', 'list/b/1', 'list/b/2', 'list/c', 'list/~', 'list/ü', 'list/\u{1f5bc}'];
      for (const key of keys.toReversed()) await put(key);
      const seen: (string | undefined)[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await list({ Prefix: 'list/', MaxKeys: 3, ...(ContinuationToken ? { ContinuationToken } : {}) });
        assert.ok(page.KeyCount! <= 3 && page.KeyCount === page.Contents!.length);
        assert.equal(page.IsTruncated, page.NextContinuationToken !== undefined);
        seen.push(...page.Contents!.map(({ Key }) => Key));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken);
      assert.deepEqual(seen, keys);
      const from = await list({ Prefix: 'list/', StartAfter: 'list/b/2' });
      assert.deepEqual(
        from.Contents?.map(({ Key }) => Key),
        keys.slice(3),
      );
      const { Contents, CommonPrefixes } = await list({ Prefix: 'list/', Delimiter: '/' });
      assert.deepEqual(
        [Contents?.map(({ Key }) => Key), CommonPrefixes?.map(({ Prefix }) => Prefix)],
        [keys.filter((key) => !key.includes('/b/')), ['list/b/']],
      );
      const [first] = Contents ?? [];
      assert.deepEqual([first?.Size, first?.ETag], [1, `"${md5(Buffer.from('x'))}"`]);
    });

    test('odd keys: stored, read, listed, signed, deleted', async () => {
      for (const key of [
        'odd/sp ace+plus&amp;=?#%25.png',
        'odd/ü/写真 "q" <x>.png',
        "odd/q'(1)*!~@$,;:.png",
        'odd/emoji/\u{1f5bc}\u{fe0f}.png',
        'odd/%2e%2e%2fnot-up',
        'odd/back\\slash',
        'odd/.hidden',
      ]) {
        await put(key, key);
        assert.equal((await get(key)).bytes.toString(), key);
        const { Contents } = await list({ Prefix: key });
        assert.deepEqual(
          Contents?.map(({ Key }) => Key),
          [key],
        );
        assert.equal(await (await fetch(await sign(key))).text(), key);
        await client.send(new DeleteObjectCommand(at(key)));
        await assert.rejects(get(key), failsWith(404));
      }
    });

    testOf('encoding', 'a list spells keys for a URL when it is asked to', async () => {
      await put('spelled/a+b %\u00fc.png');
      const { Contents } = await list({ Prefix: 'spelled/', EncodingType: 'url' });
      const [found] = Contents ?? [];
      assert.match(found?.Key ?? '', /^spelled\/a%2Bb(%20|\+)%25%C3%BC\.png$/);
    });

    testOf('longKeys', 'a key of more than 1,024 bytes is refused', async () => {
      const key = `${'long/'.repeat(205)}k`;
      await assert.rejects(put(key), failsWith(400, 'KeyTooLongError'));
    });

    test('an upload in parts has the ETag of its parts', async () => {
      const bodies = [randomBytes(5 * 1_048_576), randomBytes(1_000)];
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(at('a/parts')));
      const Parts = [];
      for (const [index, Body] of bodies.entries()) {
        const PartNumber = index + 1;
        const { ETag } = await client.send(new UploadPartCommand({ ...at('a/parts'), UploadId, PartNumber, Body }));
        assert.equal(ETag, `"${md5(Body)}"`);
        Parts.push({ ETag, PartNumber });
      }
      const upload = { ...at('a/parts'), UploadId, MultipartUpload: { Parts } };
      const { ETag } = await client.send(new CompleteMultipartUploadCommand(upload));
      const ofParts = md5(Buffer.concat(bodies.map((body) => Buffer.from(md5(body), 'hex'))));
      assert.equal(ETag, `"${ofParts}-2"`);
      assert.ok((await get('a/parts')).bytes.equals(Buffer.concat(bodies)));
    });

    testOf('aborted', 'an aborted upload in parts takes no more of them', async () => {
      const second = await client.send(new CreateMultipartUploadCommand(at('a/aborted')));
      await client.send(new AbortMultipartUploadCommand({ ...at('a/aborted'), UploadId: second.UploadId }));
      const part = { ...at('a/aborted'), UploadId: second.UploadId, PartNumber: 1, Body: 'x' };
      await assert.rejects(client.send(new UploadPartCommand(part)), failsWith(404, 'NoSuchUpload'));
    });

    test('our adapter over it: put, look, read, sign, delete, and errors with a sentence', async () => {
      await media.check();
      await media.put('images/x/1.png', picture, 'image/png');
      assert.ok(await media.has('images/x/1.png'));
      assert.ok((await media.get('images/x/1.png', picture.length))?.equals(picture));
      assert.equal(await media.get('images/x/1.png', picture.length - 1), undefined, 'it is larger than wanted');
      const { url } = await media.signGet('images/x/1.png');
      const shown = await fetch(url);
      assert.match(shown.headers.get('cache-control') ?? '', /immutable/);
      assert.deepEqual(Buffer.from(await shown.arrayBuffer()), picture);
      await media.deleteMany(['images/x/1.png', 'images/x/never.png']);
      assert.deepEqual(
        [await media.has('images/x/1.png'), await media.get('images/x/1.png', 1e9), (await fetch(url)).status],
        [false, undefined, 404],
      );
      await using missing = createS3MediaStore({
        endpoint: running.url,
        publicEndpoint: undefined,
        region: testIdentity.region,
        credentials: testIdentity,
        bucket: 'no-such-bucket',
      });
      await assert.rejects(missing.check(), { code: 'STORAGE', message: /bucket "no-such-bucket" is not there/ });
      await assert.rejects(missing.get('x', 1), { code: 'STORAGE', message: /bucket "no-such-bucket" is not there/ });
    });

    test('a model package comes out of it in pieces, whole', async () => {
      await using folder = await temporaryFolder();
      await put('models/m/weights.bin', picture);
      await put('models/m/model.json', JSON.stringify({ files: { 'weights.bin': sha256(picture) } }));
      const told: number[] = [];
      await fetchModel(
        {
          uri: `s3://${bucket}/models/m`,
          folder: folder.path,
          region: testIdentity.region,
          s3: { endpoint: running.url, credentials: testIdentity },
          files: 'all',
          options: { pieceBytes: 70_000, parallel: 3 },
        },
        (loaded) => void told.push(loaded),
        new AbortController().signal,
      );
      assert.equal(told.at(-1), picture.length);
    });
  });
}
