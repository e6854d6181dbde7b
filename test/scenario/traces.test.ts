// One trace from the mutation to the put into S3, over real processes that share nothing but PostgreSQL, S3 and HTTP; and
// what a collector that is away does to them: nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { freePort } from '../../infra/local/free-port.ts';
import { httpDoor } from '../harness/doors.ts';
import { eventually } from '../harness/eventually.ts';
import { startOtlpReceiver, treeOf, type ReceivedSpan } from '../harness/otlp-receiver.ts';
import { bucket, startTestS3, testIdentity } from '../harness/s3.ts';
import { createWorld } from '../harness/world.ts';

const root = path.resolve(import.meta.dirname, '../..');
const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());
const world = parts.use(await createWorld());
const s3 = parts.use(await startTestS3());
const collector = parts.use(await startOtlpReceiver());

interface Process {
  readonly lines: readonly Record<string, unknown>[];
  readonly ready: Record<string, string>;
  /** Ends it in order, with what it still has to send. */
  readonly stop: () => Promise<void>;
}

async function start(script: string, change: Record<string, string> = {}): Promise<Process> {
  const child = spawn(process.execPath, [path.join(root, script)], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: world.url,
      S3_ENDPOINT: s3.url,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: testIdentity.accessKeyId,
      S3_SECRET_ACCESS_KEY: testIdentity.secretAccessKey,
      MODEL_URI: path.join(root, 'models/storybook'),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      ...change,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  parts.defer(() => void child.kill('SIGKILL'));
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  const ready = (): Record<string, unknown> | undefined => lines.find(({ type }) => type === 'ready');
  await eventually(() => ready() !== undefined, 90_000);
  return {
    lines,
    ready: ready() as Record<string, string>,
    async stop() {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await exit, [0, null]);
    },
  };
}

const recorded = (role: string, change: Record<string, string> = {}): Promise<Process> =>
  start('test/harness/recorded-process.ts', { GILL_TEST_ROLE: role, ...change });

const [api, functions] = await Promise.all([
  start('functions/api/serve.ts', { OTEL_BSP_SCHEDULE_DELAY: '20' }),
  recorded('functions', { OTEL_BSP_SCHEDULE_DELAY: '20' }),
]);

/** Sends a message over HTTP and waits until its reply is complete, pictures included. */
async function converse(headers: Record<string, string> = {}): Promise<void> {
  const query = `mutation Say($input: SendMessageInput!) {
    sendMessage(input: $input) { reply { id } userErrors { message } } }`;
  const input = {
    parts: [{ text: 'a private word: xylophone' }],
    idempotencyKey: crypto.randomUUID(),
    options: { image: { steps: 4 } },
  };
  const door = httpDoor(api.ready['url']!);
  const answer = await door.request({ query, variables: { input }, headers });
  const { reply, userErrors } = answer.data!['sendMessage'] as { reply: { id: string }; userErrors: unknown[] };
  assert.deepEqual(userErrors, []);
  await eventually(async () => {
    const read = await door.request({
      query: '{ node(id: "' + reply.id + '") { ... on AssistantMessage { status } } }',
    });
    return (read.data!['node'] as { status: string }).status === 'COMPLETED';
  });
}

/** All spans of the newest message's trace, once it is whole: the API and the functions send theirs while they run. */
async function newestTrace(): Promise<{ readonly spans: ReceivedSpan[]; readonly mutation: ReceivedSpan }> {
  const sent = (): ReceivedSpan | undefined => collector.spans.findLast(({ name }) => name === 'mutation');
  const spans = (): ReceivedSpan[] => collector.spans.filter(({ traceId }) => traceId === sent()?.traceId);
  const ids = (): Set<string> => new Set(collector.spans.map(({ spanId }) => spanId));
  await eventually(() => {
    const orphans = spans().filter(({ parentId }) => !ids().has(parentId));
    return sent() !== undefined && orphans.length === 1;
  });
  return { spans: spans(), mutation: sent()! };
}

const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = spans.filter((span) => span.name === name);
  assert.equal(found.length, 1, `${found.length} spans are called ${name}`);
  return found[0]!;
};

test('a message with text and picture is one trace, from the mutation to the files in S3', async () => {
  const worker = await recorded('worker');
  await converse();
  await worker.stop();

  const { spans } = await newestTrace();
  assert.deepEqual(treeOf(spans), [
    'gill-api: mutation',
    '  gill-api: transaction sendMessage',
    '    gill-worker: job reply',
    '      gill-worker: transaction beginReply',
    '      gill-worker: language function',
    '        gill-worker: wait for a slot',
    '        gill-worker: prefill',
    '        gill-worker: decode',
    '      gill-worker: transaction addPicture',
    '        gill-worker: job image',
    '          gill-worker: transaction beginPicture',
    '          gill-worker: picture function',
    '            gill-worker: conditioning',
    '            gill-worker: steps',
    '            gill-worker: pixel decoder',
    '          gill-worker: S3 put',
    '          gill-worker: encode PNG',
    '          gill-worker: S3 put',
    '          gill-worker: S3 put',
    '          gill-worker: transaction finishPicture',
    '      gill-worker: transaction finishReply',
  ]);
  const { attributes, kind } = named(spans, 'mutation');
  assert.deepEqual(
    [attributes, kind],
    [{ 'gill.door': 'http', 'graphql.operation.type': 'mutation', 'graphql.operation.name': 'Say' }, 2],
  );
  const job = named(spans, 'job reply');
  assert.equal(job.attributes['gill.job.attempt'], 1);
  assert.equal(job.attributes['gill.job.outcome'], 'finished');
  assert.ok(Number(job.attributes['gill.job.waited_ms']) >= 0);
  assert.match(String(job.attributes['gill.message.id']), /^[0-9a-f-]{36}$/);
  const language = named(spans, 'language function');
  assert.equal(language.attributes['gen_ai.usage.input_tokens'], 40);
  assert.equal(language.attributes['gen_ai.usage.output_tokens'], 13);
  assert.equal(named(spans, 'steps').events.filter(({ name }) => name === 'step').length, 4);
  assert.equal(named(spans, 'picture function').attributes['gill.image.steps'], 4);
  const files = spans.filter(({ name }) => name === 'S3 put').map((span) => String(span.attributes['aws.s3.key']));
  assert.deepEqual(files.map((key) => key.replaceAll(/[0-9a-f-]{36}/g, 'id')).sort(), [
    'images/id/1.png',
    'images/id/1.thumbnail.webp',
    'previews/id/1-2.webp',
  ]);
  assert.ok(spans.every((span) => !span.failed && span.endNs >= span.startNs));

  // a log line finds its trace
  const line = worker.lines.find(({ msg }) => msg === 'reply finished');
  assert.equal(line?.['trace_id'], job.traceId);
  assert.equal(line['span_id'], job.spanId);
  assert.equal(line['messageId'], job.attributes['gill.message.id']);
});

test('remote functions continue the trace that the client began', async () => {
  const worker = await start('functions/worker/serve.ts', {
    FUNCTIONS_LLM_URL: functions.ready['llm']!,
    FUNCTIONS_DIFFUSION_URL: functions.ready['diffusion']!,
  });
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  await converse({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
  await worker.stop();

  const { mutation, spans } = await newestTrace();
  assert.equal(mutation.traceId, traceId);
  assert.deepEqual(treeOf(spans, '00f067aa0ba902b7'), [
    'gill-api: mutation',
    '  gill-api: transaction sendMessage',
    '    gill-worker: job reply',
    '      gill-worker: transaction beginReply',
    '      gill-worker: POST /invocations',
    '        gill-functions: POST /invocations',
    '          gill-functions: language function',
    '            gill-functions: wait for a slot',
    '            gill-functions: prefill',
    '            gill-functions: decode',
    '      gill-worker: transaction addPicture',
    '        gill-worker: job image',
    '          gill-worker: transaction beginPicture',
    '          gill-worker: POST /invocations',
    '            gill-functions: POST /invocations',
    '              gill-functions: picture function',
    '                gill-functions: conditioning',
    '                gill-functions: steps',
    '                gill-functions: pixel decoder',
    '          gill-worker: S3 put',
    '          gill-worker: encode PNG',
    '          gill-worker: sign PNG',
    '          gill-worker: S3 put',
    '          gill-worker: S3 put',
    '          gill-worker: transaction finishPicture',
    '      gill-worker: transaction finishReply',
  ]);
});

test('no span holds what was written, a token or a signed URL', () => {
  assert.ok(collector.bodies.length >= 6, 'nothing to look at');
  for (const body of collector.bodies)
    for (const secret of ['xylophone', 'umbrella', 'X-Amz-Signature', testIdentity.secretAccessKey])
      assert.ok(!body.includes(secret), `${secret} is in a span`);
});

test('a collector that is away breaks no reply and no stop, and is told of once', async () => {
  const worker = await recorded('worker', {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: '300',
    OTEL_BSP_SCHEDULE_DELAY: '10',
  });
  const told = (): number => worker.lines.filter(({ msg }) => String(msg).startsWith('spans cannot be sent')).length;
  await converse();
  await eventually(() => told() > 0);
  await converse();
  await worker.stop();
  assert.equal(told(), 1);
});

test('what still runs stops in order', async () => {
  await Promise.all([api.stop(), functions.stop()]);
});
