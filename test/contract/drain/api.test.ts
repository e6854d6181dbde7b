// The API told to stop while it works (SIGTERM to its process): health turns first, new work is refused with a sentence, what
// runs ends and is answered, then sockets get their close code behind their messages and streams end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { WebSocket } from 'ws';
import { drainMs } from '../../../functions/api/server.ts';
import { messageEvents } from '../../harness/api-world.ts';
import { eventually } from '../../harness/eventually.ts';
import { bucket, startTestS3, testIdentity } from '../../harness/s3.ts';
import { createWorld } from '../../harness/world.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const token = 'a-token-that-is-long-enough';
const authorization = `Bearer ${token}`;
const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());
const world = parts.use(await createWorld());
const s3 = parts.use(await startTestS3());

const send = `mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } userErrors { code } } }`;
const newInput = () => ({ input: { parts: [{ text: 'a red fox' }], idempotencyKey: randomUUID() } });

async function startApi() {
  const child = spawn(process.execPath, [path.join(root, 'functions/api/serve.ts')], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      AUTH_TOKENS: `${token}=ada`,
      DATABASE_URL: world.url,
      S3_ENDPOINT: s3.url,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: testIdentity.accessKeyId,
      S3_SECRET_ACCESS_KEY: testIdentity.secretAccessKey,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  parts.defer(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  lines.on('line', () => undefined);
  return { child, url: (JSON.parse(line) as { url: string }).url };
}

const ask = (url: string, query: string, variables: object, accept = 'application/json'): Promise<Response> =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization, accept },
    body: JSON.stringify({ query, variables }),
  });

interface Socket {
  readonly subscribe: (id: string, query: string, variables: object) => void;
  /** `next 1`, `complete 1`, …, and at last `close <code>`. */
  readonly seen: string[];
}

async function openSocket(url: string): Promise<Socket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { authorization },
  });
  const seen: string[] = [];
  socket.on('message', (data: Buffer) => {
    const { type, id } = JSON.parse(String(data)) as { type: string; id?: string };
    seen.push(`${type} ${id ?? ''}`.trim());
  });
  socket.on('close', (code) => seen.push(`close ${code}`));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await eventually(() => seen.includes('connection_ack'));
  return {
    seen,
    subscribe: (id, query, variables) =>
      socket.send(JSON.stringify({ type: 'subscribe', id, payload: { query, variables } })),
  };
}

test('health turns, new work is refused, what runs is answered, sockets and streams are cut last', async () => {
  const { child, url } = await startApi();
  const { replyId } = await world.send(); // no worker: its stream stays open
  const viewer = await (await ask(url, '{ viewer { name } }', {})).json();
  assert.deepEqual(viewer, { data: { viewer: { name: 'ada' } } });
  const [socket, idle] = [await openSocket(url), await openSocket(url)];
  const own = await (await ask(url, send, newInput())).json();
  const { id: ownReply } = (own as { data: { sendMessage: { reply: { id: string } } } }).data.sendMessage.reply;
  assert.notEqual(ownReply, replyId);
  socket.subscribe('live', messageEvents, { messageId: ownReply });
  await eventually(() => socket.seen.includes('next live'));
  const stream = await ask(url, messageEvents, { messageId: ownReply }, 'text/event-stream');
  assert.equal(stream.status, 200);
  const streamed = stream.text();

  // two mutations that cannot end yet
  const held = Promise.withResolvers<undefined>();
  const locked = Promise.withResolvers<undefined>();
  const holding = world.db.transaction().execute(async (tx) => {
    await sql`lock table idempotency in access exclusive mode`.execute(tx);
    locked.resolve(undefined);
    await held.promise;
  });
  await locked.promise;
  const overHttp = ask(url, send, newInput());
  const overSse = ask(url, send, newInput(), 'text/event-stream');
  socket.subscribe('send', send, newInput());
  const waiting = sql<{ count: string }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  await eventually(async () => Number((await waiting.execute(world.db)).rows[0]!.count) === 3);

  child.kill('SIGTERM');
  const exit = once(child, 'exit');
  const health = async () => {
    const response = await fetch(`${url}/healthz`);
    const { status } = (await response.json()) as { status: string };
    return [response.status, status, response.headers.get('connection')];
  };
  await eventually(async () => (await health())[0] === 503);
  assert.deepEqual(await health(), [503, 'stopping', 'close']);
  const refused = await ask(url, '{ viewer { name } }', {});
  const { errors } = (await refused.json()) as { errors: { message: string; extensions: object }[] };
  assert.deepEqual([refused.status, refused.headers.get('connection')], [429, 'close']);
  assert.match(errors[0]!.message, /this process stops/);
  assert.deepEqual(errors[0]!.extensions, { code: 'BUSY', retryable: true });
  idle.subscribe('late', '{ viewer { name } }', {});
  socket.subscribe('late', '{ viewer { name } }', {});
  const late = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const [failure] = (await once(late, 'error')) as [Error];
  assert.match(failure.message, /429/);
  assert.ok(!socket.seen.some((event) => event.startsWith('close')), 'closed before what runs was answered');

  held.resolve(undefined);
  await holding;
  for (const answer of [await overHttp, await overSse]) {
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /"userErrors":\[\]/, 'a mutation that ran was cut');
  }
  await eventually(() => [socket, idle].every(({ seen }) => seen.at(-1)?.startsWith('close')));
  const ofMutation = socket.seen.filter((event) => !event.endsWith('live'));
  assert.deepEqual(ofMutation, ['connection_ack', 'next send', 'complete send', 'close 1001']);
  assert.deepEqual(idle.seen, ['connection_ack', 'close 1001'], 'what came late was answered, or refused for good');
  // a stream that is cut says so by having no `complete`: its client resumes
  assert.doesNotMatch(await streamed, /event: complete/);
  assert.deepEqual(await exit, [0, null]);
});

test('a request whose body never ends keeps nobody waiting', async () => {
  const { child, url } = await startApi();
  const idle = await openSocket(url);
  const half = connect(Number(new URL(url).port), '127.0.0.1');
  half.on('error', () => undefined); // it is cut in the end
  await once(half, 'connect');
  const head = `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: application/json`;
  await new Promise((resolve) => half.write(`${head}\r\ncontent-length: 1000\r\n\r\n{"query"`, resolve));
  await ask(url, '{ viewer { name } }', {}); // by now the half request has been read
  const toldAt = performance.now();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.ok(performance.now() - toldAt < drainMs, 'it waited for the body');
  assert.equal(idle.seen.at(-1), 'close 1001');
});
