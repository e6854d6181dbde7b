// The demo's client against a real API: it shows everything once, whatever happens to its connection on the way.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { AppError } from '../../../core/app-error.ts';
import { ownIdentity } from '../../../infra/auth/identity.ts';
import { createDemoClient, type DemoEvent } from '../../../infra/local/demo-client.ts';
import { createApiWorld } from '../../harness/api-world.ts';
import { recordedLlm, recordedText } from '../../recordings/recorded-function.ts';

const world = await createApiWorld();
after(() => world[Symbol.asyncDispose]());
const never = new AbortController().signal;

/** Texts of the parts, as the demo folds them. */
function fold(events: readonly DemoEvent[]): string {
  const parts: string[] = [];
  for (const event of events)
    if (event.__typename === 'TextEvent')
      parts[event.partIndex] =
        Array.from(parts[event.partIndex] ?? '')
          .slice(0, event.offset)
          .join('') + event.text;
  return parts.filter(Boolean).join('|');
}

test('text, picture and end, each once', async () => {
  await using _worker = world.work();
  await using client = createDemoClient(world.server.url, undefined);
  const reply = await client.send('a red fox', never);
  const events: DemoEvent[] = [];
  for await (const event of client.events(reply, never)) events.push(event);
  assert.equal(fold(events), `${recordedText.before}|${recordedText.after}`);
  const last = events.at(-1);
  assert.ok(last?.__typename === 'MessageDoneEvent' && last.message.status === 'COMPLETED');
  const image = events.find((event) => event.__typename === 'ImageDoneEvent')?.image;
  assert.match(image?.file?.url ?? '', /^http/);
});

test('a connection that breaks again and again is resumed', async () => {
  const sockets = new Set<Socket>();
  const upstream = new URL(world.server.url);
  const proxy = createServer((socket) => {
    const other = connect(Number(upstream.port), upstream.hostname);
    sockets.add(socket);
    for (const side of [socket, other]) side.on('error', () => undefined); // broken on purpose
    socket.pipe(other).pipe(socket);
    socket.on('close', () => other.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  await using client = createDemoClient(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, undefined);
  const reply = await client.send('a red fox', never);
  const gate = { open: Promise.withResolvers<undefined>() };
  await using _worker = world.work({
    llm: recordedLlm({ before: (position) => (position % 4 === 3 ? gate.open.promise : undefined) }),
  });
  const events: DemoEvent[] = [];
  let broken = 0;
  for await (const event of client.events(reply, never)) {
    events.push(event);
    if (event.__typename !== 'TextEvent') continue;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    broken++;
    gate.open.resolve(undefined);
    gate.open = Promise.withResolvers<undefined>();
  }
  for (const socket of sockets) socket.destroy();
  proxy.close();
  assert.ok(broken >= 2, `broken ${broken} times`);
  assert.equal(fold(events), `${recordedText.before}|${recordedText.after}`);
});

test('what the server refuses is told', async () => {
  await using client = createDemoClient(world.server.url, undefined);
  await assert.rejects(client.send('', never), /the server refused the message: /);
});

test('where a token is wanted it is told where the demo takes it from', async () => {
  await using other = await createApiWorld({
    hasTokens: true,
    authenticate: (authorization) =>
      authorization === 'Bearer a-token-of-ada-s'
        ? Promise.resolve(ownIdentity('ada'))
        : Promise.reject(new AppError('UNAUTHENTICATED', 'send "Authorization: Bearer <token>"')),
  });
  await using stranger = createDemoClient(other.server.url, undefined);
  await assert.rejects(stranger.send('a red fox', never), /Bearer <token>".*takes the token from AUTH_TOKENS/);
  await using ada = createDemoClient(other.server.url, 'a-token-of-ada-s');
  assert.ok((await ada.send('a red fox', never)).id);
});
