// What a deleted account left open: a socket reads nothing more over it, also at a server that was not told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseCode, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { ownIdentity } from '../../../infra/auth/identity.ts';
import { deleteViewer } from '../../../infra/database/viewers.ts';
import { createApiWorld, type Fields } from '../../harness/api-world.ts';
import { eventually } from '../../harness/eventually.ts';

test('what a deleted viewer left open reads nothing more, also over a server that was not told', async () => {
  await using world = await createApiWorld({ authenticate: () => Promise.resolve(ownIdentity('ada')) });
  await world.say();
  const codes: number[] = [];
  const client = createClient({
    url: `${world.server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    on: { closed: (event) => void codes.push((event as CloseEvent).code) },
    onNonLazyError: () => undefined, // that it closes is what is waited for
  });
  const query = '{ viewer { id } conversations(first: 1) { edges { node { id } } } }';
  const read = async (): Promise<Fields | undefined> => {
    for await (const { data } of client.iterate({ query })) return data as Fields;
    return undefined;
  };
  assert.equal((await read())!['conversations'].edges.length, 1);
  const { id } = await world.db.selectFrom('viewer').select('id').where('name', '=', 'ada').executeTakeFirstOrThrow();
  await deleteViewer(world.db, id); // as another process does it
  await eventually(async () => (await read().catch(() => undefined)) === undefined);
  await eventually(() => codes.includes(CloseCode.Forbidden));
  await client.dispose();
});

test('what is open closes at once where the account deletes itself, and does not make it anew', async () => {
  await using world = await createApiWorld({ authenticate: () => Promise.resolve(ownIdentity('ada')) });
  const { viewer } = await world.ask('{ viewer { id } }');
  const closed = Promise.withResolvers<number>();
  const client = createClient({
    url: `${world.server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    on: { closed: (event) => closed.resolve((event as CloseEvent).code) },
    onNonLazyError: () => undefined,
  });
  await client.iterate({ query: '{ viewer { id } }' }).next();
  const remove = 'mutation($input: DeleteViewerInput!) { deleteViewer(input: $input) { deletedViewerId } }';
  await world.ask(remove, { input: { viewerId: (viewer as Fields)['id'] } });
  assert.equal(await closed.promise, CloseCode.Forbidden);
  await client.dispose();
  const names = await world.db.selectFrom('viewer').select('name').execute();
  assert.ok(!names.some(({ name }) => name === 'ada'));
});
