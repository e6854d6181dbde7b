// GET /metrics of the API and of the other doors: what a reply did is in it, and where viewers have tokens it wants its operator's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../core/log.ts';
import { startFunctionServer } from '../../../functions/container/function-server.ts';
import { startHealthDoor } from '../../../functions/container/health-door.ts';
import { parseLlmInput } from '../../../functions/container/parse-input.ts';
import { createAuthenticate } from '../../../infra/auth/authenticate.ts';
import { createMetrics } from '../../../infra/telemetry/metrics.ts';
import { createMetricsAccess } from '../../../infra/telemetry/metrics-access.ts';
import { createApiWorld, messageEvents, readAll } from '../../harness/api-world.ts';
import { eventually } from '../../harness/eventually.ts';
import { freePort } from '../../../infra/local/free-port.ts';
import { recordedLlm } from '../../recordings/recorded-function.ts';

const read = async (url: string, token?: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(
    `${url}/metrics`,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  );
  return { status: response.status, text: await response.text() };
};

test('a reply leaves its traces at the API and at its worker', async () => {
  const metrics = createMetrics('api');
  const ofWorker = createMetrics('worker');
  await using world = await createApiWorld({ metrics });
  const { replyId } = await world.say();
  const watch = world.doors.find(({ name }) => name === 'websocket')!.subscribe!;
  await using stream = watch({ query: messageEvents, variables: { messageId: replyId } });
  await stream.next();
  assert.match((await read(world.server.url)).text, /^gill_subscriptions{component="api"} 1$/m);
  await using _worker = world.work({ observe: ofWorker.observe });
  await readAll(stream);
  const { status, text } = await read(world.server.url);
  assert.equal(status, 200);
  assert.match(text, /^gill_event_lag_seconds_count{component="api"} [1-9]/m);
  await eventually(async () => /gill_job_seconds_count{.*outcome="finished"/.test(await ofWorker.render()));
  const work = await ofWorker.render();
  for (const line of [
    /^gill_queue_wait_seconds_count{component="worker",job="reply"} 1$/m,
    /^gill_queue_wait_seconds_count{component="worker",job="image"} 1$/m,
    /^gill_first_text_seconds_count{component="worker"} 1$/m,
    /^gill_reply_tokens_per_second_count{component="worker"} 1$/m,
  ])
    assert.match(work, line);
});

test('where viewers have tokens, only the operator’s reads metrics; without metrics there is no such door', async () => {
  const token = 'a-token-of-a-viewer';
  const authenticate = createAuthenticate({ tokens: new Map([[token, 'ada']]) });
  const guarded = { metrics: createMetrics('api'), authenticate, hasTokens: true };
  await using world = await createApiWorld({ ...guarded, metricsToken: 'a-token-of-the-scraper' });
  for (const given of [undefined, token, 'a-token-of-the-scrapers'])
    assert.equal((await read(world.server.url, given)).status, 401);
  assert.equal((await read(world.server.url, 'a-token-of-the-scraper')).status, 200);
  await using closed = await createApiWorld({ ...guarded, metrics: createMetrics('api') });
  const { status, text } = await read(closed.server.url, token);
  assert.equal(status, 401);
  assert.match(text, /GILL_METRICS_TOKEN/);
  await using plain = await createApiWorld();
  assert.equal((await read(plain.server.url)).status, 404);
});

test('functions and the health door tell theirs', async () => {
  const metrics = createMetrics('llm');
  metrics.observe({ kind: 'step', rows: 2, ms: 7 });
  const shared = { host: '127.0.0.1', port: 0, slots: 1, maxBodyBytes: 1_000, log: silentLog };
  const mayRead = createMetricsAccess('a-token-of-the-scraper', true);
  const guarded = { metrics, mayRead };
  await using server = await startFunctionServer({
    ...shared,
    function: recordedLlm(),
    parse: parseLlmInput,
    metrics: guarded,
  });
  const port = await freePort();
  await using _door = await startHealthDoor({
    health: () => ({ state: 'ready' }),
    metrics: guarded,
    host: '127.0.0.1',
    port,
  });
  for (const url of [server.url, `http://127.0.0.1:${port}`]) {
    assert.equal((await read(url)).status, 401);
    const { status, text } = await read(url, 'a-token-of-the-scraper');
    assert.equal(status, 200);
    assert.match(text, /^gill_decoded_tokens_total{component="llm"} 2$/m);
  }
});
