// Who may ask, on every door: tokens of an OpenID Connect issuer, good and bad; tokens that programs carry; what is someone
// else's looks like what never was; what a deleted viewer had is gone.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { CloseCode, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { createAuthenticate } from '../../../infra/auth/authenticate.ts';
import { ownIdentity, type Identity } from '../../../infra/auth/identity.ts';
import { createVerifyOidc } from '../../../infra/auth/oidc.ts';
import { findApiToken } from '../../../infra/database/api-tokens.ts';
import { createApiWorld, messageEvents, type ApiWorld, type Fields } from '../../harness/api-world.ts';
import type { Answer, Door } from '../../harness/doors.ts';
import { eventually } from '../../harness/eventually.ts';
import { startTestIssuer, type TestIssuer, type TokenChange } from '../../harness/issuer.ts';

const staticToken = 'a-token-of-the-deployment';
let issuer: TestIssuer;
let world: ApiWorld;
/** The world's database exists only once the world does. */
let find: (token: string) => Promise<Identity | undefined> = () => Promise.resolve(undefined);
const recheckMs = 40;

before(async () => {
  issuer = await startTestIssuer();
  const oidc = createVerifyOidc({
    issuer: issuer.url,
    audience: issuer.audience,
    jwksUrl: undefined,
    algorithms: ['RS256', 'ES256'],
  });
  const authenticate = createAuthenticate({
    tokens: new Map([[staticToken, 'ada']]),
    oidc,
    findApiToken: (token) => find(token),
  });
  world = await createApiWorld({ authenticate, hasTokens: true, recheckMs });
  find = (token) => findApiToken(world.db, token);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const ask = async (door: Door, token: string, query: string, variables?: Record<string, unknown>): Promise<Answer> => {
  try {
    return await door.request({ query, variables, headers: bearer(token) });
  } catch (thrown) {
    const { code, reason } = thrown as { code: number; reason: string };
    assert.equal(code, CloseCode.Unauthorized, `the socket closed with ${code} ${reason}`);
    return { status: 401, errors: [{ message: reason, extensions: { code: 'UNAUTHENTICATED' } }] };
  }
};
const http = (): Door => world.doors.find(({ name }) => name === 'http')!;
const nameOf = (answer: Answer): unknown => (answer.data?.['viewer'] as Fields | undefined)?.['name'];
const tokenOf = (sub: string): Promise<string> => issuer.token({ sub });

async function send(token: string): Promise<{ conversation: string; message: string; reply: string }> {
  const query = `mutation($input: SendMessageInput!) { sendMessage(input: $input) {
    conversation { id } message { id } reply { id } userErrors { code message } } }`;
  const input = { parts: [{ text: 'a red fox' }], idempotencyKey: randomUUID() };
  const { data, errors } = await ask(http(), token, query, { input });
  assert.equal(errors, undefined, JSON.stringify(errors));
  const sent = data!['sendMessage'] as Fields;
  return { conversation: sent['conversation'].id, message: sent['message'].id, reply: sent['reply'].id };
}

const refused: readonly (readonly [string, () => Promise<string>])[] = [
  ...(
    [
      ['of another issuer', { iss: 'https://elsewhere.example' }],
      ['for another audience', { aud: 'someone-else' }],
      ['that has expired', { exp: -60 }],
      ['that never expires', { without: 'exp' }],
      ['of nobody', { without: 'sub' }],
      ['of a number', { sub: 42 }],
      ['of a list', { sub: ['ada'] }],
      ['of an empty name', { sub: '' }],
      ['that is not valid yet', { nbf: 120 }],
      ['issued in the future', { iat: 120 }],
      ['signed by a stranger under a known key id', { stranger: true }],
    ] as const satisfies readonly (readonly [string, TokenChange])[]
  ).map(([what, change]) => [what, () => issuer.token(change)] as const),
  ['without a signature', () => issuer.forged('none')],
  ['signed with the public key as a shared secret', () => issuer.forged('HS256 with the public key')],
  ['that is cut off', async () => (await issuer.token()).slice(0, -8)],
  ['that is no token', () => Promise.resolve('a.b.c')],
  ['that looks like an API token', () => Promise.resolve(`gill_${'A'.repeat(43)}`)],
];
for (const [what, make] of refused) {
  test(`a token ${what} is refused on every door`, async () => {
    const token = await make();
    for (const door of world.doors) {
      const answer = await ask(door, token, '{ viewer { name } }');
      assert.equal(answer.status, 401, door.name);
      assert.equal(answer.errors?.[0]?.extensions.code, 'UNAUTHENTICATED', door.name);
    }
  });
}

test('a good token is taken on every door, within the tolerance of clocks; a deployment token beside it', async () => {
  for (const door of world.doors) {
    assert.equal(nameOf(await ask(door, await issuer.token(), '{ viewer { name } }')), `${issuer.url}#ada`, door.name);
    assert.equal(nameOf(await ask(door, await issuer.token({ exp: -10 }), '{ viewer { name } }')), `${issuer.url}#ada`);
    assert.equal(nameOf(await ask(door, staticToken, '{ viewer { name } }')), 'ada', 'not the issuer’s ada');
  }
  const requests = issuer.keyRequests();
  await Promise.all(Array.from({ length: 20 }, async () => ask(http(), await issuer.token(), '{ viewer { name } }')));
  assert.equal(issuer.keyRequests(), requests, 'keys are kept');
});

test('an issuer that is away is no reason to call a token wrong; it is asked again', async () => {
  await using other = await startTestIssuer();
  const verify = createVerifyOidc({
    issuer: other.url,
    audience: other.audience,
    jwksUrl: undefined,
    algorithms: ['ES256'],
  });
  other.away = true;
  await assert.rejects(verify(await other.token()), { code: 'ISSUER_UNAVAILABLE' });
  other.away = false;
  assert.equal((await verify(await other.token())).name, `${other.url}#ada`);
  const pinned = createVerifyOidc({
    issuer: other.url,
    audience: other.audience,
    jwksUrl: undefined,
    algorithms: ['RS256'],
  });
  await assert.rejects(pinned(await other.token()), { code: 'UNAUTHENTICATED' });
});

test('keys that an issuer publishes over plain http are not asked for', async () => {
  await using other = await startTestIssuer();
  const { url: issuer, audience } = other;
  const verify = createVerifyOidc({ issuer, audience, jwksUrl: undefined, algorithms: ['ES256'] });
  for (const keysUrl of ['http://keys.example/keys', 'ftp://127.0.0.1/keys']) {
    other.keysUrl = keysUrl;
    await assert.rejects(verify(await other.token()), { code: 'ISSUER_UNAVAILABLE', message: /over plain http/ });
  }
  assert.equal(other.keyRequests(), 0);
});

test('what is someone else’s looks like what never was, on every door', async () => {
  const mine = await send(await tokenOf('ada'));
  const foreign = await tokenOf('eve');
  const ids = [mine.conversation, mine.message, mine.reply];
  const reads =
    '$id: ID!) { conversation(id: $id) { id } message(id: $id) { id } image(id: $id) { id } node(id: $id) { id } }';
  const writes: readonly (readonly [string, string, (id: string) => object])[] = [
    ['renameConversation', 'conversationId', (conversationId) => ({ conversationId, title: 'x' })],
    ['deleteConversation', 'conversationId', (conversationId) => ({ conversationId })],
    ['cancelMessage', 'messageId', (messageId) => ({ messageId })],
    ['regenerateMessage', 'messageId', (messageId) => ({ messageId, idempotencyKey: randomUUID() })],
    [
      'sendMessage',
      'conversationId',
      (conversationId) => ({ conversationId, parts: [{ text: 'x' }], idempotencyKey: randomUUID() }),
    ],
  ];
  for (const door of world.doors) {
    for (const id of ids) {
      const { data } = await ask(door, foreign, `query(${reads}`, { id });
      assert.deepEqual(Object.values(data!), [null, null, null, null], `${door.name} ${id}`);
    }
    for (const [mutation, field, inputOf] of writes) {
      const id = field === 'messageId' ? mine.reply : mine.conversation;
      const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!`;
      const query = `mutation($input: ${type}) { ${mutation}(input: $input) { userErrors { code message } } }`;
      const { data } = await ask(door, foreign, query, { input: inputOf(id) });
      const { userErrors } = data![mutation] as Fields;
      assert.equal(userErrors[0].code, 'NOT_FOUND', `${door.name} ${mutation}`);
      assert.match(userErrors[0].message as string, /there is no such/);
    }
    if (!door.subscribe) continue;
    await using stream = door.subscribe({
      query: messageEvents,
      variables: { messageId: mine.reply },
      headers: bearer(foreign),
    });
    await assert.rejects(
      async () => stream.next(),
      (thrown: { answer?: Answer }) => thrown.answer?.errors?.[0]?.extensions.code === 'NOT_FOUND',
    );
  }
});

const createToken = `mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) {
  apiToken { id name rights expiresAt } secret userErrors { code message path } } }`;
const makeToken = async (owner: string, input: object): Promise<Fields> =>
  (await ask(http(), owner, createToken, { input: { name: 'a server', ...input } })).data!['createApiToken'] as Fields;

test('an API token acts for its viewer within its rights, makes no others, and ends when it is revoked', async () => {
  const owner = await tokenOf('grace');
  const { apiToken, secret } = await makeToken(owner, { rights: ['READ'] });
  assert.deepEqual(apiToken['rights'], ['READ']);
  const rows = await world.db.selectFrom('api_token').selectAll().execute();
  assert.ok(!JSON.stringify(rows).includes((secret as string).slice(5)), 'the token itself is kept');
  for (const door of world.doors) {
    assert.equal(nameOf(await ask(door, secret as string, '{ viewer { name } }')), `${issuer.url}#grace`);
    const create = `mutation($input: CreateConversationInput!) { createConversation(input: $input) { userErrors { code } } }`;
    const write = await ask(door, secret as string, create, { input: { idempotencyKey: randomUUID() } });
    assert.equal(write.errors?.[0]?.extensions.code, 'FORBIDDEN', door.name);
  }
  const both = (await makeToken(owner, { rights: ['READ', 'WRITE'] }))['secret'] as string;
  const { reply } = await send(both);
  assert.equal(
    (await ask(http(), both, createToken, { input: { name: 'x', rights: ['READ'] } })).errors?.[0]?.extensions.code,
    'FORBIDDEN',
  );

  const list = await ask(http(), owner, '{ viewer { apiTokens { id name } } }');
  assert.equal((list.data!['viewer'] as Fields)['apiTokens'].length, 2);
  const revoke = `mutation($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) { revokedApiTokenId userErrors { code } } }`;
  const input = { apiTokenId: apiToken['id'] as string };
  const foreign = (await ask(http(), await tokenOf('eve'), revoke, { input })).data!['revokeApiToken'] as Fields;
  assert.equal(foreign['userErrors'][0].code, 'NOT_FOUND');

  // a live stream of the token ends soon after it is revoked
  const sse = world.doors.find(({ name }) => name === 'sse')!;
  await using stream = sse.subscribe!({
    query: messageEvents,
    variables: { messageId: reply },
    headers: bearer(secret as string),
  });
  await stream.next();
  assert.equal(
    ((await ask(http(), owner, revoke, { input })).data!['revokeApiToken'] as Fields)['revokedApiTokenId'],
    input.apiTokenId,
  );
  assert.equal((await ask(http(), secret as string, '{ viewer { id } }')).status, 401);
  await assert.rejects(async () => {
    while (await stream.next());
  }, /without `complete`/);
});

test('a token that may only write is shown ids of what it wrote, and nothing it could have been asked for', async () => {
  const owner = await tokenOf('nora');
  const { conversation } = await send(owner);
  const writer = (await makeToken(owner, { rights: ['WRITE'] }))['secret'] as string;
  const input = () => ({ conversationId: conversation, parts: [{ text: 'more' }], idempotencyKey: randomUUID() });
  const mutation = (selection: string, more = '') =>
    `mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { ${selection} userErrors { code message } } } ${more}`;
  const text = '{ parts { ... on TextPart { text } } }';
  const reading = [
    mutation('conversation { title }'),
    mutation(`conversation { messages(first: 9) { nodes: edges { node ${text} } } }`),
    mutation(`message ${text}`),
    mutation('conversation { images(first: 1) { edges { node { id } } } }'),
    mutation('...F', 'fragment F on SendMessagePayload { reply { cursor } }'),
    mutation('conversation { ...F }', 'fragment F on Node { ... on Conversation { title } }'),
  ];
  const messages = () => world.db.selectFrom('message').select('id').execute();
  const before = (await messages()).length;
  for (const door of world.doors)
    for (const query of reading) {
      const { errors } = await ask(door, writer, query, { input: input() });
      assert.equal(errors?.[0]?.extensions.code, 'FORBIDDEN', `${door.name} ${query}`);
      assert.match(errors[0].message, /needs the right "read"/);
    }
  assert.equal((await messages()).length, before, 'what was refused was written');
  const plain = mutation('conversation { __typename id } message { id } reply { id }');
  for (const door of world.doors) {
    const { data, errors } = await ask(door, writer, plain, { input: input() });
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.deepEqual((data!['sendMessage'] as Fields)['userErrors'], []);
  }
  const upload = `mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id status url image { id } } userErrors { code } } }`;
  const file = { contentType: 'image/png', byteSize: 1, sha256: '0'.repeat(64), idempotencyKey: randomUUID() };
  const { data, errors } = await ask(http(), writer, upload, { input: file });
  assert.equal(errors, undefined, JSON.stringify(errors));
  assert.ok((data!['createUpload'] as Fields)['upload'].url);
  assert.equal((await ask(http(), writer, '{ viewer { id } }')).errors?.[0]?.extensions.code, 'FORBIDDEN');
});

test('a token for a time, for nothing, or too many is refused with a sentence', async () => {
  const owner = await tokenOf('joan');
  const codeOf = async (input: object) => (await makeToken(owner, input))['userErrors'][0]?.code as string | undefined;
  assert.equal(await codeOf({ rights: [] }), 'INVALID');
  assert.equal(await codeOf({ rights: ['READ'], expiresAt: '2020-01-01T00:00:00Z' }), 'INVALID');
  assert.equal(await codeOf({ rights: ['READ'], name: '' }), 'INVALID');
  const made = await Promise.all(Array.from({ length: 52 }, () => codeOf({ rights: ['READ'] })));
  assert.equal(made.filter((code) => code === undefined).length, 50);
  assert.equal(made.filter((code) => code === 'CONFLICT').length, 2);
});

test('a socket closes with 4403 when its token runs out, and one that opens in time with a fresh one goes on', async () => {
  // the tolerance of clocks is 30 s
  const tokens = [await issuer.token({ sub: 'mary', exp: -25 }), await issuer.token({ sub: 'mary' })];
  const { reply } = await send(tokens[1]!);
  const codes: number[] = [];
  let next = 0;
  const client = createClient({
    url: `${world.server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: () => bearer(tokens[next++]!),
    retryAttempts: 3,
    retryWait: () => Promise.resolve(),
    on: { closed: (event) => void codes.push((event as CloseEvent).code) },
  });
  const events = client.iterate({ query: messageEvents, variables: { messageId: reply } });
  await events.next();
  await eventually(() => next === 2, 20_000);
  await using _worker = world.work();
  const seen: Fields[] = [];
  for await (const { data } of events) seen.push((data as Record<string, Fields>)['messageEvents']!);
  assert.equal(seen.at(-1)?.['__typename'], 'MessageDoneEvent');
  await client.dispose();
  assert.equal(codes[0], CloseCode.Forbidden);
});

test('deleteViewer takes everything: rows of every table, files, tokens, and what still runs', async () => {
  const owner = await tokenOf('leaver');
  const idOf = async (): Promise<string> =>
    ((await ask(http(), owner, '{ viewer { id } }')).data!['viewer'] as Fields)['id'] as string;
  const viewerId = await idOf();
  {
    await using _worker = world.work();
    const { reply } = await send(owner);
    await eventually(async () => {
      const { data } = await ask(
        http(),
        owner,
        'query($id: ID!) { message(id: $id) { ... on AssistantMessage { status } } }',
        { id: reply },
      );
      return (data!['message'] as Fields)['status'] === 'COMPLETED';
    }, 10_000);
  }
  await send(owner); // still waits
  const { secret } = await makeToken(owner, { rights: ['READ'] });
  const row = await world.db
    .selectFrom('viewer')
    .select('id')
    .where('name', '=', `${issuer.url}#leaver`)
    .executeTakeFirstOrThrow();
  const images = await world.db
    .selectFrom('image')
    .select(['id', 'file_key'])
    .where('viewer_id', '=', row.id)
    .execute();
  assert.ok(images.length > 0 && world.media.files.has(images[0]!.file_key!));
  // an attempt that lost its fence after its upload left a file that no row names
  await world.media.put(`images/${images[0]!.id}/3.png`, new Uint8Array(1), 'image/png');

  const remove = `mutation($input: DeleteViewerInput!) { deleteViewer(input: $input) { deletedViewerId userErrors { code } } }`;
  const eve = (await ask(http(), await tokenOf('eve'), remove, { input: { viewerId } })).data![
    'deleteViewer'
  ] as Fields;
  assert.equal(eve['userErrors'][0].code, 'NOT_FOUND', 'nobody deletes someone else');
  const own = (await ask(http(), owner, remove, { input: { viewerId } })).data!['deleteViewer'] as Fields;
  assert.equal(own['deletedViewerId'], viewerId);
  assert.equal((await ask(http(), secret as string, '{ viewer { id } }')).status, 401);
  assert.notEqual(await idOf(), viewerId, 'the same login begins anew');

  await using _worker = world.work();
  await eventually(
    async () => !(await world.db.selectFrom('viewer').select('id').where('id', '=', row.id).executeTakeFirst()),
    10_000,
  );
  for (const table of ['conversation', 'image', 'job', 'usage', 'idempotency', 'api_token'] as const) {
    const left = await world.db.selectFrom(table).selectAll().where('viewer_id', '=', row.id).execute();
    assert.deepEqual(left, [], table);
  }
  const keys = [...world.media.files.keys()].filter((key) => images.some(({ id }) => key.startsWith(`images/${id}/`)));
  assert.deepEqual(keys, []);
});

test('what a viewer may use in a day is enforced and shown', async () => {
  await using small = await createApiWorld(
    { authenticate: () => Promise.resolve(ownIdentity('ada')) },
    undefined,
    5_000,
  );
  const limitsOf = async (): Promise<Fields> =>
    (await small.ask('{ viewer { limits { computeSeconds computeSecondsUsed resetsAt unfinishedJobsUsed } } }'))[
      'viewer'
    ].limits as Fields;
  assert.equal((await limitsOf())['computeSeconds'], 5);
  await small.say();
  assert.equal((await limitsOf())['unfinishedJobsUsed'], 2, 'a reply and the picture it will draw');
  await small.hands
    .insertInto('usage')
    .values({ id: randomUUID(), viewer_id: small.viewerId, compute_ms: 5_000, message_id: null, image_id: null })
    .execute();
  const { computeSecondsUsed, resetsAt } = await limitsOf();
  assert.equal(computeSecondsUsed, 5);
  assert.ok(Date.parse(resetsAt as string) > Date.now() && (resetsAt as string).endsWith('T00:00:00.000Z'));
  const query = `mutation($input: SendMessageInput!) { sendMessage(input: $input) { reply { id } userErrors { code message } } }`;
  const input = { parts: [{ text: 'more' }], idempotencyKey: randomUUID() };
  const { sendMessage } = await small.ask(query, { input });
  assert.equal(sendMessage.userErrors[0].code, 'BUDGET_EXHAUSTED');
  assert.match(sendMessage.userErrors[0].message as string, /5\.0 s .* 5 s/);

  // whoever deletes the account and comes again has used what it used
  const { viewer } = await small.ask('{ viewer { id } }');
  const remove = `mutation($input: DeleteViewerInput!) { deleteViewer(input: $input) { deletedViewerId userErrors { code } } }`;
  const { deleteViewer } = await small.ask(remove, { input: { viewerId: viewer.id as string } });
  assert.deepEqual(deleteViewer.userErrors, []);
  assert.notEqual((await small.ask('{ viewer { id } }'))['viewer'].id, viewer.id);
  assert.equal((await limitsOf())['computeSecondsUsed'], 5);
  const again = await small.ask(query, { input: { ...input, idempotencyKey: randomUUID() } });
  assert.equal(again['sendMessage'].userErrors[0].code, 'BUDGET_EXHAUSTED');
});
