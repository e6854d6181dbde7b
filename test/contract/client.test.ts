// The TypeScript client against the real server: replies over both kinds of streams, cuts, servers that stop, answers that
// get lost, dead URLs; and the examples, run as a reader would run them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { ownIdentity } from '../../infra/auth/identity.ts';
import { createClient, type Client, type LiveReply, type ReplyState } from '../../clients/ts/index.ts';
import { createConnection } from '../../clients/ts/connection.ts';
import { messageEvents } from '../../clients/ts/operations.ts';
import { createFiles } from '../../clients/ts/files.ts';
import { toFolded } from '../../clients/ts/reply-state.ts';
import { silentLog } from '../../core/log.ts';
import { startApiServer, type ApiServer } from '../../functions/api/server.ts';
import { recordedDiffusion, recordedLlm, recordedText } from '../recordings/recorded-function.ts';
import { createApiWorld, type ApiWorld } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());

const textOf = ({ parts }: ReplyState): string => parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
const wholeText = recordedText.before + recordedText.after;

/** What the server itself says the reply is. */
async function queried(client: Client, reply: LiveReply): Promise<ReplyState> {
  using again = await client.watch(reply.id);
  return again.state;
}

/** A worker that stops before `position` until it is let go. */
function workUntil(position: number) {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const worker = world.work({
    llm: recordedLlm({
      before: async (now) => {
        if (now !== position) return;
        reached.resolve();
        await gate.promise;
      },
    }),
  });
  return {
    reached: reached.promise,
    open: () => gate.resolve(),
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
}

class BrokenSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readyState = 3;
  onclose: ((event: { code: number; reason: string }) => void) | undefined;
  constructor() {
    super();
    queueMicrotask(() => this.onclose?.({ code: 1006, reason: '' }));
  }
  close(): void {
    this.readyState = 3;
  }
}

const kinds = [
  ['a socket', {}],
  ['server-sent events', { webSocket: null }],
  ['server-sent events, since every socket fails', { webSocket: BrokenSocket }],
] as const;

for (const [name, options] of kinds) {
  test(`a reply over ${name} grows into what the query returns`, async () => {
    await using worker = workUntil(6);
    await using client = createClient({ url: world.server.url, ...options });
    using reply = await client.send('a red fox');
    await worker.reached;
    await eventually(() => textOf(reply.state).length > 0);
    assert.equal(reply.state.status, 'RUNNING');
    assert.ok(wholeText.startsWith(textOf(reply.state)));
    worker.open();
    const seen: string[] = [];
    for await (const state of reply) seen.push(textOf(state));
    const ended = await reply.finished();
    assert.equal(ended.status, 'COMPLETED');
    assert.equal(textOf(ended), wholeText);
    assert.ok(
      seen.every((text, index) => index === 0 || text.startsWith(seen[index - 1]!)),
      'text went backwards',
    );
    const wanted = await queried(client, reply);
    assert.deepEqual(toFolded(ended.parts), toFolded(wanted.parts));
    assert.equal(ended.cursor, wanted.cursor);
    assert.deepEqual(reply.watching, { kind: 'ended' });
  });
}

describe('what may go wrong', () => {
  test('the server stops in the middle of a reply and comes back: no word is lost or doubled', async () => {
    const options = {
      services: { db: world.db, bus: world.bus, media: world.media, log: silentLog },
      authenticate: () => Promise.resolve(ownIdentity('ada')),
      hasTokens: false,
      allowedOrigins: [],
      host: '127.0.0.1',
    };
    const first = await startApiServer({ ...options, port: 0 });
    await using worker = workUntil(5);
    const streams: { after: unknown; events: number }[] = [];
    await using client = createClient({
      url: first.url,
      observe({ operation, variables }) {
        const stream = { after: variables['after'], events: 0 };
        if (operation.kind === 'subscription') streams.push(stream);
        return { answered: () => (stream.events += 1), ended: () => undefined };
      },
    });
    using reply = await client.send('a red fox');
    const seen: string[] = [];
    reply.onChange(() => seen.push(textOf(reply.state)));
    await worker.reached;
    await eventually(() => textOf(reply.state).length > 0);
    await first[Symbol.asyncDispose]();
    await eventually(() => reply.watching.kind === 'reconnecting');
    const { cursor } = reply.state; // a server that stops still delivers what is there
    worker.open();
    await using _second: ApiServer = await startApiServer({ ...options, port: first.port });
    const ended = await reply.finished();
    assert.equal(textOf(ended), wholeText);
    assert.deepEqual(toFolded(ended.parts), toFolded((await queried(client, reply)).parts));
    assert.ok(streams.length > 1);
    for (const stream of streams.slice(1)) assert.equal(stream.after, cursor, 'it goes on after what it holds');
    assert.ok(
      seen.every((text, index) => index === 0 || text.startsWith(seen[index - 1]!)),
      'text went backwards',
    );
  });

  test('an answer that is lost is asked for again under the same key: one message, not two', async () => {
    await using _worker = world.work();
    let lost = 0;
    await using client = createClient({
      url: world.server.url,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (lost++ > 0) return response;
        await response.text();
        throw new TypeError('fetch failed');
      },
    });
    const opened = await world.say();
    using reply = await client.send('and now a blue one', { conversationId: opened.conversationId });
    await reply.finished();
    const { conversation } = await world.ask(
      'query($id: ID!) { conversation(id: $id) { messages(last: 100) { edges { node { id } } } } }',
      { id: opened.conversationId },
    );
    assert.ok(lost > 1);
    assert.equal(conversation.messages.edges.length, 4);
  });

  test("a deleted conversation ends the wait with the server's sentence", async () => {
    await using client = createClient({ url: world.server.url });
    using reply = await client.send('a red fox');
    await client.request(
      {
        name: 'D',
        kind: 'mutation',
        text: 'mutation D($id: ID!) { deleteConversation(input: {conversationId: $id}) { userErrors { code } } }',
      },
      { id: reply.conversationId },
    );
    await assert.rejects(reply.finished(), { name: 'ClientError', code: 'NOT_FOUND' });
    assert.equal(reply.watching.kind, 'lost');
  });

  test('a signal ends the tries, and is no fault of the network', async () => {
    await using client = createClient({ url: 'http://127.0.0.1:1' }); // where nobody listens
    const leaving = new AbortController();
    const sending = client.send('a red fox', { signal: leaving.signal });
    leaving.abort();
    await assert.rejects(sending, { name: 'ClientError', code: 'ABORTED', retryable: false });
  });

  test('what the server refuses is thrown with its sentence, and not tried again', async () => {
    let requests = 0;
    await using client = createClient({
      url: world.server.url,
      fetch: (input, init) => {
        requests += 1;
        return fetch(input, init);
      },
    });
    await assert.rejects(client.send('x'.repeat(20_000)), { code: 'TOO_LARGE' });
    await assert.rejects(client.watch('msg_AAAAAAAAAAAAAAAAAAAAAA'), { code: 'NOT_FOUND' });
    assert.equal(requests, 2);
  });
});

describe('what a viewer does to a reply', () => {
  test('cancel keeps the text so far; regenerate gives another answer', async () => {
    await using worker = workUntil(4);
    await using client = createClient({ url: world.server.url });
    using reply = await client.send('a red fox');
    await worker.reached;
    await eventually(() => textOf(reply.state).length > 0);
    await reply.cancel();
    const ended = await reply.finished();
    assert.equal(ended.status, 'CANCELLED');
    assert.ok(textOf(ended).length > 0 && textOf(ended).length < wholeText.length);
    worker.open();
    using again = await reply.regenerate({ images: 'NEVER' });
    assert.notEqual(again.id, reply.id);
    assert.equal(textOf(await again.finished()), wholeText);
    assert.ok(again.state.parts.every(({ kind }) => kind === 'text'));
  });

  test('cancelImage stops the picture and nothing else', async () => {
    const gate = Promise.withResolvers<void>();
    await using _worker = world.work({
      diffusion: recordedDiffusion({ before: (now) => (now === 2 ? gate.promise : undefined) }),
    });
    await using client = createClient({ url: world.server.url });
    using reply = await client.send('a red fox');
    const image = () =>
      reply.state.parts.flatMap((part) =>
        part.kind === 'image' && part.image.__typename === 'GeneratedImage' ? [part.image] : [],
      )[0];
    await eventually(() => image()?.progress?.step === 1);
    await reply.cancelImage(image()!.id);
    const ended = await reply.finished();
    gate.resolve();
    assert.equal(ended.status, 'COMPLETED');
    assert.equal(image()!.status, 'CANCELLED');
    assert.equal(textOf(ended), wholeText);
  });

  test('leaving cancels nothing', async () => {
    await using worker = workUntil(4);
    await using client = createClient({ url: world.server.url });
    const reply = await client.send('a red fox');
    await worker.reached;
    reply[Symbol.dispose]();
    await assert.rejects(reply.finished(), { code: 'ABORTED' });
    worker.open();
    using again = await client.watch(reply.id);
    assert.equal(textOf(await again.finished()), wholeText);
  });
});

test('a URL that is about to die, or was refused, is signed anew by one query', async () => {
  await using _worker = world.work();
  await using client = createClient({ url: world.server.url });
  using reply = await client.send('a red fox');
  const [image] = (await reply.finished()).parts.flatMap((part) => (part.kind === 'image' ? [part.image] : []));
  let asked = 0;
  let now = Date.now();
  const files = createFiles({ request: (...request) => ((asked += 1), client.request(...request)) }, () => now);
  assert.equal(await files.urlOf(image!), image!.file!.url);
  assert.equal(files.atHand(image!), image!.file!.url);
  assert.equal(files.atHand(image!, 'THUMBNAIL'), undefined, 'nobody has asked for it yet');
  assert.equal(asked, 0);
  const refused = image!.file!.url;
  await Promise.all([files.urlOf(image!, { refused }), files.urlOf(image!, { refused })]);
  assert.equal(asked, 1, 'two who ask at once share one query');
  now = Date.parse(image!.file!.expiresAt);
  assert.equal(files.atHand(image!), undefined, 'dead');
  assert.match((await files.urlOf(image!))!, /^http/);
  assert.equal(asked, 2);
  const thumbnail = await files.urlOf(image!, { size: 'THUMBNAIL' });
  assert.match(thumbnail!, /thumbnail/);
});

test('the examples do what they say', async () => {
  await using _worker = world.work();
  const run = async (example: string): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [`clients/ts/examples/${example}.ts`, 'a red fox'], {
      env: { ...process.env, GILL_URL: world.server.url },
      timeout: 30_000,
    });
    return stdout;
  };
  for (const example of ['fetch-and-sse', 'graphql-ws', 'urql']) {
    const output = await run(example);
    assert.equal(output.replace(/\n\[.*\]\n/, ''), wholeText, example);
    assert.match(output, /\n\[.+: http:\/\/media\.invalid\/images\/.+\]\n/, example);
  }
  const apollo = await run('apollo-client');
  assert.ok(apollo.startsWith(wholeText), apollo);
  assert.match(apollo, /\n\[.+: http:\/\/media\.invalid\/images\/.+\]\n$/, 'the cache holds the finished reply');
  const output = await run('client');
  assert.match(output, /^(QUEUED|RUNNING)/);
  assert.ok(output.includes(`COMPLETED ${recordedText.before} [COMPLETED:`), output);
});

test('cursors never go back, on whatever event: any of them can be gone on after', async () => {
  const [more, rest] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using _worker = world.work({
    llm: recordedLlm({ before: (now) => (now === 2 ? more.promise : now === 4 ? rest.promise : undefined) }),
  });
  await using connection = createConnection({ url: world.server.url });
  const said = await world.say();
  const signal = AbortSignal.timeout(60_000);
  const events = (after: string) => connection.stream(messageEvents, { messageId: said.replyId, after }, 'sse', signal);
  const cursors: string[] = [];
  let isWriting = false;
  try {
    // somebody watches from the start, so that what goes on is known before the newest words are
    for await (const { messageEvents: event } of events(said.cursor)) {
      isWriting ||= event.__typename === 'ActivityEvent' && event.activity.phase === 'DECODING_TEXT';
      if (event.__typename === 'TextEvent') cursors.push(event.cursor);
      if (!isWriting || cursors.length === 0) continue;
      more.resolve();
      if (cursors.length < 2) continue;
      let newest = cursors[0]!;
      for await (const { messageEvents: again } of events(newest)) {
        if (again.__typename === 'ActivityEvent') {
          assert.equal(again.cursor, newest, 'what is going on leads back');
          break;
        }
        newest = again.cursor;
      }
      assert.notEqual(newest, cursors[0]);
      break;
    }
  } finally {
    more.resolve();
    rest.resolve();
  }
  assert.equal(cursors.length, 2);
});

test('the examples go on after a cut, do not hammer a server that is away', async () => {
  for (const example of ['fetch-and-sse', 'graphql-ws', 'urql', 'apollo-client']) {
    await using worker = workUntil(5);
    // cuts every connection at the first words, then turns two away
    let [cuts, awayFor, connections] = [0, 0, 0];
    const sockets = new Set<Socket>();
    const proxy = createServer((socket) => {
      connections += 1;
      sockets.add(socket);
      const server = connect(Number(new URL(world.server.url).port), '127.0.0.1');
      for (const end of [socket, server]) end.on('error', () => undefined);
      socket.on('close', () => server.destroy());
      server.on('close', () => socket.destroy());
      if (awayFor > 0) {
        socket.destroy();
        if (--awayFor === 0) worker.open();
      }
      socket.pipe(server);
      server.on('data', (bytes) => {
        socket.write(bytes);
        if (cuts > 0 || !bytes.includes('"TextEvent"')) return;
        [cuts, awayFor] = [1, 2];
        for (const each of sockets) each.resetAndDestroy();
      });
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { stdout } = await promisify(execFile)(process.execPath, [`clients/ts/examples/${example}.ts`, 'a red fox'], {
      env: { ...process.env, GILL_URL: url },
      timeout: 60_000,
    }).finally(() => {
      worker.open(); // whatever failed, it ends
      proxy.close();
    });
    assert.equal(cuts, 1, example);
    assert.equal(stdout.replaceAll(/\n\[.*\]\n/g, ''), wholeText, example);
    assert.ok(connections <= 7, `${example} came ${connections} times`);
  }
});
