// An upload from the announcement to a message that shows its picture: over the API, a real S3 endpoint and a worker. What
// the form does not allow is refused by the store; what comes is cleaned or rejected; what was sent is never given out.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { createClient } from '../../clients/ts/index.ts';
import type { LlmInput } from '../../core/function-contract.ts';
import { parsePublicId } from '../../core/ids.ts';
import { deleteConversation } from '../../infra/database/conversations.ts';
import { sweepUploads } from '../../infra/database/remove.ts';
import { createS3MediaStore, type S3MediaStore } from '../../infra/media/s3-media-store.ts';
import { createApiWorld, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { bucket, startTestS3, testIdentity, type TestS3 } from '../harness/s3.ts';
import { recordedLlm } from '../recordings/recorded-function.ts';

let s3: TestS3;
let media: S3MediaStore;
let world: ApiWorld;
before(async () => {
  s3 = await startTestS3();
  const credentials = testIdentity;
  media = createS3MediaStore({ endpoint: s3.url, publicEndpoint: undefined, region: 'us-east-1', bucket, credentials });
  world = await createApiWorld({}, media);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  await media[Symbol.asyncDispose]();
  await s3[Symbol.asyncDispose]();
});

const png = await sharp({ create: { width: 30, height: 20, channels: 3, background: '#c84' } })
  .withExif({ IFD0: { Copyright: 'SECRET' } })
  .png()
  .toBuffer();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const uuidOf = (id: string): string => parsePublicId(id)!.uuid;

const create = `mutation($input: CreateUploadInput!) { createUpload(input: $input) {
  upload { id status url expiresAt fields { name value } image { id } } userErrors { code message path } } }`;
const read = `query($id: ID!) { node(id: $id) { ... on Upload { id status url fields { name } failure { code message retryable }
  image { id width height contentType byteSize sha256 alt placeholder fileName file { url } thumbnail: file(size: THUMBNAIL) { url } } } } }`;

async function announce(bytes: Uint8Array, change: object = {}): Promise<Fields> {
  const input = {
    contentType: 'image/png',
    byteSize: bytes.length,
    sha256: sha256(bytes),
    idempotencyKey: randomUUID(),
    ...change,
  };
  return (await world.ask(create, { input }))['createUpload'] as Fields;
}

function sendForm(upload: Fields, bytes: Uint8Array, change: Record<string, string> = {}): Promise<Response> {
  const form = new FormData();
  const fields = Object.fromEntries((upload['fields'] as Fields[]).map(({ name, value }) => [name, value])) as Record<
    string,
    string
  >;
  for (const [name, value] of Object.entries({ ...fields, ...change })) form.append(name, value);
  form.append('file', new Blob([Buffer.from(bytes)]), 'anything.png');
  return fetch(upload['url'] as string, { method: 'POST', body: form });
}

const ask = async (id: string): Promise<Fields> => (await world.ask(read, { id }))['node'] as Fields;

/** Announced, sent and cleaned. */
async function uploaded(bytes: Uint8Array = png, change: object = {}): Promise<Fields> {
  const { upload } = await announce(bytes, change);
  assert.equal((await sendForm(upload as Fields, bytes)).status, 204);
  let state: Fields = {};
  await eventually(async () => {
    state = await ask(upload.id as string);
    return state['status'] === 'READY' || state['status'] === 'REJECTED';
  });
  return state;
}

const send = `mutation($input: SendMessageInput!) { sendMessage(input: $input) {
  conversation { id title } message { id parts { __typename index ... on TextPart { text } ... on ImagePart { image { __typename id
    ... on UploadedImage { fileName } } } } } reply { id } userErrors { code message path } } }`;

async function say(parts: readonly object[], more: object = {}): Promise<Fields> {
  const input = { parts, idempotencyKey: randomUUID(), ...more };
  return (await world.ask(send, { input }))['sendMessage'] as Fields;
}

describe('an upload', () => {
  test('is announced, sent, cleaned, and stands in a message; the file as sent is gone', async () => {
    await using _worker = world.work({ media });
    const state = await uploaded(png, { fileName: 'my fox.png' });
    assert.equal(state['status'], 'READY');
    assert.deepEqual([state['url'], state['fields'], state['failure']], [null, [], null]);
    const { image } = state as { image: Fields };
    assert.deepEqual([image['width'], image['height'], image['contentType']], [30, 20, 'image/png']);
    assert.deepEqual([image['fileName'], image['alt']], ['my fox.png', 'Uploaded picture my fox.png']);
    const clean = Buffer.from(await (await fetch(image['file'].url as string)).arrayBuffer());
    assert.deepEqual([clean.length, sha256(clean)], [image['byteSize'], image['sha256']]);
    assert.ok(png.includes('SECRET') && !clean.includes('SECRET'));
    assert.equal((await fetch(image['thumbnail'].url as string)).status, 200);
    const { file_key: key } = await world.db
      .selectFrom('upload')
      .select('file_key')
      .where('id', '=', uuidOf(state['id'] as string))
      .executeTakeFirstOrThrow();
    assert.match(key, /^uploads\//);
    await eventually(async () => !(await media.has(key)));

    const said = await say([{ text: 'Look at this:' }, { uploadId: state['id'] }, { text: 'What is it?' }]);
    assert.deepEqual(said['userErrors'], []);
    assert.deepEqual(said['message'].parts, [
      { __typename: 'TextPart', index: 0, text: 'Look at this:' },
      {
        __typename: 'ImagePart',
        index: 1,
        image: { __typename: 'UploadedImage', id: image['id'], fileName: 'my fox.png' },
      },
      { __typename: 'TextPart', index: 2, text: 'What is it?' },
    ]);
  });

  test('tells the model that a picture is there, in its place, and nothing of it', async () => {
    const inputs: LlmInput[] = [];
    const llm = recordedLlm({
      before: (position, input) => {
        // replies of tests before may still be waiting
        if (position === 0 && JSON.stringify(input.turns).includes('behind')) inputs.push(input);
      },
    });
    await using _worker = world.work({ media, llm });
    const { image } = (await uploaded()) as { image: Fields };
    const parts = [{ text: 'Before' }, { imageId: image['id'] }, { text: 'behind' }];
    const { reply } = await say(parts, { options: { images: 'NEVER' } });
    await eventually(() => inputs.length > 0);
    assert.deepEqual(inputs[0]!.turns.at(-1)!.parts, [
      { kind: 'text', text: 'Before' },
      { kind: 'text', text: ' (a picture that you cannot see) ' },
      { kind: 'text', text: 'behind' },
    ]);
    await eventually(
      async () =>
        (
          await world.ask('query($id: ID!) { message(id: $id) { ... on AssistantMessage { status } } }', {
            id: reply.id,
          })
        )['message'].status === 'COMPLETED',
    );
    const { capabilities } = await world.ask('{ capabilities { readsImages maxUploadBytes uploadTypes } }');
    assert.equal(capabilities.readsImages, false);
    assert.ok(capabilities.uploadTypes.includes('image/png'));
  });

  test('alone in a message asks for no picture unless told to, and then is told why not', async () => {
    await using _worker = world.work({ media });
    const { image } = (await uploaded()) as { image: Fields };
    const said = await say([{ imageId: image['id'] }]);
    assert.deepEqual([said['userErrors'], said['conversation'].title], [[], 'A picture']);
    const { message } = await world.ask('query($id: ID!) { message(id: $id) { alternatives { id } } }', {
      id: said['reply'].id,
    });
    assert.equal(message.alternatives.length, 1);
    const refused = await say([{ imageId: image['id'] }], { options: { images: 'ALWAYS' } });
    assert.deepEqual(
      [refused['userErrors'][0].code, refused['userErrors'][0].path],
      ['INVALID', ['options', 'images']],
    );
  });

  test('of a damaged, mislabelled or swapped file is rejected with a reason', async () => {
    await using _worker = world.work({ media });
    const swapped = Buffer.from(png).fill(0, 50, 60);
    for (const [bytes, change, reason] of [
      [Buffer.from('<script>alert(1)</script>'), {}, /no PNG/],
      [png.subarray(0, 60), {}, /damaged|header/],
      [png, { sha256: sha256(swapped) }, /sha256/],
    ] as const) {
      const state = await uploaded(bytes, change);
      assert.deepEqual([state['status'], state['image'], state['url']], ['REJECTED', null, null]);
      assert.deepEqual([state['failure'].code, state['failure'].retryable], ['UPLOAD_REJECTED', false]);
      assert.match(state['failure'].message as string, reason);
      const { userErrors } = await say([{ uploadId: state['id'] }]);
      assert.deepEqual([userErrors[0].code, userErrors[0].path], ['INVALID', ['parts', '0', 'uploadId']]);
      assert.match(userErrors[0].message as string, reason);
    }
  });

  test('whose cleaning brings the worker down five times is rejected, not tried for ever', async () => {
    const { upload } = await announce(png);
    await sendForm(upload as Fields, png);
    const broken = { ...media, get: () => Promise.reject(new Error('out of memory')) };
    await using _worker = world.work({ media: broken });
    await eventually(async () => (await ask(upload.id as string))['status'] === 'REJECTED');
    assert.equal((await ask(upload.id as string))['failure'].code, 'DEADLINE_EXCEEDED');
  });

  test('is one upload for one key', async () => {
    const idempotencyKey = randomUUID();
    const [first, second] = [await announce(png, { idempotencyKey }), await announce(png, { idempotencyKey })];
    assert.equal(first['upload'].id, second['upload'].id);
    const other = await announce(png, { idempotencyKey, fileName: 'other.png' });
    assert.equal(other['userErrors'][0].code, 'IDEMPOTENCY_MISMATCH');
  });

  test('is made by the client in one call', async () => {
    await using _worker = world.work({ media });
    await using client = createClient({ url: world.server.url });
    const image = await client.upload(new Blob([png], { type: 'image/png' }), { fileName: 'fox.png' });
    assert.deepEqual([image.__typename, image.width, image.fileName], ['UploadedImage', 30, 'fox.png']);
    using reply = await client.send([{ text: 'like this one' }, { imageId: image.id }]);
    assert.equal((await reply.finished()).status, 'COMPLETED');
    await assert.rejects(client.upload(new Blob(['no'], { type: 'image/png' })), { code: 'UPLOAD_REJECTED' });
    await assert.rejects(client.upload(new Blob(['no'], { type: 'text/html' })), { code: 'UNSUPPORTED_TYPE' });
  });
});

describe('files in a message', () => {
  test('are sent with it in one call, in their order, each with how far it is', async () => {
    await using _worker = world.work({ media });
    await using client = createClient({ url: world.server.url });
    const told: string[] = [];
    const file = new File([png], 'fox.png', { type: 'image/png' });
    using reply = await client.send(['like this one', file, 'and this', new Blob([png], { type: 'image/png' })], {
      onUpload: (place, progress) =>
        told.push(
          progress.phase === 'sending'
            ? `${place}: ${progress.sentBytes} of ${progress.totalBytes}`
            : `${place}: ${progress.phase}`,
        ),
    });
    const { message } = await world.ask(
      'query($id: ID!) { message(id: $id) { parent { parts { ... on TextPart { text } ... on ImagePart { image { ... on UploadedImage { fileName } } } } } } }',
      { id: reply.id },
    );
    assert.deepEqual(message.parent.parts, [
      { text: 'like this one' },
      { image: { fileName: 'fox.png' } },
      { text: 'and this' },
      { image: { fileName: null } },
    ]);
    for (const place of [1, 3])
      assert.deepEqual(
        told.filter((line) => line.startsWith(`${place}:`)),
        [`${place}: 0 of ${png.length}`, `${place}: ${png.length} of ${png.length}`, `${place}: cleaning`],
      );
  });

  test('are not sent when one of them is no picture', async () => {
    await using _worker = world.work({ media });
    await using client = createClient({ url: world.server.url });
    const count = async () =>
      (await world.ask('{ conversations(first: 100) { edges { node { id } } } }', {}))['conversations'].edges.length;
    const before = await count();
    const sent = client.send(['look', new Blob(['no'], { type: 'image/png' })]);
    await assert.rejects(sent, { code: 'UPLOAD_REJECTED' });
    assert.equal(await count(), before);
  });
});

test('the store takes exactly the file that the form is for', async () => {
  const { upload } = (await announce(png)) as { upload: Fields };
  const key = (upload['fields'] as Fields[]).find(({ name }) => name === 'key')!['value'] as string;
  for (const [what, bytes, change] of [
    ['a byte more', Buffer.concat([png, png.subarray(0, 1)]), {}],
    ['a byte less', png.subarray(1), {}],
    ['another type', png, { 'Content-Type': 'text/html' }],
    ['another key', png, { key: key.replace('uploads/', 'images/') }],
    ['a field more', png, { acl: 'public-read' }],
    ['another signature', png, { 'X-Amz-Signature': '0'.repeat(64) }],
  ] as const) {
    const { status } = await sendForm(upload, bytes, change);
    assert.ok(status === 400 || status === 403, `${what} was answered with ${status}`);
    assert.equal(await media.has(key), false, what);
  }
  assert.equal((await ask(upload['id'] as string))['status'], 'AWAITING_FILE');
  assert.equal((await sendForm(upload, png)).status, 204);
  // whoever holds the address cannot read it: it is never signed for that
  assert.equal((await fetch(`${s3.url}/${bucket}/${key}`)).status, 403);
});

test('an upload in no state to be used is refused, and so is one of somebody else', async () => {
  const { upload } = (await announce(png)) as { upload: Fields };
  const id = upload['id'] as string;
  const refusal = async (part: object): Promise<string> => (await say([part]))['userErrors'][0].code as string;
  assert.equal(await refusal({ uploadId: id }), 'CONFLICT');
  assert.equal(await refusal({ imageId: id.replace('upl', 'img') }), 'NOT_FOUND');
  await sendForm(upload, png);
  assert.equal(await refusal({ uploadId: id }), 'BUSY');
  const late = ((await announce(png)) as { upload: Fields }).upload['id'] as string;
  await world.hands
    .updateTable('upload')
    .set({ expires_at: new Date(0) } as never)
    .where('id', '=', uuidOf(late))
    .execute();
  assert.deepEqual([(await ask(late))['status'], (await ask(late))['url']], ['EXPIRED', null]);
  assert.equal(await refusal({ uploadId: late }), 'CONFLICT');
  await world.hands.updateTable('upload').set({ viewer_id: randomUUID() }).where('id', '=', uuidOf(id)).execute();
  assert.equal(await refusal({ uploadId: id }), 'NOT_FOUND');
  assert.equal((await world.ask(read, { id }))['node'], null);
});

describe('a picture that several conversations show', () => {
  const image = 'query($id: ID!) { image(id: $id) { id file { url } } }';
  const deleted = async (conversationId: string): Promise<void> => {
    await deleteConversation(world.db, { viewerId: world.viewerId, conversationId: uuidOf(conversationId) });
    world.bus.ring('jobs');
  };
  const rowsGone = (conversationId: string) => async (): Promise<boolean> =>
    (await world.db.selectFrom('conversation').select('id').where('id', '=', uuidOf(conversationId)).execute())
      .length === 0;

  test('goes with the last of them, files and all', async () => {
    await using _worker = world.work({ media });
    const { image: picture } = (await uploaded()) as { image: Fields };
    const id = picture['id'] as string;
    const options = { options: { images: 'NEVER' } };
    const first = (await say([{ imageId: id }], options))['conversation'].id as string;
    const second = (await say([{ imageId: id }], options))['conversation'].id as string;
    await deleted(first);
    await eventually(rowsGone(first));
    assert.ok((await world.ask(image, { id }))['image'], 'the other conversation still shows it');
    await deleted(second);
    assert.equal((await world.ask(image, { id }))['image'], null, 'it is gone at once');
    await eventually(rowsGone(second));
    assert.equal((await fetch(picture['file'].url as string)).status, 404);
    assert.equal((await world.db.selectFrom('image').select('id').where('id', '=', uuidOf(id)).execute()).length, 0);
  });

  test('drawn in one and sent in another, outlives the first', async () => {
    await using _worker = world.work({ media });
    const drawn = await world.say();
    const parts =
      'query($id: ID!) { message(id: $id) { ... on AssistantMessage { status } parts { ... on ImagePart { image { id } } } } }';
    let message: Fields = {};
    await eventually(async () => {
      message = (await world.ask(parts, { id: drawn.replyId }))['message'] as Fields;
      return message['status'] === 'COMPLETED';
    });
    const id = (message['parts'] as Fields[])[1]!['image'].id as string;
    const other = await say([{ text: 'like this' }, { imageId: id }], { options: { images: 'NEVER' } });
    await deleted(drawn.conversationId);
    await eventually(rowsGone(drawn.conversationId));
    const { image: kept } = await world.ask(image, { id });
    assert.equal((await fetch(kept.file.url as string)).status, 200);
    await deleted(other['conversation'].id as string);
    await eventually(rowsGone(other['conversation'].id as string));
    assert.equal((await fetch(kept.file.url as string)).status, 404);
  });

  test('unused for a day is forgotten; used, only its upload is', async () => {
    await using _worker = world.work({ media });
    const [unused, used] = [await uploaded(), await uploaded()];
    await say([{ uploadId: used['id'] }], { options: { images: 'NEVER' } });
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    const ids = [unused, used].map(({ id }) => uuidOf(id as string));
    await world.hands
      .updateTable('upload')
      .set({ created_at: yesterday } as never)
      .where('id', 'in', ids)
      .execute();
    await sweepUploads(world.db, media.deleteMany);
    const rows = await world.db.selectFrom('upload').select('id').where('id', 'in', ids).execute();
    assert.deepEqual(rows, []);
    assert.equal((await world.ask(image, { id: unused['image'].id }))['image'], null);
    assert.equal((await fetch(unused['image'].file.url as string)).status, 404);
    assert.ok((await world.ask(image, { id: used['image'].id }))['image']);
  });
});
