// The gallery over the API: keep, find by words, use in a message, let go; and a picture's life while others hold on to it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { createClient } from '../../clients/ts/index.ts';
import * as operations from '../../clients/ts/picture-operations.ts';
import { newId, parsePublicId, toPublicId } from '../../core/ids.ts';
import { createGallery } from '../../infra/database/gallery.ts';
import { isRefused } from '../../infra/database/refused.ts';
import { ensureViewer } from '../../infra/database/viewers.ts';
import { createApiWorld, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { insertPicture } from '../harness/pictures.ts';

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());

const uuidOf = (id: string): string => parsePublicId(id)!.uuid;

/** A finished picture that belongs to its viewer alone, as cleaning leaves it. */
async function picture(viewerId = world.viewerId): Promise<string> {
  const id = newId();
  const keys = { file_key: `images/${id}/1.png`, thumbnail_key: `images/${id}/1.thumbnail.webp` };
  for (const key of Object.values(keys)) await world.media.put(key, Buffer.from('x'), 'image/png');
  const facts = { width: 3, height: 2, content_type: 'image/png', byte_size: 1, sha256: 'f'.repeat(64) };
  await insertPicture(world.hands, viewerId, { id, ...facts, ...keys });
  return toPublicId('image', id);
}

const fields = '{ __typename id title creator licence sourcePage alt width contentType file { url } }';
async function add(input: object): Promise<Fields> {
  const query = `mutation($input: AddToGalleryInput!) { addToGallery(input: $input) { image ${fields} userErrors { code message path } } }`;
  return (await world.ask(query, { input: { idempotencyKey: randomUUID(), ...input } }))['addToGallery'] as Fields;
}
async function remove(imageId: string): Promise<Fields> {
  const query = `mutation($id: ID!) { removeFromGallery(input: { imageId: $id }) { removedImageId userErrors { code } } }`;
  return (await world.ask(query, { id: imageId }))['removeFromGallery'] as Fields;
}
async function titles(text?: string): Promise<string[]> {
  const { gallery } = await world.ask(
    'query($query: GalleryQuery) { gallery(query: $query, first: 100) { edges { node { title } } } }',
    { query: text === undefined ? null : { text } },
  );
  return gallery.edges.map(({ node }: Fields) => node.title as string);
}
const image = async (id: string): Promise<Fields | null> =>
  (
    await world.ask(
      `query($id: ID!) { image(id: $id) { __typename id alt file { url } ... on GalleryImage { title } } }`,
      { id },
    )
  )['image'] as Fields | null;
const rowIsGone = (id: string) => async (): Promise<boolean> =>
  (await world.db.selectFrom('image').select('id').where('id', '=', uuidOf(id)).execute()).length === 0;

test('a picture is kept with where it comes from, found by its words, and let go', async () => {
  const source = await picture();
  const about = {
    title: 'A Fox in Snow',
    creator: 'Ada',
    licence: 'CC BY 4.0',
    sourcePage: 'https://example.org/fox?a=1',
  };
  const idempotencyKey = randomUUID();
  const added = await add({ source: { imageId: source }, ...about, idempotencyKey });
  assert.deepEqual(added['userErrors'], []);
  const kept = added['image'] as Fields;
  assert.notEqual(kept['id'], source);
  const { id, file, ...rest } = kept;
  assert.deepEqual(rest, {
    __typename: 'GalleryImage',
    ...about,
    alt: about.title,
    width: 3,
    contentType: 'image/png',
  });
  assert.match(file.url as string, /images/);
  assert.equal((await add({ source: { imageId: source }, ...about, idempotencyKey }))['image'].id, id);
  const other = { ...about, sourcePage: 'https://example.org/other' };
  assert.equal(
    (await add({ source: { imageId: source }, ...other, idempotencyKey }))['userErrors'][0].code,
    'IDEMPOTENCY_MISMATCH',
  );
  for (const again of [source, id as string]) {
    const twice = await add({ source: { imageId: again }, title: 'again' });
    assert.deepEqual([twice['userErrors'][0].code, twice['userErrors'][0].path], ['CONFLICT', ['source', 'imageId']]);
    assert.match(twice['userErrors'][0].message as string, /A Fox in Snow/);
  }
  for (const text of ['fox', 'SNOW fox', 'n sno']) assert.deepEqual(await titles(text), [about.title], text);
  for (const text of ['fox rain', '%', 'a_fox', "fox'"]) assert.deepEqual(await titles(text), [], text);
  assert.deepEqual(await remove(id as string), { removedImageId: id, userErrors: [] });
  assert.deepEqual(await titles(), []);
  assert.deepEqual((await remove(id as string))['userErrors'], [{ code: 'NOT_FOUND' }]);
});

describe('a kept picture', () => {
  const conversation = async (imageId: string): Promise<string> =>
    (await world.say({ parts: [{ imageId }], options: { images: 'NEVER' } })).conversationId;
  const deleteConversation = (id: string) =>
    world.ask('mutation($id: ID!) { deleteConversation(input: { conversationId: $id }) { userErrors { code } } }', {
      id,
    });

  test('outlives its conversation, and goes when the gallery lets go of it', async () => {
    await using _worker = world.work();
    const source = await picture();
    const first = await conversation(source);
    const kept = (await add({ source: { imageId: source }, title: 'kept' }))['image'].id as string;
    await deleteConversation(first);
    await eventually(
      async () =>
        (await world.db.selectFrom('conversation').select('id').where('id', '=', uuidOf(first)).execute()).length === 0,
    );
    assert.ok(await image(kept));
    await remove(kept);
    assert.equal(await image(kept), null);
    await eventually(rowIsGone(source));
    assert.ok(![...world.media.files.keys()].some((key) => key.includes(uuidOf(source))));
    const items = await world.db.selectFrom('gallery_item').select('id').where('id', '=', uuidOf(kept)).execute();
    assert.deepEqual(items, []);
  });

  test('stays in the messages that show it after the gallery let go of it, and goes with the last of them', async () => {
    await using _worker = world.work();
    const source = await picture();
    const kept = (await add({ source: { imageId: source }, title: 'shown' }))['image'].id as string;
    const shows = await conversation(kept);
    await remove(kept);
    await eventually(
      async () =>
        (
          await world.db
            .selectFrom('job')
            .select('id')
            .where('kind', '=', 'delete')
            .where('viewer_id', '=', world.viewerId) // not those that look for late files
            .where('state', 'in', ['queued', 'running'])
            .execute()
        ).length === 0,
    );
    assert.deepEqual(await titles(), []);
    const shown = await image(kept);
    assert.deepEqual([shown?.['__typename'], shown?.['title']], ['GalleryImage', 'shown']);
    const again = await conversation(kept);
    await deleteConversation(shows);
    assert.ok(await image(kept));
    await deleteConversation(again);
    assert.equal(await image(kept), null);
    await eventually(rowIsGone(source));
  });
});

test('what cannot be kept is refused with a reason', async () => {
  const source = { imageId: await picture() };
  const { id: stranger } = await ensureViewer(world.db, 'bob');
  for (const [input, code, path, message] of [
    [{ source: { imageId: toPublicId('image', newId()) } }, 'NOT_FOUND', ['source', 'imageId'], /no such/],
    [{ source: { imageId: await picture(stranger) } }, 'NOT_FOUND', ['source', 'imageId'], /no such/],
    [{ source: { uploadId: 'upl_x' } }, 'NOT_FOUND', ['source', 'uploadId'], /no upload/],
    [{ title: ' ' }, 'INVALID', ['title'], /empty/],
    [{ title: 'x'.repeat(201) }, 'TOO_LARGE', ['title'], /201.*200/],
    [{ creator: 'a\u0000b' }, 'INVALID', ['creator'], /NUL/],
    [{ sourcePage: 'javascript:alert(1)' }, 'INVALID', ['sourcePage'], /https/],
    [{ sourcePage: `https://example.org/${'x'.repeat(2_000)}` }, 'TOO_LARGE', ['sourcePage'], /2000/],
  ] as const) {
    const { image: none, userErrors } = await add({ source, title: 'a fox', ...input });
    assert.equal(none, null);
    assert.deepEqual([userErrors[0].code, userErrors[0].path], [code, path], JSON.stringify(input).slice(0, 200));
    assert.match(userErrors[0].message as string, message);
  }
  const { id } = (await add({ source: { imageId: source.imageId }, title: 'mine' }))['image'] as { id: string };
  await world.hands.updateTable('gallery_item').set({ viewer_id: stranger }).where('id', '=', uuidOf(id)).execute();
  assert.equal(await image(id), null);
  assert.deepEqual((await remove(id))['userErrors'], [{ code: 'NOT_FOUND' }]);
  assert.deepEqual(await titles(), []);
  for (const door of world.doors) {
    const answer = await door.request({ query: '{ gallery(query: { text: " " }, first: 1) { edges { cursor } } }' });
    assert.equal(answer.errors?.[0]?.extensions.code, 'BAD_USER_INPUT');
  }
});

test('the client keeps, finds and lets go', async () => {
  await using client = createClient({ url: world.server.url });
  const input = { source: { imageId: await picture() }, title: 'by the client', idempotencyKey: randomUUID() };
  const { addToGallery: added } = await client.request(operations.addToGallery, { input });
  const { edges } = (await client.request(operations.gallery, { query: { text: 'client' }, first: 5 })).gallery;
  assert.deepEqual(
    edges.map(({ node }) => node.id),
    [added.image!.id],
  );
  assert.deepEqual(added.image!.provenance, { kind: 'GALLERY', manifestDigest: null, origin: null });
  const gone = await client.request(operations.removeFromGallery, { input: { imageId: added.image!.id } });
  assert.deepEqual(gone.removeFromGallery.userErrors, []);
});

test('search finds exactly the titles that hold every word, page by page, newest first', async () => {
  const { id: viewerId } = await ensureViewer(world.db, 'librarian');
  const gallery = createGallery(world.db);
  const words = ['Fox', 'red', 'SNOW', 'owl', '10%', 'a_b'];
  const all = fc.sample(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }), { numRuns: 40, seed: 7 });
  const kept = all.map((title) => ({ id: newId(), title: title.join(' ') }));
  const rows = kept.map((item) => ({ ...item, viewer_id: viewerId, image_id: newId() }));
  await world.hands.insertInto('gallery_item').values(rows).execute();
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(words, { minLength: 1, maxLength: 2 }),
      fc.integer({ min: 1, max: 9 }),
      async (asked, first) => {
        const text = asked.join(' ').toUpperCase();
        const found: string[] = [];
        for (let after: string | undefined; ;) {
          const page = await gallery.search(viewerId, { kind: 'title', text }, { first, after });
          assert.ok(!isRefused(page));
          found.push(...page.items.map(({ id }) => id));
          if (!page.hasNextPage) break;
          after = page.items.at(-1)!.cursor;
        }
        const wanted = kept.filter(({ title }) =>
          asked.every((word) => title.toLowerCase().includes(word.toLowerCase())),
        );
        assert.deepEqual(found, wanted.map(({ id }) => id).reverse());
      },
    ),
    { numRuns: 30 },
  );
});
