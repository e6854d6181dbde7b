// What traces promise beside their tree (test/scenario/traces.test.ts): every door continues a client's trace, attempts stand
// side by side, conversations that share an engine stay apart, and what is not sampled is not sent.
import assert from 'node:assert/strict';
import { after, afterEach, describe, test } from 'node:test';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { LlmEvent, LlmFunction } from '../../core/function-contract.ts';
import { createLog, silentLog } from '../../core/log.ts';
import { readTraces } from '../../core/trace-configuration.ts';
import { activeTraceparent, inSpan } from '../../core/tracing.ts';
import { traceDiffusion, traceLlm } from '../../functions/worker/trace-functions.ts';
import { startTraces } from '../../infra/telemetry/traces.ts';
import { createApiWorld, type ApiWorld } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { startOtlpReceiver, type ReceivedSpan } from '../harness/otlp-receiver.ts';
import { recordedDiffusion, recordedLlm } from '../recordings/recorded-function.ts';

const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());
const collector = parts.use(await startOtlpReceiver());
const world: ApiWorld = parts.use(await createApiWorld());

/** @returns dispose it and everything is sent */
const trace = (change: Record<string, string> = {}): Promise<AsyncDisposable> => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'test', ...change };
  return startTraces(readTraces(env), 'api', silentLog);
};
afterEach(() => void (collector.spans as ReceivedSpan[]).splice(0));

const finished = async (replyId: string): Promise<void> => {
  const query = `{ node(id: "${replyId}") { ... on AssistantMessage { status } } }`;
  await eventually(async () => (await world.ask(query))['node'].status === 'COMPLETED');
};
const named = (name: string): ReceivedSpan[] => collector.spans.filter((span) => span.name === name);
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

describe('a client that traces', () => {
  for (const door of world.doors)
    test(`is continued over ${door.name}`, async () => {
      {
        await using _traces = await trace();
        const answer = await door.request({ query: 'query Who { viewer { id } }', headers: { traceparent } });
        assert.equal(answer.errors, undefined);
      }
      const [span] = named('query');
      assert.equal(span?.traceId, traceId);
      assert.equal(span.parentId, '00f067aa0ba902b7');
      assert.deepEqual(span.attributes, {
        'gill.door': door.name,
        'graphql.operation.type': 'query',
        'graphql.operation.name': 'Who',
      });
      assert.equal(span.resource['service.name'], 'test');
    });

  test('may name its trace for each operation of a socket', async () => {
    {
      await using _traces = await trace();
      const client = createClient({
        url: `${world.server.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
      });
      for await (const answer of client.iterate({ query: '{ viewer { id } }', extensions: { traceparent } }))
        assert.equal(answer.errors, undefined);
      await client.dispose();
    }
    assert.equal(named('query')[0]?.traceId, traceId);
  });

  test('with nonsense begins a trace of our own', async () => {
    {
      await using _traces = await trace();
      await world.doors[0]!.request({ query: '{ viewer { id } }', headers: { traceparent: '00-xyz' } });
    }
    assert.equal(named('query')[0]?.parentId, '');
  });

  test('that does not sample is not sent, and its decision goes on with the job', async () => {
    {
      await using _traces = await trace();
      const { request } = world.doors[0]!;
      const query = `mutation { sendMessage(input: { parts: [{ text: "a" }], idempotencyKey: "${crypto.randomUUID()}" }) {
        reply { id } } }`;
      const { data } = await request({ query, headers: { traceparent: traceparent.replace(/01$/, '00') } });
      const { id } = (data!['sendMessage'] as { reply: { id: string } }).reply;
      const jobs = await world.db.selectFrom('job').select('traceparent').execute();
      assert.match(jobs.at(-1)!.traceparent ?? '', new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
      await using _worker = world.work({ llm: traceLlm(recordedLlm()) });
      await finished(id);
    }
    assert.deepEqual(
      collector.spans.filter((span) => span.traceId === traceId),
      [],
    );
  });
});

test('a retried attempt is a span of its own beside the one that failed', async () => {
  {
    await using _traces = await trace();
    let runs = 0;
    const flaky = recordedLlm({
      before: (position) => {
        if (position === 3 && ++runs === 1) throw new Error('it said xylophone');
      },
    });
    await using _worker = world.work({ llm: traceLlm(flaky), diffusion: traceDiffusion(recordedDiffusion()) });
    await finished((await world.say()).replyId);
  }
  const attempts = named('job reply').sort((a, b) => Number(a.startNs - b.startNs));
  assert.deepEqual(
    attempts.map(({ attributes, failed }) => [attributes['gill.job.attempt'], attributes['gill.job.outcome'], failed]),
    [
      [1, 'broken', true],
      [2, 'finished', false],
    ],
  );
  assert.equal(new Set(attempts.map((span) => span.traceId)).size, 1);
  assert.equal(new Set(attempts.map((span) => span.parentId)).size, 1);
  const [failed] = named('language function').sort((a, b) => Number(a.startNs - b.startNs));
  assert.deepEqual([failed?.failed, failed?.attributes['error.type']], [true, 'Error']);
  assert.ok(
    collector.bodies.every((body) => !body.includes('xylophone')),
    'a sentence of an error is in a span',
  );
});

test('replies that one loop of an engine writes keep their traces apart', async () => {
  {
    await using _traces = await trace();
    await using _worker = world.work({ llm: traceLlm(sharedLoop(2)) });
    await Promise.all((await Promise.all([world.say(), world.say()])).map(({ replyId }) => finished(replyId)));
  }
  const pictures = named('job image');
  assert.equal(pictures.length, 2);
  for (const picture of pictures) {
    const reply = named('job reply').find((span) => span.traceId === picture.traceId);
    assert.equal(reply?.attributes['gill.message.id'], picture.attributes['gill.message.id']);
  }
});

test('a log line inside a span names it, one outside names none', async () => {
  const lines: string[] = [];
  const log = createLog('test', 'info', { write: (line: string) => void lines.push(line) });
  const read = (): Record<string, unknown> => JSON.parse(lines.pop()!) as Record<string, unknown>;
  log.info('off');
  assert.ok(!('trace_id' in read()));
  assert.equal(await inSpan('off', {}, () => Promise.resolve(activeTraceparent())), null);
  await using _traces = await trace();
  const written = await inSpan('one', {}, () => {
    log.info({ jobId: 'j' }, 'inside');
    return Promise.resolve(activeTraceparent());
  });
  const { trace_id: inTrace, span_id: inOne, jobId } = read();
  assert.equal(written, `00-${String(inTrace)}-${String(inOne)}-01`);
  assert.equal(jobId, 'j');
  log.info('outside');
  assert.ok(!('trace_id' in read()));
});

test('a ratio of nothing sends nothing', async () => {
  {
    await using _traces = await trace({
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    await world.ask('{ viewer { id } }');
  }
  assert.deepEqual(collector.spans, []);
});

/** Like the real engine: whoever comes last starts the loop that writes for all. */
function sharedLoop(replies: number): LlmFunction {
  const waiting: { readonly emit: (event: LlmEvent) => void; readonly done: () => void }[] = [];
  return {
    ...recordedLlm(),
    run: async (_, emit) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      waiting.push({ emit, done: () => resolve(undefined) });
      if (waiting.length === replies)
        for (const { emit: write, done } of waiting) {
          write({ type: 'text', text: 'A fox.' });
          write({ type: 'image' });
          write({ type: 'done', finish: 'stop' });
          done();
        }
      await promise;
    },
  };
}
