// The socket itself: noise, limits, clients that leave at any moment. Nothing is left behind.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { WebSocket } from 'ws';
import { limits } from '../../../core/limits.ts';
import { createApiWorld, messageEvents, type ApiWorld } from '../../harness/api-world.ts';
import { eventually } from '../../harness/eventually.ts';

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());

describe('WebSocket itself', () => {
  const open = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`${world.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    return socket;
  };
  const closeCode = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];
  const nextMessage = async (socket: WebSocket): Promise<Record<string, unknown>> =>
    JSON.parse(String(((await once(socket, 'message')) as [Buffer])[0])) as Record<string, unknown>;

  test('noise, binary and a megabyte close the socket with a code', async () => {
    for (const [send, code] of [
      ['nonsense', 4400],
      [Buffer.from([1, 2, 3]), 1003],
      ['x'.repeat(300_000), 1009],
      [JSON.stringify({ type: 'subscribe', id: '1', payload: { query: '{ viewer { id } }' } }), 4401],
    ] as const) {
      const socket = await open();
      socket.send(send);
      assert.equal(await closeCode(socket), code);
    }
  });

  test('a message that is too large closes the socket with the limit', async () => {
    const socket = await open();
    socket.send('x'.repeat(1_000_000));
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    assert.deepEqual(
      [code, String(reason)],
      [1009, `a message has more than ${limits.maxRequestBytes} bytes, the limit`],
    );
  });

  test('sockets that are gone before their viewer was looked up are not counted for ever', async () => {
    await using fresh = await createApiWorld();
    const url = `${fresh.server.url.replace('http', 'ws')}/graphql`;
    const openedCount = async (): Promise<number> =>
      ((await (await fetch(`${fresh.server.url}/healthz`)).json()) as { sockets: number }).sockets;
    await fresh.db.transaction().execute(async (tx) => {
      await sql`lock table viewer in access exclusive mode`.execute(tx);
      for (let i = 0; i < limits.maxSocketsPerViewer; i++) {
        const socket = new WebSocket(url, 'graphql-transport-ws');
        await once(socket, 'open');
        socket.send(JSON.stringify({ type: 'connection_init' }));
        socket.terminate();
      }
      await eventually(async () => (await openedCount()) === 0);
    });
    const socket = new WebSocket(url, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    assert.equal((await nextMessage(socket))['type'], 'connection_ack');
    socket.terminate();
  });

  test('no more than fifty operations on one socket', async () => {
    const { replyId } = await world.say();
    const socket = await open();
    socket.send(JSON.stringify({ type: 'connection_init' }));
    assert.equal((await nextMessage(socket))['type'], 'connection_ack');
    const refused = new Promise<Record<string, unknown>>((resolve) =>
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(String(data)) as Record<string, unknown>;
        if (message['type'] === 'error') resolve(message);
      }),
    );
    for (let id = 1; id <= 51; id++)
      socket.send(
        JSON.stringify({
          type: 'subscribe',
          id: String(id),
          payload: { query: messageEvents, variables: { messageId: replyId } },
        }),
      );
    const { payload } = (await refused) as { payload: [{ extensions: { code: string } }] };
    assert.equal(payload[0].extensions.code, 'BUSY');
    socket.terminate();
    await eventually(() => world.server.subscriberCount() === 0);
  });

  test('a client that leaves while it waits for an event leaves nothing behind', async () => {
    const { replyId } = await world.say();
    for (const leave of ['complete', 'terminate'] as const) {
      const socket = await open();
      socket.send(JSON.stringify({ type: 'connection_init' }));
      await nextMessage(socket);
      const payload = { query: messageEvents, variables: { messageId: replyId } };
      socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload }));
      // without waiting for anything: the subscription may still be opening
      if (leave === 'complete') socket.send(JSON.stringify({ type: 'complete', id: '1' }));
      else socket.terminate();
      await eventually(() => world.server.subscriberCount() === 0);
      socket.terminate();
    }
  });
});
