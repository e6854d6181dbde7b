// A viewer's gallery in a dialogue, over the API with stand-in functions that choose and see: a kept picture is looked at, found
// instead of drawn, not found twice, and drawn anew where the viewer asks for it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import type { DiffusionInput, ModelCard, VisionFunction, WireTensor } from '../../core/function-contract.ts';
import { newId, toPublicId } from '../../core/ids.ts';
import { createApiWorld, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { insertPicture, picturesOf, uuidOf } from '../harness/pictures.ts';
import { recordedCard, recordedDiffusion, recordedLlm, recordedText } from '../recordings/recorded-function.ts';

const card: ModelCard = {
  ...recordedCard,
  defaultParentGuidance: 1.5,
  readsImages: true,
  decidesPictures: true,
  findsPictures: true,
  mapsPictures: true,
};
const vector = (...values: number[]): WireTensor => ({
  shape: [values.length],
  fp16: Buffer.from(new Float16Array(values).buffer).toString('base64'),
});
const image = {
  decision: { drawProbability: 0.2, findProbability: 0.8 },
  query: vector(1, 0),
  conditioning: vector(0.5),
};

let world: ApiWorld;
/** First pixel of a picture → the vector it is found by; others cannot be seen. */
const sights = new Map<string, WireTensor>();
const looks: string[] = [];
const vision: VisionFunction = {
  health: () => ({ state: 'ready' }),
  run: ({ picture: { rgb } }, emit) => {
    const colour = Buffer.from(rgb, 'base64').subarray(0, 3).toString('hex');
    looks.push(colour);
    const embedding = sights.get(colour);
    if (embedding) {
      emit({ type: 'seen', rows: { shape: [1, 1], fp16: 'AAA=' }, embedding });
      emit({ type: 'done' });
    } else emit({ type: 'error', code: 'INVALID', message: 'it is broken', retryable: false });
    return Promise.resolve();
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
const drawn: DiffusionInput[] = [];
let worker: AsyncDisposable;
before(async () => {
  world = await createApiWorld();
  worker = world.work({
    llm: recordedLlm({ gateLogit: 2, image }),
    diffusion: recordedDiffusion({
      before: (position, input) => {
        if (position === 0) drawn.push(input);
      },
    }),
    vision,
    modelCard: () => card,
    times: { reportMs: 20, sweepMs: 100 },
  });
  await eventually(async () => {
    const { capabilities } = await world.ask('{ capabilities { imagePolicies } }');
    return capabilities.imagePolicies.includes('FIND_ONLY');
  });
});
after(async () => {
  await worker[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

let painted = 0;
/** A finished picture of the viewer's, in a colour of its own. */
async function picture(sight?: WireTensor): Promise<string> {
  const id = newId();
  const background = `#${(0x3c3c00 + ++painted).toString(16)}`;
  const keys = { file_key: `images/${id}/1.png`, thumbnail_key: `images/${id}/1.thumbnail.webp` };
  if (sight) sights.set(background.slice(1), sight);
  const create = { width: 20, height: 20, channels: 3 as const, background };
  await world.media.put(keys.file_key, await sharp({ create }).png().toBuffer(), 'image/png');
  await insertPicture(world.db, world.viewerId, { id, ...keys });
  return toPublicId('image', id);
}
async function keep(title: string, sight?: WireTensor): Promise<string> {
  const query =
    'mutation($input: AddToGalleryInput!) { addToGallery(input: $input) { image { id } userErrors { message } } }';
  const input = { source: { imageId: await picture(sight) }, title, idempotencyKey: randomUUID() };
  const { addToGallery } = await world.ask(query, { input });
  assert.deepEqual(addToGallery.userErrors, []);
  return addToGallery.image.id as string;
}
const isFindable = (id: string) => async (): Promise<boolean> =>
  (await world.db.selectFrom('gallery_embedding').select('item_id').where('item_id', '=', uuidOf(id)).execute())
    .length > 0;

const fields = `... on AssistantMessage { id status noPicture parts { ... on TextPart { text } ... on ImagePart {
  decision { choice decidedBy findProbability candidates { similarity image { title } } } takes { id } image { __typename id } } } }`;
async function answer(conversationId?: string, options: Fields = { images: 'FIND_ONLY' }): Promise<Fields> {
  const said = await world.say({ ...(conversationId && { conversationId }), options });
  let message: Fields = {};
  await eventually(async () => {
    message = (await world.ask(`query($id: ID!) { message(id: $id) { ${fields} } }`, { id: said.replyId }))[
      'message'
    ] as Fields;
    return message['status'] === 'COMPLETED';
  });
  const part = (message['parts'] as Fields[]).find((each) => each['image']);
  return {
    ...message,
    conversationId: said.conversationId,
    found: part?.['image'],
    decision: part?.['decision'],
    takes: part?.['takes'],
  };
}

test('with an empty gallery, FIND_ONLY shows none and says why', async () => {
  const reply = await answer();
  assert.deepEqual([reply['found'], reply['noPicture']], [undefined, 'NOTHING_FOUND']);
  assert.deepEqual(reply['parts'], [{ text: recordedText.before + recordedText.after }]);
  assert.equal(drawn.length, 0);
});

test('what is kept is looked at once, found best first and once a dialogue, and no diffusion job exists', async () => {
  const near = await keep('near', vector(0.9, 0.1));
  const far = await keep('far', vector(0, 1));
  const broken = await keep('broken');
  await eventually(isFindable(near));
  await eventually(isFindable(far));
  await eventually(async () => (await world.db.selectFrom('job').select('id').where('kind', '=', 'embed').where('state', '=', 'failed').execute()).length === 1); // prettier-ignore
  const { gallery } = await world.ask('{ gallery(first: 9) { edges { node { title searchable } } } }');
  assert.deepEqual(
    (gallery.edges as Fields[]).map(({ node }) => [node.title, node.searchable] as unknown[]),
    [
      ['broken', false],
      ['far', true],
      ['near', true],
    ],
  );
  const first = await answer();
  assert.deepEqual([first['found'], first['noPicture']], [{ __typename: 'GalleryImage', id: near }, null]);
  assert.deepEqual([first['decision'].choice, first['decision'].decidedBy, first['takes']], ['FIND', 'VIEWER', []]);
  assert.deepEqual(
    (first['decision'].candidates as Fields[]).map((each) => each['image'].title as string),
    ['near', 'far'],
  );
  const second = await answer(first['conversationId'] as string);
  assert.equal(second['found'].id, far);
  const third = await answer(first['conversationId'] as string);
  assert.deepEqual([third['found'], third['noPicture']], [undefined, 'NOTHING_FOUND']);
  const jobs = await world.db.selectFrom('job').select('id').where('kind', '=', 'image').execute();
  assert.deepEqual([jobs, drawn], [[], []]);
  assert.equal(looks.length, 3, 'a picture was looked at twice');

  // by another picture, page by page
  const alike = async (imageId: string, page: Fields): Promise<Fields> =>
    (await world.ask(`query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      gallery(query: { imageId: $id }, first: $first, after: $after, last: $last, before: $before) {
        edges { cursor similarity node { title } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`,
      { id: imageId, ...page }))['gallery'] as Fields; // prettier-ignore
  const middle = await keep('middle', vector(0.7, 0.7));
  await eventually(isFindable(middle));
  const titles = (page: Fields): string[] => (page['edges'] as Fields[]).map(({ node }) => node.title as string);
  const page = await alike(near, { first: 1 });
  assert.deepEqual([titles(page), page['pageInfo'].hasNextPage], [['middle'], true]);
  const next = await alike(near, { first: 5, after: page['pageInfo'].endCursor });
  assert.deepEqual(
    [titles(next), next['pageInfo'].hasNextPage, next['pageInfo'].hasPreviousPage],
    [['far'], false, true],
  );
  assert.deepEqual(titles(await alike(near, { last: 1 })), ['far']);
  assert.ok(page['edges'][0].similarity > next['edges'][0].similarity);
  for (const door of world.doors) {
    const ask = (id: string) => ({
      query: 'query($id: ID!) { gallery(query: { imageId: $id }, first: 1) { edges { cursor } } }',
      variables: { id },
    });
    assert.match((await door.request(ask(broken))).errors![0]!.message, /not been looked at/);
    assert.match((await door.request(ask(toPublicId('image', newId())))).errors![0]!.message, /no such picture/);
  }
});

test('a found picture is drawn instead: an alternative with the same text, from the words it was found for', async () => {
  const reply = await answer();
  const found = reply['found'].id as string;
  const { redraw } = picturesOf(() => world);
  const drawnOf = async (id: string): Promise<Fields> => {
    let message: Fields = {};
    await eventually(async () => {
      const query = `query($id: ID!) { message(id: $id) { alternatives { id } ${fields} } }`;
      message = (await world.ask(query, { id }))['message'] as Fields;
      return message['status'] === 'COMPLETED';
    });
    return message;
  };
  const kept = await redraw(found, { messageId: reply['id'], strength: 2 });
  assert.deepEqual(kept['userErrors'], []);
  await drawnOf(kept['reply'].id as string);
  const { parent } = drawn.at(-1)!;
  assert.ok(parent && 'pixels' in parent && parent.guidance === 2, 'a found picture is drawn from by its pixels');
  const anew = await redraw(found);
  const other = await drawnOf(anew['reply'].id as string);
  assert.equal(drawn.at(-1)!.parent, undefined);
  assert.equal((other['alternatives'] as Fields[]).length, 3);
  const [before, part, behind] = other['parts'] as [Fields, Fields, Fields];
  assert.deepEqual([before['text'], behind['text']], [recordedText.before, recordedText.after]);
  assert.equal(part['image'].__typename, 'GeneratedImage');
  assert.deepEqual(drawn.at(-1)!.conditioning, { kind: 'TEXT', text: 'a red fox' });
  const again = (await world.ask(`query($id: ID!) { message(id: $id) { ${fields} } }`, { id: reply['id'] }))[
    'message'
  ] as Fields;
  assert.equal((again['parts'] as Fields[])[1]!['image'].id, found, 'the reply that found it has changed');
  const { userErrors } = await redraw(toPublicId('image', newId()));
  assert.equal(userErrors[0].code, 'NOT_FOUND');
  const never = await keep('never shown', vector(-1, 0));
  assert.match((await redraw(never))['userErrors'][0].message as string, /no reply of yours shows/);
});

test('the model finds where it finds that likelier, and never what the dialogue shows under another name', async () => {
  const { db } = world;
  await db.updateTable('gallery_item').set({ removed_at: new Date() }).where('removed_at', 'is', null).execute();
  const shownId = await picture(vector(1, 0));
  const said = await world.say({ parts: [{ text: 'this' }, { imageId: shownId }], options: { images: 'NEVER' } });
  const query = 'mutation($input: AddToGalleryInput!) { addToGallery(input: $input) { image { id } } }';
  const { addToGallery } = await world.ask(query, {
    input: { source: { imageId: shownId }, title: 'shown', idempotencyKey: randomUUID() },
  });
  await eventually(isFindable(addToGallery.image.id as string));
  const here = await answer(said.conversationId, { images: 'AUTO' });
  assert.deepEqual([here['decision'].choice, here['decision'].decidedBy], ['DRAW', 'POLICY']);
  const elsewhere = await answer(undefined, { images: 'AUTO' });
  assert.deepEqual([elsewhere['decision'].choice, elsewhere['decision'].decidedBy], ['FIND', 'MODEL']);
  assert.equal(elsewhere['found'].id, addToGallery.image.id);
});
