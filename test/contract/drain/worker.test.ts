// A worker's container told to stop while it works (SIGTERM to its process): health turns first, nothing more is claimed, what
// can end in its time ends, and the rest is handed back for another worker, with no attempt lost and no word twice.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, test } from 'node:test';
import { silentLog } from '../../../core/log.ts';
import { startFunctionServer } from '../../../functions/container/function-server.ts';
import { parseDiffusionInput, parseLlmInput } from '../../../functions/container/parse-input.ts';
import { freePort } from '../../../infra/local/free-port.ts';
import { eventually } from '../../harness/eventually.ts';
import { bucket, startTestS3, testIdentity } from '../../harness/s3.ts';
import { replyOptions, createWorld } from '../../harness/world.ts';
import { recordedDiffusion, recordedLlm, recordedText } from '../../recordings/recorded-function.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());
const world = parts.use(await createWorld());
const s3 = parts.use(await startTestS3());

/** What holds a reply in its middle, and how long. */
let holding: (() => Promise<void>) | undefined;
let reached = 0;
const shared = { slots: 4, host: '127.0.0.1', port: 0, maxBodyBytes: 1_000_000, log: silentLog };
const before = async (position: number): Promise<void> => {
  if (position !== 5 || !holding) return;
  reached++;
  await holding();
};
const llm = parts.use(
  await startFunctionServer({ ...shared, function: recordedLlm({ before }), parse: parseLlmInput }),
);
const diffusion = parts.use(
  await startFunctionServer({ ...shared, function: recordedDiffusion(), parse: parseDiffusionInput }),
);

async function startWorker(): Promise<{ readonly child: ChildProcess; readonly health: () => Promise<number> }> {
  const port = await freePort();
  const child = spawn(process.execPath, [path.join(root, 'functions/container/serve.ts')], {
    env: {
      PATH: process.env['PATH'],
      ROLE: 'worker',
      HOST: '127.0.0.1',
      PORT_HEALTH: String(port),
      DATABASE_URL: world.url,
      S3_ENDPOINT: s3.url,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: testIdentity.accessKeyId,
      S3_SECRET_ACCESS_KEY: testIdentity.secretAccessKey,
      MODEL_URI: path.join(root, 'models/storybook'),
      FUNCTIONS_LLM_URL: llm.url,
      FUNCTIONS_DIFFUSION_URL: diffusion.url,
    },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  parts.defer(() => void child.kill('SIGKILL'));
  const health = async (): Promise<number> => {
    try {
      return (await fetch(`http://127.0.0.1:${port}/ping`)).status;
    } catch {
      return 0; // nobody listens
    }
  };
  await eventually(async () => (await health()) === 200, 60_000);
  return { child, health };
}

const jobOf = (messageId: string) =>
  world.db
    .selectFrom('job')
    .select(['state', 'attempt', 'fence'])
    .where('message_id', '=', messageId)
    .where('kind', '=', 'reply')
    .executeTakeFirstOrThrow();
const options = { ...replyOptions, images: 'NEVER' as const };

test('a reply that ends in time is finished; health has turned before', async () => {
  const held = Promise.withResolvers<undefined>();
  holding = () => held.promise;
  reached = 0;
  const { child, health } = await startWorker();
  const { replyId } = await world.send({ options });
  await eventually(() => reached === 1);
  child.kill('SIGTERM');
  const exit = once(child, 'exit');
  await eventually(async () => (await health()) === 503);
  held.resolve(undefined); // while its time lasts
  assert.deepEqual(await exit, [0, null]);
  const { status, parts: said } = await world.read(replyId);
  const { state, attempt } = await jobOf(replyId);
  // where the machine was too slow for that, it is handed back, which is the other test
  if (state === 'done') assert.deepEqual([status, attempt], ['COMPLETED', 1]);
  else assert.deepEqual([state, attempt, said.length > 0], ['queued', 0, true]);
});

test('a reply that does not end is handed back, nothing is claimed meanwhile, and another worker ends it', async () => {
  const held = Promise.withResolvers<undefined>();
  holding = () => held.promise;
  reached = 0;
  const { child, health } = await startWorker();
  const { replyId } = await world.send({ options });
  await eventually(() => reached >= 1);
  child.kill('SIGTERM');
  const exit = once(child, 'exit');
  await eventually(async () => (await health()) === 503);
  const late = await world.send({ options });
  assert.deepEqual(await exit, [0, null]);
  assert.deepEqual(await jobOf(replyId), { state: 'queued', attempt: 0, fence: null });
  assert.deepEqual(await jobOf(late.replyId), { state: 'queued', attempt: 0, fence: null });
  held.resolve(undefined);
  holding = undefined;
  await using _next = world.work();
  await eventually(async () =>
    (await Promise.all([replyId, late.replyId].map(world.read))).every(({ status }) => status === 'COMPLETED'),
  );
  const { parts: said } = await world.read(replyId);
  assert.deepEqual(
    said.map((part) => ('text' in part ? part.text : 'picture')),
    [recordedText.before + recordedText.after],
    'a word was lost or repeated',
  );
});

test('a function alone: health turns, a new request is refused, the running one ends, then the door closes', async () => {
  const held = Promise.withResolvers<undefined>();
  const server = await startFunctionServer({
    ...shared,
    drainMs: 60_000,
    function: recordedLlm({ before: (position) => (position === 5 ? held.promise : undefined) }),
    parse: parseLlmInput,
  });
  const invoke = (): Promise<Response> =>
    fetch(`${server.url}/invocations`, {
      method: 'POST',
      body: JSON.stringify({
        contract: 2,
        turns: [{ role: 'user', parts: [{ kind: 'text', text: 'a red fox' }] }],
        options: { maxTokens: 8, temperature: 0, topP: 1, repetitionPenalty: 1, seed: '1', images: 'NEVER' },
      }),
    });
  const running = await invoke();
  const stopped = server[Symbol.asyncDispose]();
  const ping = await fetch(`${server.url}/ping`);
  assert.deepEqual([ping.status, ping.headers.get('connection')], [503, 'close']);
  assert.deepEqual(await ping.json(), { state: 'failed', message: 'stopping' });
  assert.equal(server.health().state, 'failed', 'what a health port of its own says');
  const refused = await invoke();
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /this process stops/);
  held.resolve(undefined);
  assert.match((await running.text()).trim(), /\{"type":"done","finish":"stop"\}$/);
  await stopped;
  await assert.rejects(fetch(`${server.url}/ping`));
});
