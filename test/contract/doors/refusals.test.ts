// What must be refused is refused on every door, with the same code, before anything runs; and nothing is left running.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { toCursor } from '../../../core/message-event.ts';
import { newId, toPublicId } from '../../../core/ids.ts';
import { createAuthenticate } from '../../../infra/auth/authenticate.ts';
import { eventually } from '../../harness/eventually.ts';
import { createApiWorld, messageEvents, type ApiWorld } from '../../harness/api-world.ts';
import { doorsOf, httpDoor, StreamRefused, type Door, type Request } from '../../harness/doors.ts';

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());

const names: readonly Door['name'][] = ['http', 'websocket', 'sse'];
const door = (name: Door['name']): Door => world.doors.find((candidate) => candidate.name === name)!;
const nested = (depth: number): string => 'parent {'.repeat(depth) + ' id ' + '}'.repeat(depth);
const page = 'conversations(first: $n) { edges { node { images(first: $n) { edges { node { id } } } } } }';

/** [what, request, code, HTTP status] */
const operations: readonly (readonly [string, Request, string, number])[] = [
  ['a syntax error', { query: '{ viewer { id }' }, 'GRAPHQL_PARSE_FAILED', 400],
  ['an empty document', { query: '' }, 'BAD_REQUEST', 400],
  ['an unknown field', { query: '{ nobody }' }, 'GRAPHQL_VALIDATION_FAILED', 400],
  ['a deep query', { query: `{ message(id: "x") { ${nested(13)} } }` }, 'GRAPHQL_VALIDATION_FAILED', 400],
  [
    'depth hidden in fragments',
    {
      query: `{ message(id: "x") { ...A } } fragment A on Message { ${nested(6).replace(' id ', ' ...B ')} } fragment B on Message { ${nested(6)} }`,
    },
    'GRAPHQL_VALIDATION_FAILED',
    400,
  ],
  [
    'fragments that double at every level',
    {
      query: `{ ...F0 } ${Array.from({ length: 40 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F40 on Query { viewer { id } }`,
    },
    'QUERY_TOO_COMPLEX',
    400,
  ],
  [
    'alternatives of alternatives',
    { query: '{ message(id: "x") { alternatives { alternatives { alternatives { id } } } } }' },
    'QUERY_TOO_COMPLEX',
    400,
  ],
  [
    'the files of many messages, many times each',
    {
      query: `{ nodes(ids: [${'"x",'.repeat(100)}]) { ... on UserMessage { parts { ... on ImagePart { image { ${Array.from({ length: 40 }, (_, i) => `f${i}: file { url }`).join(' ')} } } } } } }`,
    },
    'QUERY_TOO_COMPLEX',
    400,
  ],
  [
    'aliases without end',
    { query: `{ ${Array.from({ length: 100 }, (_, i) => `a${i}: viewer { id }`).join(' ')} }` },
    'GRAPHQL_VALIDATION_FAILED',
    400,
  ],
  [
    'ten thousand aliases',
    { query: `{ ${Array.from({ length: 10_000 }, (_, i) => `a${i}: viewer { id }`).join(' ')} }` },
    'GRAPHQL_PARSE_FAILED',
    400,
  ],
  [
    'a cost that only variables show',
    { query: `query($n: Int!) { ${page} }`, variables: { n: 100 } },
    'QUERY_TOO_COMPLEX',
    400,
  ],
  ['a cost in literals', { query: `{ ${page.replaceAll('$n', '100')} }` }, 'QUERY_TOO_COMPLEX', 400],
  [
    'variables of another type',
    { query: 'query($id: ID!) { message(id: $id) { id } }', variables: { id: { a: 1 } } },
    'BAD_USER_INPUT',
    400,
  ],
  ['a missing variable', { query: 'query($id: ID!) { message(id: $id) { id } }' }, 'BAD_USER_INPUT', 400],
  [
    'a fragment cycle',
    { query: '{ viewer { ...A } } fragment A on Viewer { ...A }' },
    'GRAPHQL_VALIDATION_FAILED',
    400,
  ],
  ['two operations and no name', { query: 'query A { viewer { id } } query B { viewer { id } }' }, 'BAD_REQUEST', 400],
];

for (const name of names) {
  describe(`over ${name}`, () => {
    for (const [what, request, code, status] of operations) {
      test(`${what} is refused`, async () => {
        const answer = await door(name).request(request);
        assert.equal(answer.errors?.[0]?.extensions.code, code, JSON.stringify(answer));
        assert.equal(answer.status, name === 'websocket' ? 200 : status);
        assert.ok(answer.data === undefined || answer.data === null);
      });
    }

    test('a page size out of range, both ends, or none is refused', async () => {
      for (const bad of ['first: 0', 'first: 101', 'last: -1', 'first: 1, last: 1', 'first: 1, before: "x"', '']) {
        const query = `{ conversations${bad === '' ? '' : `(${bad})`} { edges { node { id } } } }`;
        const answer = await door(name).request({ query });
        assert.equal(answer.errors?.[0]?.extensions.code, 'BAD_USER_INPUT', bad);
      }
    });

    test('what the viewer may not write comes back as userErrors that name value and limit', async () => {
      const said = await world.say();
      const cases: readonly (readonly [Record<string, unknown>, string, readonly string[], RegExp])[] = [
        [{ parts: [] }, 'INVALID', ['parts'], /at least one/],
        [{ parts: [{ text: ' \n ' }] }, 'INVALID', ['parts', '0', 'text'], /empty/],
        [{ parts: Array.from({ length: 200 }, () => ({ text: 'a' })) }, 'TOO_LARGE', ['parts'], /200 parts.*16/],
        [{ parts: [{ text: 'a' }, { text: 'x'.repeat(16_001) }] }, 'TOO_LARGE', ['parts', '1', 'text'], /16001.*16000/],
        [{ parts: [{ text: 'a\u0000b' }] }, 'INVALID', ['parts', '0', 'text'], /NUL.*1/],
        [{ parts: [{ text: 'a\ud800b' }] }, 'INVALID', ['parts', '0', 'text'], /surrogate/],
        [{ parts: [{ text: ' \u200b\u2060' }] }, 'INVALID', ['parts', '0', 'text'], /nobody sees/],
        [{ parts: [{ imageId: 'img_x' }] }, 'NOT_FOUND', ['parts', '0', 'imageId'], /img_x.*img_/],
        [{ parts: [{ imageId: toPublicId('image', newId()) }] }, 'NOT_FOUND', ['parts', '0', 'imageId'], /no such/],
        [{ parts: [{ text: 'a' }, { imageId: said.messageId }] }, 'NOT_FOUND', ['parts', '1', 'imageId'], /img_/],
        [{ parts: [{ uploadId: said.messageId }] }, 'NOT_FOUND', ['parts', '0', 'uploadId'], /no upload/],
        [{ parts: Array.from({ length: 9 }, () => ({ imageId: 'x' })) }, 'TOO_LARGE', ['parts'], /9 pictures.*8/],
        [{ conversationId: 'nonsense' }, 'NOT_FOUND', ['conversationId'], /nonsense/],
        [{ conversationId: toPublicId('conversation', newId()) }, 'NOT_FOUND', ['conversationId'], /no such/],
        [{ conversationId: said.replyId }, 'NOT_FOUND', ['conversationId'], /cnv_/],
        [{ conversationId: said.conversationId, parentId: said.messageId }, 'INVALID', ['parentId'], /replacesId/],
        [{ parentId: said.replyId }, 'INVALID', ['conversationId'], /need/],
        [{ options: { maxTokens: 513 } }, 'INVALID', ['options', 'maxTokens'], /513.*512/],
        [{ options: { topP: 0 } }, 'INVALID', ['options', 'topP'], /above 0/],
        [{ options: { temperature: -1 } }, 'INVALID', ['options', 'temperature'], /-1/],
        [{ options: { seed: '18446744073709551616' } }, 'INVALID', ['options', 'seed'], /64-bit/],
        [{ options: { image: { sampler: 'ddim' } } }, 'INVALID', ['options', 'image', 'sampler'], /ddim.*flow-euler/],
        [{ options: { image: { takes: 5 } } }, 'INVALID', ['options', 'image', 'takes'], /5.*4/],
        [{ options: { image: { steps: 0 } } }, 'INVALID', ['options', 'image', 'steps'], /0.*50/],
        [{ options: { image: { width: 512, height: 512 } } }, 'INVALID', ['options', 'image', 'width'], /512×512/],
      ];
      for (const [input, code, path, message] of cases) {
        const answer = await door(name).request({
          query:
            'mutation($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } userErrors { code path message } } }',
          variables: { input: { parts: [{ text: 'a' }], idempotencyKey: randomUUID(), ...input } },
        });
        const payload = answer.data?.['sendMessage'] as { reply: null; userErrors: [Record<string, unknown>] };
        assert.ok(payload, JSON.stringify(answer));
        assert.equal(payload.reply, null);
        const [error] = payload.userErrors;
        assert.deepEqual([error['code'], error['path']], [code, path], JSON.stringify(error));
        assert.match(error['message'] as string, message);
      }
    });

    test('an idempotency key that is no UUID is refused before anything is written', async () => {
      const answer = await door(name).request({
        query: 'mutation($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } } }',
        variables: { input: { parts: [{ text: 'a' }], idempotencyKey: 'again' } },
      });
      assert.equal(answer.errors?.[0]?.extensions.code, 'BAD_USER_INPUT');
    });

    test('both or no field of a part is refused by its type', async () => {
      const answer = await door(name).request({
        query: 'mutation($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } } }',
        variables: { input: { parts: [{}], idempotencyKey: randomUUID() } },
      });
      assert.equal(answer.errors?.[0]?.extensions.code, 'BAD_USER_INPUT');
    });
  });
}

for (const name of ['websocket', 'sse'] as const) {
  test(`a stream that cannot be is refused before it opens over ${name}`, async () => {
    const said = await world.say();
    const other = await world.say();
    const uuid = (await world.db.selectFrom('message').select('id').where('role', '=', 'assistant').execute()).find(
      ({ id }) => toPublicId('message', id) === said.replyId,
    )!.id;
    const cases = [
      [{ messageId: 'msg_x' }, 'NOT_FOUND'],
      [{ messageId: toPublicId('message', newId()) }, 'NOT_FOUND'],
      [{ messageId: said.messageId }, 'BAD_USER_INPUT'],
      [{ messageId: said.replyId, after: 'yesterday' }, 'BAD_USER_INPUT'],
      [{ messageId: said.replyId, after: other.cursor }, 'BAD_USER_INPUT'],
      [{ messageId: said.replyId, after: toCursor(uuid, 7) }, 'BAD_USER_INPUT'],
    ] as const;
    for (const [variables, code] of cases) {
      await using stream = door(name).subscribe!({ query: messageEvents, variables });
      const refused = await stream.next().then(
        () => assert.fail(`${JSON.stringify(variables)} was accepted`),
        (thrown: unknown) => thrown,
      );
      assert.ok(refused instanceof StreamRefused, String(refused));
      assert.equal(refused.answer.errors?.[0]?.extensions.code, code, JSON.stringify(variables));
    }
  });
}

describe('HTTP itself', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${world.server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const codeOf = async (response: Response): Promise<string> =>
    ((await response.json()) as { errors: [{ extensions: { code: string } }] }).errors[0].extensions.code;

  test('a subscription over POST is refused instead of answered with null', async () => {
    const { replyId } = await world.say();
    const { status, errors } = await httpDoor(world.server.url).request({
      query: messageEvents,
      variables: { messageId: replyId },
    });
    assert.deepEqual([status, errors?.[0]?.extensions.code], [405, 'METHOD_NOT_ALLOWED']);
    assert.match(errors![0]!.message, /text\/event-stream/);
  });

  test('a mutation by GET, a form, a batch, broken JSON and a megabyte are refused', async () => {
    const url = new URL(`${world.server.url}/graphql`);
    url.searchParams.set(
      'query',
      'mutation { deleteConversation(input: { conversationId: "x" }) { deletedConversationId } }',
    );
    const got = await fetch(url);
    assert.equal(got.status, 405);
    assert.match(await got.text(), /a mutation cannot be answered by GET: send it with POST/);
    const form = await fetch(`${world.server.url}/graphql`, {
      method: 'POST',
      body: new URLSearchParams({ query: '{ viewer { id } }' }),
    });
    assert.deepEqual([form.status, await codeOf(form)], [415, 'UNSUPPORTED_TYPE']);
    const batch = await post(JSON.stringify([{ query: '{ viewer { id } }' }]));
    assert.deepEqual([batch.status, await codeOf(batch)], [400, 'BAD_USER_INPUT']);
    const broken = await post('{"query":');
    assert.deepEqual([broken.status, await codeOf(broken)], [400, 'BAD_USER_INPUT']);
    const large = await post(JSON.stringify({ query: '{ viewer { id } }', variables: { a: 'x'.repeat(1_000_000) } }));
    assert.deepEqual([large.status, await codeOf(large)], [413, 'TOO_LARGE']);
  });

  test('a GET without a sign of intent is no query of a foreign page', async () => {
    const url = `${world.server.url}/graphql?query=${encodeURIComponent('{ viewer { name } }')}`;
    assert.equal((await fetch(url)).status, 400);
    const asked = await fetch(url, { headers: { 'apollo-require-preflight': '1' } });
    assert.deepEqual(await asked.json(), { data: { viewer: { name: 'ada' } } });
  });

  test('a cost behind a thousand other parameters of the URL, or a second one of a name, is priced all the same', async () => {
    const get = (search: string) =>
      fetch(`${world.server.url}/graphql?${search}`, { headers: { 'apollo-require-preflight': '1' } });
    const query = `query=${encodeURIComponent(`query($n: Int = 1) { ${page} }`)}`;
    const variables = `variables=${encodeURIComponent('{"n":100}')}`;
    const cheap = await get(query);
    assert.equal(cheap.status, 200);
    await cheap.body?.cancel();
    for (const search of [`${query}&${variables}`, `${query}${'&a'.repeat(1_000)}&${variables}`]) {
      const refused = await get(search);
      assert.deepEqual([refused.status, await codeOf(refused)], [400, 'QUERY_TOO_COMPLEX']);
    }
    const twice = await get(`${query}&variables=%7B%7D&${variables}`);
    assert.deepEqual([twice.status, await codeOf(twice)], [400, 'BAD_USER_INPUT']);
  });

  test('a body that is not what its encoding says, and a path that cannot be decoded, are the client’s fault', async () => {
    const gzip = await post('{"query":"{ viewer { id } }"}', { 'content-encoding': 'gzip' });
    assert.deepEqual([gzip.status, await codeOf(gzip)], [400, 'BAD_USER_INPUT']);
    const path = await fetch(`${world.server.url}/conversations/%ff`);
    assert.deepEqual([path.status, await codeOf(path)], [400, 'BAD_USER_INPUT']);
  });

  test('what lies below the API’s path is nothing, and an offer of HTTP/2 is no socket', async () => {
    const below = await fetch(`${world.server.url}/graphql/anything`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    assert.equal(below.status, 404);
    const offer = request(`${world.server.url}/healthz`, {
      headers: { connection: 'upgrade, http2-settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA' },
    });
    offer.end();
    const [answer] = (await once(offer, 'response')) as [IncomingMessage];
    assert.equal(answer.statusCode, 200);
    answer.resume();
    await once(answer, 'close');
  });

  test('a foreign page and a rebound name are kept out', async () => {
    const foreign = await post('{}', { origin: 'https://evil.example' });
    assert.deepEqual([foreign.status, await codeOf(foreign)], [403, 'FORBIDDEN']);
    const socket = new WebSocket(`${world.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      origin: 'https://evil.example',
    });
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    assert.equal(response.statusCode, 403);
    socket.on('error', () => undefined);
    socket.terminate();
    const rebound = new WebSocket(`${world.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { host: 'evil.example' },
    });
    const [, second] = (await once(rebound, 'unexpected-response')) as [unknown, { statusCode: number }];
    assert.equal(second.statusCode, 403);
    rebound.on('error', () => undefined);
    rebound.terminate();
  });

  test('other paths, the page and the health answer', async () => {
    const nowhere = await fetch(`${world.server.url}/nowhere`);
    assert.deepEqual([nowhere.status, await codeOf(nowhere)], [404, 'NOT_FOUND']);
    const start = await fetch(world.server.url);
    assert.match(await start.text(), /<title>gill/);
    assert.match(start.headers.get('content-security-policy')!, /default-src 'none'/);
    const health = (await (await fetch(`${world.server.url}/healthz`)).json()) as { status: string };
    assert.equal(health.status, 'ok');
  });
});

describe('with tokens', () => {
  test('nobody without one, and nobody sees what is not theirs', async () => {
    const tokens = new Map([
      ['adas-token-0123456789', 'ada'],
      ['bobs-token-0123456789', 'bob'],
    ]);
    await using closed = await createApiWorld({ authenticate: createAuthenticate({ tokens }), hasTokens: true });
    const ada = { authorization: 'Bearer adas-token-0123456789' };
    const bob = { authorization: 'Bearer bobs-token-0123456789' };
    const http = httpDoor(closed.server.url);
    const sent = await http.request({
      query:
        'mutation($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } conversation { id } message { id } } }',
      variables: { input: { parts: [{ text: 'a secret' }], idempotencyKey: randomUUID() } },
      headers: ada,
    });
    const { reply, conversation } = sent.data!['sendMessage'] as Record<string, { id: string }>;
    await using _worker = closed.work();
    await eventually(
      async () => (await closed.db.selectFrom('image').select('status').execute())[0]?.status === 'COMPLETED',
    );
    const row = await closed.db.selectFrom('image').select('id').executeTakeFirstOrThrow();
    const imageId = toPublicId('image', row.id);
    const foreign = await http.request({
      query: `mutation { sendMessage(input: { parts: [{ imageId: "${imageId}" }], idempotencyKey: "${randomUUID()}" }) { reply { id } userErrors { code } } }`,
      headers: bob,
    });
    assert.deepEqual(foreign.data?.['sendMessage'], { reply: null, userErrors: [{ code: 'NOT_FOUND' }] });
    for (const each of doorsOf(closed.server.url)) {
      if (each.name !== 'websocket') {
        const refused = await each.request({ query: '{ viewer { name } }' });
        assert.deepEqual([refused.status, refused.errors?.[0]?.extensions.code], [401, 'UNAUTHENTICATED']);
      }
      const query = `query($m: ID!, $c: ID!) { viewer { name } message(id: $m) { id } conversation(id: $c) { id } image(id: "${imageId}") { alt }
        node(id: $m) { id } conversations(first: 5) { edges { node { id } } } }`;
      const variables = { m: reply!.id, c: conversation!.id };
      const seen = await each.request({ query, variables, headers: bob });
      assert.deepEqual(seen.data, {
        viewer: { name: 'bob' },
        message: null,
        conversation: null,
        image: null,
        node: null,
        conversations: { edges: [] },
      });
      const own = await each.request({ query, variables, headers: ada });
      assert.deepEqual((own.data as Record<string, unknown>)['message'], { id: reply!.id });
      if (each.subscribe) {
        await using stream = each.subscribe({
          query: messageEvents,
          variables: { messageId: reply!.id },
          headers: bob,
        });
        await assert.rejects(
          stream.next(),
          (thrown) => thrown instanceof StreamRefused && /no message/.test(thrown.message),
        );
      }
      for (const [mutation, input] of [
        ['redrawImage', `imageId: "${imageId}", idempotencyKey: "${randomUUID()}"`],
        ['replayImage', `imageId: "${imageId}", idempotencyKey: "${randomUUID()}"`],
        ['cancelImage', `imageId: "${imageId}"`],
        ['cancelMessage', `messageId: "${reply!.id}"`],
        ['deleteConversation', `conversationId: "${conversation!.id}"`],
        ['renameConversation', `conversationId: "${conversation!.id}", title: "mine"`],
      ] as const) {
        const answer = await each.request({
          query: `mutation { ${mutation}(input: { ${input} }) { userErrors { code } } }`,
          headers: bob,
        });
        assert.deepEqual(answer.data?.[mutation], { userErrors: [{ code: 'NOT_FOUND' }] });
      }
    }
    const socket = new WebSocket(`${closed.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer nonsense' } }));
    assert.equal(((await once(socket, 'close')) as [number])[0], 4401);
  });
});
