// The gallery that comes with a model package: written once for everyone, listed and found beside a viewer's own, shown in
// messages, never removed by a viewer, and retired by the next package.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { createLog, silentLog } from '../../core/log.ts';
import { openModelPackage, type ModelPackage } from '../../functions/engine/model-package.ts';
import { floatToHalf } from '../../functions/engine/half.ts';
import { installGallery } from '../../functions/worker/install-gallery.ts';
import { createGallery } from '../../infra/database/gallery.ts';
import { packageOwnerId } from '../../infra/database/package-owner.ts';
import { ensureViewer } from '../../infra/database/viewers.ts';
import { createApiWorld, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { safetensorsFile } from '../harness/formula.ts';
import { uuidOf } from '../harness/pictures.ts';

const never = new AbortController().signal;
const scratch = await mkdtemp(path.join(tmpdir(), 'gill-test-gallery-'));
let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(async () => {
  await world[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

interface Piece {
  readonly title: string;
  readonly colour: string;
  readonly vector: readonly number[];
}
const fox: Piece = { title: 'A red fox', colour: '#c33', vector: [1, 0] };
const boat: Piece = { title: 'A boat at sea', colour: '#33c', vector: [0, 1] };
const crown: Piece = { title: 'A crown', colour: '#cc3', vector: [0.6, 0.8] };

/** A package of nothing but its gallery. */
async function packageOf(pieces: readonly Piece[], change: object = {}): Promise<ModelPackage> {
  const folder = await mkdtemp(path.join(scratch, 'package-'));
  await mkdir(path.join(folder, 'gallery'));
  const files: Record<string, string> = {};
  const put = async (name: string, bytes: Uint8Array): Promise<void> => {
    await writeFile(path.join(folder, 'gallery', name), bytes);
    files[`gallery/${name}`] = createHash('sha256').update(bytes).digest('hex');
  };
  const told = [];
  for (const [i, { title, colour }] of pieces.entries()) {
    const file = `${i}.webp`;
    const create = { width: 300, height: 200, channels: 3 as const, background: colour };
    await put(file, await sharp({ create }).webp().toBuffer());
    told.push({ file, title, creator: 'gill-server', licence: 'MIT', source: 'rendered by rules', ...change });
  }
  await put('gallery.json', Buffer.from(JSON.stringify(told)));
  const data = floatToHalf(Float32Array.from(pieces.flatMap(({ vector }) => vector)));
  const embeddings = { type: 'float16' as const, shape: [pieces.length, 2], data };
  await put('embeddings.safetensors', safetensorsFile(new Map([['embeddings', embeddings]])));
  await writeFile(
    path.join(folder, 'model.json'),
    JSON.stringify({ name: 'test', gill: { gallery: 'gallery' }, files }),
  );
  return openModelPackage(folder);
}
const install = (model: ModelPackage): Promise<number> => installGallery({ ...world, log: silentLog }, model, never);

async function listed(text?: string): Promise<Fields[]> {
  const fields =
    'id title creator licence alt width height contentType provenance { kind origin } file(size: THUMBNAIL) { url }';
  const { gallery } = await world.ask(
    `query($query: GalleryQuery) { gallery(query: $query, first: 100) { edges { node { ${fields} } } } }`,
    {
      query: text === undefined ? null : { text },
    },
  );
  return gallery.edges.map(({ node }: Fields) => node as Fields);
}
const titles = async (text?: string): Promise<string[]> =>
  (await listed(text)).map(({ title }) => title as string).sort();
const rows = async (): Promise<number> =>
  (await world.db.selectFrom('image').select('id').where('viewer_id', '=', packageOwnerId).execute()).length;

test('is written once however many workers start, and every viewer sees it with what it is', async () => {
  const model = await packageOf([fox, boat]);
  const counts = await Promise.all([install(model), install(model)]);
  assert.ok(counts.includes(2));
  assert.equal(await install(model), 0, 'a later start wrote it again');
  assert.equal(await rows(), 2);
  assert.equal(world.media.files.size, 4, 'a file and a thumbnail each');
  const [{ id, file, ...about }] = (await listed('FOX')) as [Fields];
  assert.deepEqual(about, { title: 'A red fox', creator: 'gill-server', licence: 'MIT', alt: 'A red fox', width: 300, height: 200, contentType: 'image/webp', provenance: { kind: 'BUNDLED', origin: 'rendered by rules' } }); // prettier-ignore
  assert.match(file.url as string, /images/);
  const { id: stranger } = await ensureViewer(world.db, 'bob');
  const query = { modelDigest: model.digest, fp16: Buffer.from(new Float16Array([1, 0.1]).buffer).toString('base64'), count: 4, except: new Set<string>() }; // prettier-ignore
  for (const viewer of [world.viewerId, stranger]) {
    const found = await createGallery(world.db).nearest(viewer, query);
    assert.equal(found[0]!.itemId, uuidOf(id as string));
    assert.equal(found.length, 2);
  }
  const others = await createGallery(world.db).nearest(stranger, { ...query, modelDigest: 'f'.repeat(64) });
  assert.deepEqual(others, [], 'another package compares with vectors that are not its own');
});

test('can be shown in a message, and neither removed nor kept twice', async () => {
  const [{ id }] = (await listed('fox')) as [Fields];
  const said = await world.say({ parts: [{ imageId: id }], options: { images: 'NEVER' } });
  const shown =
    'query($id: ID!) { message(id: $id) { parts { ... on ImagePart { image { id provenance { kind } } } } } }';
  const { message } = await world.ask(shown, { id: said.messageId });
  assert.deepEqual(message.parts, [{ image: { id, provenance: { kind: 'BUNDLED' } } }]);
  const remove =
    'mutation($id: ID!) { removeFromGallery(input: { imageId: $id }) { removedImageId userErrors { code message path } } }';
  const { removeFromGallery: refused } = await world.ask(remove, { id });
  assert.deepEqual(
    [refused.removedImageId, refused.userErrors[0].code, refused.userErrors[0].path],
    [null, 'INVALID', ['imageId']],
  );
  assert.match(refused.userErrors[0].message as string, /"A red fox" came with the model/);
  const add =
    'mutation($input: AddToGalleryInput!) { addToGallery(input: $input) { image { id } userErrors { code message } } }';
  const input = { source: { imageId: id }, title: 'mine', idempotencyKey: randomUUID() };
  const { addToGallery: twice } = await world.ask(add, { input });
  assert.equal(twice.userErrors[0].code, 'CONFLICT');
  assert.deepEqual(await titles(), ['A boat at sea', 'A red fox']);
});

test('goes with its package: the next one brings its own, what a message shows stays, and the first can come back', async () => {
  const [{ id }] = (await listed('fox')) as [Fields];
  const next = await packageOf([boat, crown]);
  await install(next);
  assert.deepEqual(await titles(), ['A boat at sea', 'A crown']);
  assert.equal(await rows(), 3, 'the boat was written twice');
  const image = async (): Promise<Fields | null> =>
    (await world.ask('query($id: ID!) { image(id: $id) { ... on GalleryImage { title } } }', { id }))[
      'image'
    ] as Fields | null;
  assert.deepEqual(await image(), { title: 'A red fox' });
  await install(await packageOf([fox, boat]));
  assert.deepEqual(await titles(), ['A boat at sea', 'A red fox']);
  await install(await packageOf([]));
  assert.deepEqual(await titles(), []);
});

test('that is broken is left out, named in the log, and what was there stays', async () => {
  await install(await packageOf([fox]));
  const errors: string[] = [];
  const stream = { write: (written: string) => void errors.push(written) };
  const log = createLog('worker', 'error', stream);
  const broken = await packageOf([fox, boat], { licence: '' });
  assert.equal(await installGallery({ ...world, log }, broken, never), 0);
  assert.match(errors[0]!, /gallery\.json: 0\.licence/);
  assert.deepEqual(await titles(), ['A red fox']);
});
