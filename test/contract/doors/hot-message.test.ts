// One reply with five hundred subscribers, slow and stalled ones among them: each event is executed once, the fast are
// not delayed, nothing is queued for those who do not read.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { recordedLlm } from '../../recordings/recorded-function.ts';
import { createApiWorld, messageEvents, type ApiWorld } from '../../harness/api-world.ts';
import { eventually } from '../../harness/eventually.ts';

const sockets = 10;
const perSocket = 50;

let world: ApiWorld;
let signed = 0;
before(async () => {
  world = await createApiWorld();
  const { media } = world;
  const { signGet } = media;
  Object.assign(media, { signGet: (key: string) => (signed++, signGet(key)) });
});
const opened: { readonly close: () => void }[] = [];
after(async () => {
  for (const { close } of opened) close();
  await world[Symbol.asyncDispose]();
});

interface Watcher {
  readonly socket: WebSocket;
  /** Operation → data of its events. */
  readonly events: Map<string, string[]>;
  readonly completed: Set<string>;
}

/** Speaks the protocol by hand: a client library would hide who is slow. */
async function watch(replyId: string): Promise<Watcher> {
  const socket = new WebSocket(`${world.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  opened.push({ close: () => socket.terminate() });
  const watcher: Watcher = { socket, events: new Map(), completed: new Set() };
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(String(data)) as { type: string; id: string; payload: unknown };
    if (message.type === 'next')
      watcher.events.set(message.id, [...(watcher.events.get(message.id) ?? []), JSON.stringify(message.payload)]);
    if (message.type === 'complete') watcher.completed.add(message.id);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  for (let id = 0; id < perSocket; id++)
    socket.send(
      JSON.stringify({
        type: 'subscribe',
        id: String(id),
        payload: { query: messageEvents, variables: { messageId: replyId } },
      }),
    );
  return watcher;
}

test('five hundred subscribers', async () => {
  const gate = Promise.withResolvers<undefined>();
  const { replyId } = await world.say();
  const watchers = await Promise.all(Array.from({ length: sockets }, () => watch(replyId)));
  await stalledReader(replyId);
  await eventually(() => world.server.subscriberCount() === sockets * perSocket + 1, 60_000);
  const before = process.memoryUsage().heapUsed;
  await using _worker = world.work({ llm: recordedLlm({ before: () => gate.promise.then(() => undefined) }) });
  gate.resolve(undefined);
  await eventually(() => watchers.every(({ completed }) => completed.size === perSocket), 30_000);
  assert.ok(process.memoryUsage().heapUsed - before < 150e6, 'memory grew with the subscribers');

  const logged = (payloads: readonly string[]): string[] =>
    payloads.filter((payload) => !/"(Activity|ImageProgress)Event"/.test(payload));
  const [first] = watchers[0]!.events.values();
  for (const { events } of watchers)
    for (const payloads of events.values()) assert.deepEqual(logged(payloads), logged(first!));
  // the picture's URL is asked for in one logged event, and in every preview of the state events
  assert.ok(signed <= 20, `${signed} URLs were signed for ${sockets * perSocket} subscribers`);
});

/** Subscribes over SSE on a raw socket and never reads what comes. */
async function stalledReader(replyId: string): Promise<void> {
  const socket = connect(world.server.port, '127.0.0.1');
  opened.push({ close: () => socket.destroy() });
  await once(socket, 'connect');
  socket.pause();
  const body = JSON.stringify({ query: messageEvents, variables: { messageId: replyId } });
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
