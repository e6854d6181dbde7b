// A model package out of S3, with everything going wrong on the way: what arrives is what model.json names, or nothing.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { readConfiguration } from '../../../core/configuration.ts';
import { silentLog } from '../../../core/log.ts';
import { openModelSource, openWhenThere } from '../../../functions/worker/model-source.ts';
import { writeAll } from '../../../infra/weights/fetch-file.ts';
import { fetchModel, type FetchModel } from '../../../infra/weights/fetch-model.ts';
import { eventually } from '../../harness/eventually.ts';
import { startFaultyProxy, type Fault } from '../../harness/faulty-proxy.ts';
import { listenOn } from '../../harness/listen-on.ts';
import { bucket, startTestS3, testIdentity, type TestS3 } from '../../harness/s3.ts';

const weights = randomBytes(1_000_001);
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const manifest = (files: object) => JSON.stringify({ name: 'test', files });
const good = { 'weights.bin': sha256(weights), 'tokenizer.json': sha256('{}') };
const scratch = mkdtempSync(path.join(tmpdir(), 'gill-test-weights-'));
const options = { pieceBytes: 100_000, parallel: 4, pieceTimeoutMs: 2_000, attempts: 4, pauseMs: 5 };
let s3: TestS3;

before(async () => {
  s3 = await startTestS3();
  const put = (Key: string, Body: Uint8Array | string) =>
    s3.client().send(new PutObjectCommand({ Bucket: bucket, Key: `models/${Key}`, Body }));
  for (const name of ['good', 'bad', 'sly']) {
    await put(`${name}/weights.bin`, weights);
    await put(`${name}/tokenizer.json`, '{}');
  }
  await put('good/model.json', manifest(good));
  await put('bad/model.json', manifest({ ...good, 'weights.bin': sha256('other') }));
  await put('sly/model.json', manifest({ '../outside': sha256(weights) }));
  await put('deep/gallery/000.webp', 'picture');
  await put('deep/weights.bin', weights);
  const deep = { 'gallery/000.webp': sha256('picture'), 'weights.bin': sha256(weights) };
  await put('deep/model.json', JSON.stringify({ name: 'test', files: deep, gill: { gallery: 'gallery' } }));
  for (const [i, name] of ['a/../../outside', '../a/b', 'a/.b', 'a//b', '/a'].entries())
    await put(`sly${i}/model.json`, manifest({ [name]: sha256(weights) }));
});
after(async () => {
  await s3[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
});

const request = (name: string, folder: string, endpoint = s3.url): FetchModel => ({
  uri: `s3://${bucket}/models/${name}`,
  folder: path.join(scratch, folder),
  region: 'us-east-1',
  s3: { endpoint, credentials: testIdentity },
  files: 'all',
  options,
});
const never = new AbortController().signal;
const isWhole = (folder: string): void => {
  assert.ok(readFileSync(path.join(folder, 'weights.bin')).equals(weights));
  assert.deepEqual(
    readdirSync(folder).sort(),
    ['model.json', 'tokenizer.json', 'weights.bin'],
    'something is left over',
  );
};

test('503, cut bodies and stalled ones on the way: the files arrive whole, and the bytes are told', async () => {
  const faults: readonly Fault[] = ['none', '503', 'none', 'cut', 'none', 'none', 'stall'];
  await using proxy = await startFaultyProxy(s3.url, (number) => faults[number % faults.length]!);
  const told: number[] = [];
  const folder = await fetchModel(
    request('good', 'faulty', proxy.url),
    (loaded, total) => {
      assert.equal(total, weights.length + 2);
      told.push(loaded);
    },
    never,
  );
  isWhole(folder);
  assert.ok(told.length > 10 && told.every((bytes, i) => i === 0 || bytes > told[i - 1]!));
  assert.equal(told.at(-1), weights.length + 2);
});

test('a process that was killed half-way goes on where it was', async () => {
  const stop = new AbortController();
  await using proxy = await startFaultyProxy(s3.url, () => 'none');
  const half = fetchModel(
    request('good', 'resumed', proxy.url),
    (loaded) => {
      if (loaded > 500_000) stop.abort();
    },
    stop.signal,
  );
  await assert.rejects(half);
  // a way of its own: what was under way when the first was stopped may still reach that one
  await using second = await startFaultyProxy(s3.url, () => 'none');
  const patient = { ...request('good', 'resumed', second.url), options: { ...options, pieceTimeoutMs: 60_000 } };
  const told: number[] = [];
  isWhole(await fetchModel(patient, (loaded) => void told.push(loaded), never));
  // the pieces that were there count at once, without a request
  assert.ok(told[5]! >= 500_000);
  // model.json, two sizes, one small file, and at most five of eleven pieces
  assert.ok(second.requests() <= 9, `${second.requests()} requests for the second half`);
  const again = second.requests();
  isWhole(await fetchModel(patient, () => undefined, never));
  assert.equal(second.requests() - again, 1, 'only model.json is asked for');
});

test('a flipped bit or another file is found by its sha256, and nothing is shown under its name', async () => {
  await using proxy = await startFaultyProxy(s3.url, (_, method, url) =>
    method === 'GET' && url.includes('weights') ? 'flip' : 'none',
  );
  for (const wrong of [request('bad', 'bad'), request('good', 'flipped', proxy.url)]) {
    await assert.rejects(
      fetchModel(wrong, () => undefined, never),
      { code: 'MODEL_UNAVAILABLE', message: /sha256/ },
    );
    const [folder] = readdirSync(wrong.folder);
    assert.ok(!existsSync(path.join(wrong.folder, folder!, 'weights.bin')));
  }
  // whoever repairs the way gets the file at the next start
  isWhole(await fetchModel(request('good', 'flipped'), () => undefined, never));
});

test('files in a folder of the package lie in one here', async () => {
  for (const files of ['gallery', 'all'] as const) {
    const folder = await fetchModel({ ...request('deep', 'deep'), files }, () => undefined, never);
    assert.equal(readFileSync(path.join(folder, 'gallery', '000.webp'), 'utf8'), 'picture');
    assert.equal(existsSync(path.join(folder, 'weights.bin')), files === 'all', 'functions elsewhere have the weights');
  }
});

test('a name that leads out of the folder, or a package that is not there, is refused with a sentence', async () => {
  await assert.rejects(
    fetchModel(request('sly', 'sly'), () => undefined, never),
    { code: 'MODEL_UNAVAILABLE' },
  );
  for (let i = 0; i < 5; i++) await assert.rejects(fetchModel(request(`sly${i}`, 'sly'), () => undefined, never));
  assert.ok(!existsSync(path.join(scratch, 'outside')));
  await assert.rejects(
    fetchModel(request('none', 'none'), () => undefined, never),
    { message: /models\/none cannot be fetched/ },
  );
  await assert.rejects(
    fetchModel({ ...request('good', 'x'), uri: 's3://only' }, () => undefined, never),
    { code: 'CONFIGURATION' },
  );
});

test('while weights are on their way the function says so, with the bytes, and then it is opened', async () => {
  const configuration = readConfiguration({
    GILL_DATA_FOLDER: path.join(scratch, 'process'),
    MODEL_URI: `s3://${bucket}/models/good`,
    S3_ENDPOINT: s3.url,
    S3_BUCKET: bucket,
    S3_ACCESS_KEY_ID: testIdentity.accessKeyId,
    S3_SECRET_ACCESS_KEY: testIdentity.secretAccessKey,
  });
  await using source = openModelSource(configuration, silentLog);
  const opened: string[] = [];
  await using lazy = openWhenThere(source, (folder) => {
    opened.push(folder);
    return Promise.resolve({
      run: () => Promise.resolve(),
      health: () => ({ state: 'ready' as const }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  });
  assert.equal(lazy.health().state, 'loading');
  const events: unknown[] = [];
  await lazy.run({}, (event) => void events.push(event), never);
  assert.equal((events[0] as { code: string }).code, 'MODEL_UNAVAILABLE');
  isWhole(await source.folder);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(lazy.health().state, 'ready');
  assert.equal(opened.length, 1);
});

test('a store that was away as a worker started does not break it; a package that is not there is told, and taken once it is', async () => {
  let [away, kind] = [true, '503' as Fault];
  await using proxy = await startFaultyProxy(s3.url, () => (away ? kind : 'none'));
  const configuration = (name: string) =>
    readConfiguration({
      GILL_DATA_FOLDER: path.join(scratch, `process-${name}`),
      MODEL_URI: `s3://${bucket}/models/${name}`,
      S3_ENDPOINT: proxy.url,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: testIdentity.accessKeyId,
      S3_SECRET_ACCESS_KEY: testIdentity.secretAccessKey,
    });
  {
    await using source = openModelSource(configuration('good'), silentLog, { restMs: 5, patienceMs: 600_000 });
    await eventually(() => proxy.requests() > 8); // more than one attempt of the client's own
    assert.equal(source.health().state, 'loading', 'whoever waits would be told that there is no hope');
    away = false;
    isWhole(await source.folder);
  }
  {
    [away, kind] = [true, 'cut'];
    await using source = openModelSource(configuration('good'), silentLog, { restMs: 5, patienceMs: 0 });
    await eventually(() => source.health().state === 'failed');
    away = false;
    isWhole(await source.folder);
  }
  await using source = openModelSource(configuration('late'), silentLog, { restMs: 5, patienceMs: 600_000 });
  await using lazy = openWhenThere(source, () =>
    Promise.resolve({
      run: () => Promise.resolve(),
      health: () => ({ state: 'ready' as const }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  );
  await eventually(() => lazy.health().state === 'failed');
  const put = (name: string, Body: Uint8Array | string) =>
    s3.client().send(new PutObjectCommand({ Bucket: bucket, Key: `models/late/${name}`, Body }));
  await put('weights.bin', weights);
  await put('tokenizer.json', '{}');
  await put('model.json', manifest(good));
  isWhole(await source.folder);
  await eventually(() => lazy.health().state === 'ready');
});

test('a store that sends more than it was asked for is not listened to any longer', async () => {
  let sent = 0;
  await using chatty = await listenOn((request, response) => {
    if (request.url?.startsWith(`/${bucket}/models/long/model.json`)) response.end(manifest({ 'a.bin': sha256('a') }));
    else if (request.method === 'HEAD') response.writeHead(200, { 'content-length': '1' }).end();
    else {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(weights)) sent += weights.length;
      };
      response.on('drain', more);
      more();
    }
  });
  const wanted = { ...request('long', 'long', chatty.url), options: { ...options, attempts: 1 } };
  await assert.rejects(
    fetchModel(wanted, () => undefined, never),
    { code: 'MODEL_UNAVAILABLE', message: /more than the 1 bytes/ },
  );
  assert.ok(sent < 50_000_000, `${sent} bytes were taken`);
});

test('a file system that takes a few bytes at a time still gets all of them', async () => {
  const file = new Uint8Array(12);
  const write = (bytes: Uint8Array, from: number, length: number, position: number) => {
    const bytesWritten = Math.min(3, length);
    file.set(bytes.subarray(from, from + bytesWritten), position);
    return Promise.resolve({ bytesWritten });
  };
  await writeAll({ write }, Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), 2);
  assert.deepEqual([...file], [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0]);
});
