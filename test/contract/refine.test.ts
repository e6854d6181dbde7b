// Redraws with a strength, over the API with the recorded functions: what the picture function is given, what is kept, and
// that a replay repeats it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import type { DiffusionInput, ModelCard } from '../../core/function-contract.ts';
import { mediaKeys } from '../../infra/media/media-store.ts';
import { createApiWorld, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { pictureOf, picturesOf, readTexts, uuidOf } from '../harness/pictures.ts';
import { recordedDiffusion } from '../recordings/recorded-function.ts';

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());
const { ended, redraw, replayed } = picturesOf(() => world);

const card = (modelDigest: string, defaultParentGuidance?: number): ModelCard => ({
  model: 'recorded',
  modelDigest,
  contextTokens: 100,
  samplers: ['flow-euler'],
  defaultSteps: 12,
  defaultGuidance: 3,
  ...(defaultParentGuidance !== undefined && { defaultParentGuidance }),
  imageSizes: [{ width: 96, height: 96 }],
  readsImages: false,
});
const refining = card('a'.repeat(64), 1.5);
/** A worker whose model takes parents, once it has said so; and what its picture function was given. */
async function refiner(modelCard = refining): Promise<AsyncDisposable & { readonly inputs: DiffusionInput[] }> {
  const inputs: DiffusionInput[] = [];
  const before = (position: number, input: DiffusionInput): void => {
    if (position === 0) inputs.push(input);
  };
  const worker = world.work({ diffusion: recordedDiffusion({ before }), modelCard: () => modelCard });
  await eventually(async () => {
    const { capabilities } = await world.ask('{ capabilities { modelDigest defaultStrength } }');
    if (capabilities.modelDigest !== modelCard.modelDigest) return false;
    assert.equal(capabilities.defaultStrength, modelCard.defaultParentGuidance ?? null);
    return true;
  });
  return { inputs, [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose]() };
}
/** A finished picture, drawn anew. */
const first = async (): Promise<Fields> => pictureOf(await ended((await world.say()).replyId))['image'] as Fields;

test('is drawn from its picture’s latent, says so, and its replay is EXACT', async () => {
  await using worker = await refiner();
  const old = await first();
  assert.deepEqual([old['recipe'].strength, old['recipe'].parentDigest], [null, null]);
  const made = await redraw(old['id'] as string, { strength: 2, options: { seed: '5' } });
  assert.deepEqual(made['userErrors'], []);
  const refined = pictureOf(await ended(made['reply'].id as string))['image'] as Fields;
  assert.equal(refined['status'], 'COMPLETED');
  assert.deepEqual(refined['parent'], { id: old['id'] });
  const { strength, parentDigest } = refined['recipe'] as Fields;
  assert.equal(strength, 2);
  assert.match(parentDigest as string, /^[0-9a-f]{64}$/);
  assert.deepEqual(worker.inputs.at(-1)!.parent, { guidance: 2, latent: { shape: [1, 1, 1], fp16: 'AAA=' } });

  const png = Buffer.from(world.media.files.get(mediaKeys.picture(uuidOf(refined['id'] as string), 1))!);
  const written = JSON.parse(Object.fromEntries(readTexts(png))['gill-recipe']!) as Fields;
  assert.deepEqual(written['parent'], { imageId: old['id'], guidance: 2, sha256: parentDigest });

  // even where the parent's latent is gone by now: what was given is kept with what came of it
  await world.hands
    .deleteFrom('image_tensor')
    .where('image_id', '=', uuidOf(old['id'] as string))
    .execute();
  const again = await replayed(refined['id'] as string);
  assert.equal(again['sameness'], 'EXACT');
  assert.deepEqual(again['recipe'], refined['recipe']);
  // drawn anew from there, nothing is kept of any picture
  const anew = pictureOf(await ended((await redraw(refined['id'] as string))['reply'].id as string))['image'] as Fields;
  assert.equal(anew['recipe'].strength, null);
  assert.equal(worker.inputs.at(-1)!.parent, undefined);
});

test('is drawn from the pixels where another model drew it, or nobody did, and its replay is EXACT', async () => {
  let old: Fields;
  {
    await using _worker = await refiner(card('b'.repeat(64)));
    old = await first();
  }
  await using worker = await refiner();
  const made = await redraw(old['id'] as string, { strength: 1.5 });
  const refined = pictureOf(await ended(made['reply'].id as string))['image'] as Fields;
  const parent = worker.inputs.at(-1)!.parent!;
  assert.ok('pixels' in parent);
  const { width, height, rgb } = parent.pixels;
  const png = world.media.files.get(mediaKeys.picture(uuidOf(old['id'] as string), 1))!;
  const pixels = await sharp(Buffer.from(png)).removeAlpha().raw().toBuffer();
  assert.deepEqual([width, height, rgb], [96, 96, pixels.toString('base64')]);
  assert.equal((await replayed(refined['id'] as string))['sameness'], 'EXACT');
  assert.ok('latent' in worker.inputs.at(-1)!.parent!, 'a replay is given the latent that was read');
});

test('is refused where it cannot be done', async () => {
  let old: Fields;
  {
    await using _worker = await refiner();
    old = await first();
    for (const strength of [-0.1, 4.1]) {
      const { reply: none, userErrors } = await redraw(old['id'] as string, { strength });
      assert.equal(none, null);
      assert.deepEqual([userErrors[0].code, userErrors[0].path], ['INVALID', ['strength']]);
    }
    await world.hands
      .updateTable('image')
      .set({ status: 'FAILED' })
      .where('id', '=', uuidOf(old['id'] as string))
      .execute();
    const { userErrors } = await redraw(old['id'] as string, { strength: 1 });
    assert.match(userErrors[0].message as string, /this picture is FAILED: only a finished one/);
  }
  await using _worker = await refiner(card('c'.repeat(64)));
  const { userErrors } = await redraw(old['id'] as string, { strength: 1 });
  assert.deepEqual([userErrors[0].code, userErrors[0].path], ['INVALID', ['strength']]);
  assert.match(userErrors[0].message as string, /draws from words alone/);
});
