// Finding instead of drawing, and drawing from what the language function mapped, behind a recorded function that has heads:
// what is stored, which jobs are made, and that a picture is not shown twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DiffusionInput, LlmImageEvent, WireTensor } from '../../core/function-contract.ts';
import { removeFromGallery } from '../../infra/database/gallery.ts';
import { foldLog } from '../../infra/database/event-log.ts';
import { readImages } from '../../infra/database/read-images.ts';
import { redrawImage, replayImage } from '../../infra/database/redraw.ts';
import type { MessageSnapshot } from '../../infra/database/read-messages.ts';
import { eventually } from '../harness/eventually.ts';
import { keepPicture, vectorOf } from '../harness/keep-picture.ts';
import { createWorld, newKey, replyOptions, type World } from '../harness/world.ts';
import { recordedCard, recordedDiffusion, recordedLlm, recordedText } from '../recordings/recorded-function.ts';

let world: World;
before(async () => (world = await createWorld()));
after(() => world[Symbol.asyncDispose]());

const finds = { decision: { drawProbability: 0.1, findProbability: 0.9 }, query: vectorOf(1, 0) };

const keep = (title: string, embedding: WireTensor): Promise<string> => keepPicture(world, { title, embedding });

const work = (
  image: Omit<LlmImageEvent, 'type'>,
  onDraw?: (input: DiffusionInput) => void,
  modelCard = recordedCard,
): AsyncDisposable =>
  world.work({
    llm: recordedLlm({ image }),
    diffusion: recordedDiffusion({
      before: (position, input) => {
        if (position === 0) onDraw?.(input);
      },
    }),
    modelCard: () => modelCard,
  });

async function answer(
  images: 'AUTO' | 'FIND_ONLY' | 'DRAW_ONLY',
  conversationId?: string,
): Promise<MessageSnapshot & { conversationId: string }> {
  const { replyId } = await world.send({ options: { ...replyOptions, images }, conversationId });
  await eventually(async () => !['QUEUED', 'RUNNING'].includes((await world.read(replyId)).status));
  const reply = await world.read(replyId);
  assert.equal(reply.status, 'COMPLETED');
  assert.deepEqual(reply.parts, await foldLog(world.db, replyId), 'fold = query');
  return reply;
}
const jobsOf = (messageId: string) =>
  world.db.selectFrom('job').select('kind').where('message_id', '=', messageId).execute();
const imageOf = ({ parts }: MessageSnapshot) => parts.find((part) => part.kind === 'image');

test('the most alike picture of the gallery is shown, then the next, then one is drawn; none twice', async () => {
  const near = await keep('near', vectorOf(0.9, 0.1));
  const far = await keep('far', vectorOf(0, 1));
  await using _worker = work(finds);
  const first = await answer('AUTO');
  const found = imageOf(first);
  assert.equal(found?.imageId, near);
  assert.deepEqual(found.takeIds, []);
  assert.deepEqual(
    [found.decision?.choice, found.decision?.decidedBy, found.decision?.findProbability],
    ['FIND', 'MODEL', 0.9],
  );
  assert.deepEqual(
    found.decision?.candidates.map(({ itemId }) => itemId),
    [near, far],
  );
  assert.deepEqual(await jobsOf(first.id), [{ kind: 'reply' }], 'a picture was drawn after all');
  assert.equal((await readImages(world.db, world.viewerId, [near])).get(near)?.kind, 'gallery');

  const second = await answer('AUTO', first.conversationId);
  assert.equal(imageOf(second)?.imageId, far);
  const third = await answer('AUTO', first.conversationId);
  const drawn = imageOf(third)!;
  assert.deepEqual([drawn.decision?.choice, drawn.decision?.decidedBy], ['DRAW', 'POLICY']);
  assert.equal((await world.drawn(drawn.imageId)).status, 'COMPLETED');
  const only = await answer('FIND_ONLY', first.conversationId);
  assert.deepEqual(only.parts, [{ kind: 'text', text: recordedText.before + recordedText.after }]);
  for (const itemId of [near, far]) await removeFromGallery(world.db, { viewerId: world.viewerId, itemId });
  assert.equal(imageOf(await world.read(first.id))?.imageId, near, 'a message changed');
  assert.ok((await readImages(world.db, world.viewerId, [near])).has(near));
});

test('a picture that leaves the gallery while a reply shows it stays; one that left before is not shown', async () => {
  const itemId = await keep('leaving', vectorOf(1, 0));
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const llm = recordedLlm({
    image: finds,
    before: async (position) => {
      if (position !== 12) return;
      reached.resolve();
      await gate.promise;
    },
  });
  await using _worker = world.work({ llm, modelCard: () => recordedCard });
  const { replyId } = await world.send({ options: { ...replyOptions, images: 'AUTO' } });
  await reached.promise;
  await eventually(async () => imageOf(await world.read(replyId)) !== undefined);
  await removeFromGallery(world.db, { viewerId: world.viewerId, itemId });
  world.bus.ring('jobs');
  await eventually(
    async () =>
      (
        await world.db
          .selectFrom('job')
          .select('id')
          .where('kind', '=', 'delete')
          .where('state', '!=', 'done')
          .execute()
      ).length === 0,
  );
  gate.resolve();
  await eventually(async () => (await world.read(replyId)).status === 'COMPLETED');
  assert.deepEqual((await world.read(replyId)).parts, await foldLog(world.db, replyId));
  assert.ok((await readImages(world.db, world.viewerId, [itemId])).has(itemId));
  assert.equal(imageOf(await answer('AUTO'))?.decision?.choice, 'DRAW');
});

test('a match below the floor of the package is not shown in the place of a drawing', async () => {
  const itemId = await keep('sideways', vectorOf(0.6, 0.8));
  for (const [findFloor, choice] of [
    [0.55, 'FIND'],
    [0.65, 'DRAW'],
  ] as const) {
    await using _worker = work(finds, undefined, { ...recordedCard, findFloor });
    const { decision } = imageOf(await answer('AUTO'))!;
    assert.equal(decision?.choice, choice);
    assert.equal(decision.candidates[0]?.itemId, itemId);
  }
  await removeFromGallery(world.db, { viewerId: world.viewerId, itemId });
});

test('finds-again, a habit of GILL’s reference code: what an earlier reply showed is found again', async () => {
  const itemId = await keep('the only one', vectorOf(1, 0));
  for (const [parity, again] of [
    [['finds-again'], itemId],
    [[], undefined],
  ] as const) {
    await using _worker = work(finds, undefined, { ...recordedCard, parity });
    const first = await answer('FIND_ONLY');
    assert.equal(imageOf(first)?.imageId, itemId);
    assert.equal(imageOf(await answer('FIND_ONLY', first.conversationId))?.imageId, again);
  }
  await removeFromGallery(world.db, { viewerId: world.viewerId, itemId });
});

test('what was mapped is what is drawn from: by the takes, a redraw and a replay', async () => {
  const conditioning = { shape: [1, 2], fp16: vectorOf(0.5, -2).fp16 };
  const inputs: DiffusionInput[] = [];
  await using _worker = work({ ...finds, conditioning }, (input) => inputs.push(input));
  const reply = await answer('DRAW_ONLY');
  const { imageId, decision } = imageOf(reply)!;
  assert.deepEqual([decision?.choice, decision?.decidedBy], ['DRAW', 'VIEWER']);
  const { recipe } = await world.drawn(imageId);
  assert.equal(recipe.conditioning, 'GILL');
  const { viewerId } = world;
  const again = { viewerId, imageId, idempotency: newKey('redrawImage') };
  const redrawn = await redrawImage(world.db, { ...again, recipes: [{ ...recipe, seed: '77' }], alt: 'again' });
  const replayed = await replayImage(world.db, { ...again, idempotency: newKey('replayImage') });
  assert.ok(redrawn.outcome === 'accepted' && replayed.outcome === 'accepted');
  world.bus.ring('jobs');
  await eventually(async () => (await world.drawn(replayed.imageId)).status === 'COMPLETED');
  await eventually(async () => (await world.read(redrawn.replyId)).status === 'COMPLETED');
  assert.equal((await world.drawn(replayed.imageId)).sameness, 'EXACT');
  assert.deepEqual(
    inputs.map((input) => input.conditioning),
    inputs.map(() => ({ kind: 'GILL', tensor: conditioning })),
  );
  assert.deepEqual(inputs.map(({ seed }) => seed).sort(), ['77', '9', '9']);
});
