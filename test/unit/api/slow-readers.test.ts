// Readers that stall, over both doors that stream: of what comes they take as much as the kernel's buffers hold, and no more is
// executed or kept for them; readers beside them get everything meanwhile; who reads on misses nothing, who does not is cut off.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { mock, test } from 'node:test';
import type { Request, Response } from 'express';
import { parse } from 'graphql';
import { WebSocket } from 'ws';
import { limits } from '../../../core/limits.ts';
import { silentLog } from '../../../core/log.ts';
import type { Services } from '../../../functions/api/context.ts';
import type { Admission, Caller } from '../../../functions/api/doors/admission.ts';
import { createGate } from '../../../functions/api/doors/gate.ts';
import { createSseDoor } from '../../../functions/api/doors/sse.ts';
import { createWebSocketDoor } from '../../../functions/api/doors/websocket.ts';
import type { LiveStream, Subscriptions } from '../../../functions/api/live/subscriptions.ts';
import type { PreparedOperation } from '../../../functions/api/prepare-operation.ts';
import { createSchema } from '../../../functions/api/schema.ts';
import { listenOn } from '../../harness/listen-on.ts';

const eventBytes = 64 * 1024;
const eventCount = 1_500;
/** Of one connection: what the kernel keeps on both sides of loopback, and what a write gathers. */
const mostKept = 24 * 2 ** 20;
const stalledReaders = 8;
const payload = JSON.stringify({ data: { x: 'x'.repeat(eventBytes) } });

const operation: PreparedOperation = {
  kind: 'subscription',
  document: parse('subscription { x }'),
  source: 'subscription { x }',
  operationName: undefined,
  variables: {},
  complexity: 1,
};
const caller = { id: 'ada' } as Caller;
const admission = {
  checkPlace: () => undefined,
  admit: () => Promise.resolve(caller),
  keepAdmitted: () => ({ [Symbol.dispose]: () => undefined }),
  isCurrent: () => Promise.resolve(true),
} as unknown as Admission;

/** As many events as anyone takes, told by reader. */
function endless() {
  const pulled: number[] = [];
  const disposed: number[] = [];
  const open = (): Promise<LiveStream> => {
    const reader = pulled.push(0) - 1;
    let over = false;
    return Promise.resolve({
      next: async () => {
        await turn();
        if (over || pulled[reader]! >= eventCount) return undefined;
        pulled[reader]!++;
        return { cursor: undefined, payload };
      },
      [Symbol.dispose]() {
        if (!over) disposed.push(reader);
        over = true;
      },
    });
  };
  return {
    subscriptions: { open, count: () => pulled.length - disposed.length } satisfies Subscriptions,
    pulled,
    disposed,
  };
}

/** A reader that can stop to read. */
interface Reader {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly received: () => number;
  readonly closed: () => boolean;
  readonly leave: () => void;
}

interface Doors extends AsyncDisposable {
  readonly open: () => Promise<Reader>;
}

async function sse(subscriptions: Subscriptions): Promise<Doors> {
  const door = createSseDoor(subscriptions, admission, () => assert.fail('nothing is executed'));
  const server = await listenOn(
    (incoming, response) => void door.answer(incoming as Request, response as Response, operation, caller),
  );
  return {
    async open() {
      const asked = request(server.url).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      let received = 0;
      let isClosed = false;
      response.on('data', (some: Buffer) => (received += some.length));
      response.on('error', () => undefined); // it may be cut off
      response.once('close', () => (isClosed = true));
      return {
        pause: () => void response.pause(),
        resume: () => void response.resume(),
        received: () => received,
        closed: () => isClosed,
        leave: () => asked.destroy(),
      };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function webSocket(subscriptions: Subscriptions): Promise<Doors> {
  const services = { log: silentLog } as unknown as Services;
  const prepare = (): PreparedOperation => operation;
  const gate = createGate();
  const door = createWebSocketDoor({ schema: createSchema(), services, prepare, subscriptions, admission, gate });
  const server = await listenOn((_, response) => void response.end());
  server.server.on('upgrade', door.upgrade);
  return {
    async open() {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init' }));
      await once(socket, 'message');
      let received = 0;
      socket.on('message', (data: Buffer) => (received += data.length));
      socket.on('error', () => undefined); // it may be cut off
      socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: operation.source } }));
      return {
        pause: () => socket.pause(),
        resume: () => socket.resume(),
        received: () => received,
        closed: () => socket.readyState === WebSocket.CLOSED,
        leave: () => socket.terminate(),
      };
    },
    async [Symbol.asyncDispose]() {
      await door.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Without timers, which a test may hold. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `${what} did not come`);
    await turn();
  }
}

/** Resolves when nobody of these has taken anything for many turns of the event loop. */
async function settled(pulled: readonly number[], readers: number): Promise<void> {
  for (let quiet = 0, last = -1; quiet < 200; quiet++) {
    const sum = pulled.slice(0, readers).reduce((all, each) => all + each, 0);
    if (sum !== last) quiet = 0;
    last = sum;
    await turn();
  }
}

const whole = eventCount * eventBytes;

for (const [name, openDoors] of [
  ['server-sent events', sse],
  ['WebSocket', webSocket],
] as const) {
  test(`over ${name} a stalled reader costs its socket's buffers, and holds up nobody`, async () => {
    const { subscriptions, pulled } = endless();
    await using doors = await openDoors(subscriptions);
    const stalled: Reader[] = [];
    for (let i = 0; i < stalledReaders; i++) {
      const reader = await doors.open();
      reader.pause();
      stalled.push(reader);
    }
    const fast = await doors.open();
    await until(() => fast.received() >= whole, 'everything for the one who reads');
    await settled(pulled, stalledReaders);
    for (const events of pulled.slice(0, stalledReaders))
      assert.ok(events * eventBytes <= mostKept, `${events} events were made for a reader that takes none`);
    stalled[0]!.resume();
    await until(() => stalled[0]!.received() >= whole, 'everything for the one who reads on');
    for (const reader of [fast, ...stalled]) reader.leave();
    await until(() => subscriptions.count() === 0, 'the end of what was left');
  });

  test(`over ${name} a reader that takes nothing for too long is cut off`, async () => {
    const { subscriptions, pulled } = endless();
    await using doors = await openDoors(subscriptions);
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const reader = await doors.open();
      reader.pause();
      await until(() => pulled.length === 1, 'the subscription');
      await settled(pulled, 1);
      assert.equal(subscriptions.count(), 1);
      mock.timers.tick(limits.stalledSubscriberMs);
      await turn();
      mock.timers.tick(limits.stalledSubscriberMs); // the closing handshake has its own patience
      await until(() => subscriptions.count() === 0, 'the cut');
      reader.leave();
    } finally {
      mock.timers.reset();
    }
  });
}
