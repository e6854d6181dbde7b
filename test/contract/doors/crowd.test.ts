// One long reply before five hundred subscribers, of whom a third read slowly and a tenth not at all: the fast get each
// event before the next is made, whatever the others do, and nothing is kept for those who do not read.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import type { LlmFunction } from '../../../core/function-contract.ts';
import { createApiWorld, messageEvents, type ApiWorld } from '../../harness/api-world.ts';
import { eventually } from '../../harness/eventually.ts';

const perSocket = 50;
const kinds = ['fast', 'fast', 'fast', 'fast', 'fast', 'fast', 'slow', 'slow', 'slow', 'stalled'] as const;
const pieces = 32;
/** Fifty subscribers of one socket are owed 48 MB of these: more than the kernel keeps for a connection. */
const piece = 'x'.repeat(30_000);
/** One event may wait for each subscriber. What those who do not read are owed is twice as much and more. */
const mostKept = 80 * 2 ** 20;

type Kind = (typeof kinds)[number];

interface Reader {
  readonly kind: Kind;
  readonly socket: WebSocket;
  /** Operation → how many pieces of text came, a digest of the text, whether it was told that the reply is over. */
  readonly heard: Map<string, { pieces: number; digest: ReturnType<typeof createHash>; done: boolean }>;
  readonly readOn: () => void;
}

/** Speaks the protocol by hand: a client library would hide who is slow. */
async function open(world: ApiWorld, kind: Kind, replyId: string): Promise<Reader> {
  const socket = new WebSocket(`${world.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('error', () => undefined); // one that does not read may be cut off
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  const heard: Reader['heard'] = new Map();
  socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(String(data)) as Frame;
    const own = heard.get(id) ?? { pieces: 0, digest: createHash('sha256'), done: false };
    heard.set(id, own);
    const event = type === 'next' ? payload.data.messageEvents : undefined;
    if (event?.text !== undefined) {
      own.pieces += event.text.length / piece.length;
      own.digest.update(event.text);
    }
    own.done ||= type === 'complete';
    if (kind === 'slow') socket.pause();
  });
  for (let id = 0; id < perSocket; id++) {
    const payload = { query: messageEvents, variables: { messageId: replyId } };
    socket.send(JSON.stringify({ type: 'subscribe', id: String(id), payload }));
  }
  if (kind === 'stalled') socket.pause();
  return { kind, socket, heard, readOn: () => socket.resume() };
}

interface Frame {
  readonly type: string;
  readonly id: string;
  readonly payload: { readonly data: { readonly messageEvents: { readonly text?: string } } };
}

/** Says a piece whenever it is let. */
function stepwise(turn: (position: number) => Promise<void>): LlmFunction {
  return {
    health: () => ({ state: 'ready' }),
    async run(_, emit, signal) {
      emit({ type: 'prompt', promptTokens: 1, cachedTokens: 0, droppedTurns: 0 });
      for (let i = 0; i < pieces; i++) {
        await turn(i);
        signal.throwIfAborted();
        emit({ type: 'text', text: piece });
      }
      emit({ type: 'done', finish: 'stop' });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function kept(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('five hundred subscribers, slow and stalled ones among them', async (t) => {
  await using world = await createApiWorld();
  const { replyId } = await world.say({ options: { images: 'NEVER' } });
  const readers = await Promise.all(kinds.map((kind) => open(world, kind, replyId)));
  const of = (kind: Kind): Reader[] => readers.filter((reader) => reader.kind === kind);
  try {
    await eventually(() => world.server.subscriberCount() === kinds.length * perSocket, 60_000);
    const before = kept();
    const everyFast = (holds: (heard: { pieces: number; done: boolean }) => boolean): boolean =>
      of('fast').every(({ heard }) => heard.size === perSocket && [...heard.values()].every(holds));
    await using _worker = world.work({
      llm: stepwise(async (position) => {
        // the next piece is made when every fast reader has this one: those who do not read hold nobody up
        if (position > 0) await eventually(() => everyFast(({ pieces: n }) => n >= position), 60_000);
        for (const { readOn } of of('slow')) readOn(); // for one message
      }),
    });
    await eventually(() => everyFast(({ done }) => done), 120_000);

    const grown = kept() - before;
    t.diagnostic(`${(grown / 2 ** 20).toFixed(0)} MB more than before the reply`);
    assert.ok(grown < mostKept, `${grown} bytes are kept for those who do not read`);
    assert.equal(Math.max(...of('stalled').map(({ heard }) => heard.size)), 0, 'a stalled reader read');
    for (const { heard } of of('slow'))
      assert.ok(
        [...heard.values()].some(({ done }) => !done),
        'a slow reader was as fast as the fast',
      );

    const whole = createHash('sha256').update(piece.repeat(pieces)).digest('hex');
    for (const { heard } of of('fast'))
      for (const { digest } of heard.values()) assert.equal(digest.copy().digest('hex'), whole);
    // a slow reader that reads on gets every word, late
    const [late] = of('slow');
    await eventually(() => {
      late!.readOn();
      return late!.heard.size === perSocket && [...late!.heard.values()].every(({ done }) => done);
    }, 60_000);
    for (const { digest } of late!.heard.values()) assert.equal(digest.digest('hex'), whole);
  } finally {
    for (const { socket } of readers) socket.terminate();
  }
});
