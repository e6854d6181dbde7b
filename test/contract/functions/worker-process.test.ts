// The worker as a process, with real PostgreSQL and S3 and its functions behind URLs: it does its work, tells what it
// offers, outlives what it depends on being late, and leaves in order when its parent does.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { silentLog } from '../../../core/log.ts';
import { startFunctionServer } from '../../../functions/container/function-server.ts';
import { parseDiffusionInput, parseLlmInput } from '../../../functions/container/parse-input.ts';
import { readFleet } from '../../../infra/database/workers.ts';
import { eventually } from '../../harness/eventually.ts';
import { freePort } from '../../../infra/local/free-port.ts';
import { bucket, startTestS3, testIdentity } from '../../harness/s3.ts';
import { createWorld } from '../../harness/world.ts';
import { recordedDiffusion, recordedLlm, recordedText } from '../../recordings/recorded-function.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());
const world = parts.use(await createWorld());
const s3 = parts.use(await startTestS3());
const shared = { slots: 4, host: '127.0.0.1', port: 0, maxBodyBytes: 1_000_000, log: silentLog };
const llm = parts.use(await startFunctionServer({ ...shared, function: recordedLlm(), parse: parseLlmInput }));
const diffusion = parts.use(
  await startFunctionServer({ ...shared, function: recordedDiffusion(), parse: parseDiffusionInput }),
);
const env = {
  PATH: process.env['PATH'],
  DATABASE_URL: world.url,
  S3_ENDPOINT: s3.url,
  S3_BUCKET: bucket,
  S3_ACCESS_KEY_ID: testIdentity.accessKeyId,
  S3_SECRET_ACCESS_KEY: testIdentity.secretAccessKey,
  MODEL_URI: path.join(root, 'models/storybook'),
  FUNCTIONS_LLM_URL: llm.url,
  FUNCTIONS_DIFFUSION_URL: diffusion.url,
};

interface Worker {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ready: () => boolean;
}

function start(change: Record<string, string | undefined> = {}, script = 'functions/worker/serve.ts'): Worker {
  const child = spawn(process.execPath, [path.join(root, script)], {
    env: { ...env, ...change },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  parts.defer(() => void child.kill('SIGKILL'));
  return { child, lines, ready: () => lines.includes('{"type":"ready"}') };
}

test('does jobs, tells its card, and leaves with its parent', async () => {
  const worker = start();
  await eventually(worker.ready, 30_000);
  const { replyId } = await world.send();
  await eventually(async () => (await world.read(replyId)).status === 'COMPLETED', 30_000);
  const { parts: replyParts } = await world.read(replyId);
  assert.deepEqual(
    replyParts.map((part) => ('text' in part ? part.text : 'picture')),
    [recordedText.before, 'picture', recordedText.after],
  );
  const { modelCard, workers } = await readFleet(world.db);
  assert.equal(modelCard?.model, 'storybook');
  assert.equal(workers.length, 1);
  worker.child.stdin!.end();
  assert.deepEqual(await once(worker.child, 'exit'), [0, null]);
  assert.equal((await readFleet(world.db)).workers.length, 0);
});

test('waits for a bucket that is late, and ends when told so meanwhile', async () => {
  const worker = start({ S3_BUCKET: 'late' });
  await eventually(() => worker.lines.some((line) => line.includes('S3 is not ready, trying again')), 30_000);
  assert.equal(worker.ready(), false);
  worker.child.kill('SIGTERM');
  assert.deepEqual(await once(worker.child, 'exit'), [0, null]);
});

test('a worker whose model cannot be loaded says so to its host', async () => {
  const port = String(await freePort());
  const here = { FUNCTIONS_LLM_URL: undefined, FUNCTIONS_DIFFUSION_URL: undefined, MODEL_URI: '/nowhere' };
  const change = { ...here, ROLE: 'worker', HOST: '127.0.0.1', PORT_HEALTH: port, DEVICE: 'cpu' };
  const worker = start(change, 'functions/container/serve.ts');
  await eventually(worker.ready, 30_000);
  await eventually(async () => (await fetch(`http://127.0.0.1:${port}/ping`)).status === 503, 10_000);
  worker.child.kill('SIGTERM');
  assert.deepEqual(await once(worker.child, 'exit'), [0, null]);
});

test('a wrong configuration ends it at once with a sentence', async () => {
  const worker = start({ GILL_REPLY_SLOTS: 'many' });
  assert.deepEqual(await once(worker.child, 'exit'), [1, null]);
  assert.match(worker.lines.join('\n'), /GILL_REPLY_SLOTS=many must be a whole number/);
  const device = start({ DEVICE: 'nonsense' });
  assert.deepEqual(await once(device.child, 'exit'), [1, null]);
  assert.match(device.lines.join('\n'), /DEVICE=nonsense must be one of auto, cpu, cuda, webgpu/);
  const container = start({ ROLE: 'painter' }, 'functions/container/serve.ts');
  assert.deepEqual(await once(container.child, 'exit'), [1, null]);
  assert.match(container.lines.join('\n'), /ROLE=painter must be llm, diffusion, vision, worker or api/);
});
