// The embedded S3 endpoint lets nothing through that is not signed: headers, URLs and forms, and pages of other origins.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import { bucket, failsWith, startTestS3, testIdentity, uploadOrigin } from '../../harness/s3.ts';

const s3 = await startTestS3();
after(() => s3[Symbol.asyncDispose]());
const client = s3.client();
const at = (Key: string) => ({ Bucket: bucket, Key });
const picture = randomBytes(300_000);
const sign = (key: string): Promise<string> => getSignedUrl(client, new GetObjectCommand(at(key)), { expiresIn: 60 });
const target = (url: string): string => url.slice(s3.url.length);
await client.send(new PutObjectCommand({ ...at('a/picture.png'), Body: picture, ContentType: 'image/png' }));
await client.send(new PutObjectCommand({ ...at('a/other'), Body: 'x' }));

describe('signed URLs', () => {
  test('open the object, in ranges and with an answer header of the signer', async () => {
    const url = target(await sign('a/picture.png'));
    assert.ok((await s3.raw('GET', url)).body.equals(picture));
    assert.equal((await s3.raw('GET', url, { headers: { range: 'bytes=0-9' } })).body.length, 10);
    const named = new GetObjectCommand({
      ...at('a/picture.png'),
      ResponseContentDisposition: 'attachment; filename="x.png"',
    });
    const answer = await s3.raw('GET', target(await getSignedUrl(client, named)));
    assert.match(String(answer.headers['content-disposition']), /attachment/);
  });

  test('tampered, expired, of another method or early: 403 as XML without a stack trace', async () => {
    const url = target(await sign('a/picture.png'));
    const wrong: [string, string, string][] = [
      ['signature', 'GET', url.replace(/Signature=(.)/, (_, d: string) => `Signature=${d === 'a' ? 'b' : 'a'}`)],
      ['key', 'GET', url.replace('picture.png', 'other')],
      ['expiry', 'GET', url.replace('X-Amz-Expires=60', 'X-Amz-Expires=604800')],
      ['method', 'HEAD', url],
      ['no signature', 'GET', `/${bucket}/a/picture.png`],
    ];
    const signedAt = (date: Date) =>
      getSignedUrl(client, new GetObjectCommand(at('a/other')), { expiresIn: 5, signingDate: date });
    wrong.push(['expired', 'GET', target(await signedAt(new Date(Date.now() - 60_000)))]);
    wrong.push(['from the future', 'GET', target(await signedAt(new Date(Date.now() + 3_600_000)))]);
    for (const [what, method, path] of wrong) {
      const answer = await s3.raw(method, path);
      assert.equal(answer.status, 403, what);
      if (method === 'HEAD') continue;
      assert.match(
        answer.body.toString(),
        /^<\?xml .*<Error><Code>\w+<\/Code><Message>[^<]+<\/Message><\/Error>$/,
        what,
      );
      assert.doesNotMatch(answer.body.toString(), /\.ts|node:| at /, what);
    }
  });

  test('no change of a single character opens anything else', async () => {
    const url = target(await sign('a/other'));
    const changes = fc.tuple(fc.nat(url.length - 2), fc.constantFrom(...Array.from('abcXYZ019%&=/.;+')));
    await fc.assert(
      fc.asyncProperty(changes, async ([offset, character]) => {
        const changed = url.slice(0, offset + 1) + character + url.slice(offset + 2);
        const answer = await s3.raw('GET', changed);
        if (changed !== url) assert.notEqual(answer.status, 200, changed);
      }),
      { numRuns: 300 },
    );
  });

  test('anonymous requests and wrong credentials are refused', async () => {
    for (const [method, path] of [
      ['PUT', `/${bucket}/anonymous`],
      ['GET', `/${bucket}?list-type=2`],
      ['DELETE', `/${bucket}/a/picture.png`],
      ['GET', '/'],
    ] as const)
      assert.equal(
        (await s3.raw(method, path, method === 'PUT' ? { body: 'evil' } : {})).status,
        403,
        `${method} ${path}`,
      );
    const get = new GetObjectCommand(at('a/picture.png'));
    const wrongSecret = s3.client({ credentials: { ...testIdentity, secretAccessKey: 'wrong' } });
    await assert.rejects(wrongSecret.send(get), failsWith(403, 'SignatureDoesNotMatch'));
    const wrongKey = s3.client({ credentials: { ...testIdentity, accessKeyId: 'OTHER' } });
    await assert.rejects(wrongKey.send(get), failsWith(403, 'InvalidAccessKeyId'));
    const wrongRegion = s3.client({ region: 'eu-west-1' });
    await assert.rejects(wrongRegion.send(get), failsWith(403));
  });

  test('a signed PUT stores with its type, and no other', async () => {
    const command = new PutObjectCommand({ ...at('up/p.png'), ContentType: 'image/png' });
    const url = target(await getSignedUrl(client, command, { signableHeaders: new Set(['content-type']) }));
    const send = (path: string, type: string) =>
      s3.raw('PUT', path, { body: picture, headers: { 'content-type': type } });
    assert.equal((await send(url, 'image/png')).status, 200);
    assert.equal((await client.send(new HeadObjectCommand(at('up/p.png')))).ContentType, 'image/png');
    assert.equal((await send(url, 'text/html')).status, 403);
    assert.equal((await send(url.replace('p.png', 'q.png'), 'image/png')).status, 403);
  });

  test('a signed form keeps size, key, type and signature', async () => {
    // the package declares the client by its base class
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    const { url, fields } = await createPresignedPost(client, {
      ...at('up/post.png'),
      Conditions: [
        ['content-length-range', 1, 1_000],
        ['eq', '$Content-Type', 'image/png'],
      ],
      Fields: { 'Content-Type': 'image/png' },
      Expires: 60,
    });
    const send = async (change: Record<string, string>, size: number): Promise<number> => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...fields, ...change })) form.append(name, value);
      form.append('file', new Blob([new Uint8Array(size)]), 'x.png');
      const answer = await fetch(url, { method: 'POST', body: form });
      await answer.arrayBuffer();
      return answer.status;
    };
    assert.equal(await send({}, 100), 204);
    assert.equal((await client.send(new HeadObjectCommand(at('up/post.png')))).ContentLength, 100);
    assert.equal(await send({}, 5_000), 400);
    assert.equal(await send({ key: 'up/evil.png' }, 100), 403);
    assert.equal(await send({ 'X-Amz-Signature': '0'.repeat(64) }, 100), 403);
    assert.equal(await send({ 'x-amz-meta-extra': '1' }, 100), 403);
  });

  test('a form that is refused before its file has come is told why, and the connection lives on', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(8_000_000)]), 'x.png');
    const encoded = new Response(form);
    const type = encoded.headers.get('content-type')!;
    const body = Buffer.from(await encoded.arrayBuffer());
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 3; i++) {
      const asked = request(`${s3.url}/elsewhere`, { method: 'POST', agent, headers: { 'content-type': type } });
      asked.end(body);
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      ports.add(asked.socket?.localPort);
      assert.equal(answer.statusCode, 404);
      assert.match(await text(answer), /NoSuchBucket/);
    }
    agent.destroy();
    assert.equal(ports.size, 1);
  });
});

describe('pages of other origins', () => {
  test('may show pictures; only listed ones may upload', async () => {
    const url = target(await sign('a/picture.png'));
    const shown = await s3.raw('GET', url, { headers: { origin: 'http://elsewhere.example' } });
    assert.equal(shown.headers['access-control-allow-origin'], '*');
    const preflight = (origin: string, method: string) =>
      s3.raw('OPTIONS', `/${bucket}/up/p.png`, { headers: { origin, 'access-control-request-method': method } });
    const allowed = await preflight(uploadOrigin, 'PUT');
    assert.deepEqual([allowed.status, allowed.headers['access-control-allow-origin']], [200, uploadOrigin]);
    const refused = await preflight('http://elsewhere.example', 'PUT');
    assert.deepEqual([refused.status, refused.headers['access-control-allow-origin']], [403, undefined]);
    assert.equal((await preflight('http://elsewhere.example', 'GET')).status, 200);
  });
});
