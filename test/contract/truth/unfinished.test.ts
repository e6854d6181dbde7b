// How much one viewer may have under way: a reply counts with the pictures it was promised, and whatever makes pictures asks
// for the budget first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../core/limits.ts';
import { newId } from '../../../core/ids.ts';
import { addPicture } from '../../../infra/database/add-picture.ts';
import { finishPicture, finishReply } from '../../../infra/database/finish.ts';
import { claimJob } from '../../../infra/database/jobs.ts';
import { redrawImage, replayImage } from '../../../infra/database/redraw.ts';
import { regenerateMessage, sendMessage } from '../../../infra/database/send-message.ts';
import { countUnfinished } from '../../../infra/database/unfinished.ts';
import { eventually } from '../../harness/eventually.ts';
import { createWorld, newKey, replyOptions, type World } from '../../harness/world.ts';

const withTakes = (takes: number) => ({ ...replyOptions, image: { ...replyOptions.image, takes } });
const recipe = { ...replyOptions.image, conditioning: 'TEXT', words: 'a fox' } as const;

const sendAnother = (world: World, takes: number) =>
  sendMessage(world.db, {
    viewerId: world.viewerId,
    parts: [{ kind: 'text', text: 'a red fox' }],
    options: withTakes(takes),
    title: 'a red fox',
    idempotency: newKey(),
  });

async function completed(world: World, takes = 1): Promise<{ replyId: string; imageId: string }> {
  await using _worker = world.work();
  const { replyId } = await world.send({ options: withTakes(takes) });
  await eventually(async () => (await world.read(replyId)).status === 'COMPLETED');
  const part = (await world.read(replyId)).parts.find(({ kind }) => kind === 'image');
  assert.ok(part?.kind === 'image');
  return { replyId, imageId: part.imageId };
}

test('a reply counts with its pictures to come, from its acceptance to its last picture', async () => {
  await using world = await createWorld();
  const count = () => countUnfinished(world.db, world.viewerId);
  const { replyId } = await world.send({ options: withTakes(4) });
  assert.equal(await count(), 5);
  const { id } = await world.db.selectFrom('job').select('id').executeTakeFirstOrThrow();
  const job = (await claimJob(world.db, id, newId(), 60_000))!;
  const recipes = Array.from({ length: 4 }, () => recipe);
  const added = await addPicture(world.db, job, replyId, [], { partIndex: 0, recipes, alt: 'a fox' });
  assert.ok(added !== 'lost');
  assert.equal(await count(), 5, 'no picture counts twice');
  const drawing = await world.db.selectFrom('job').selectAll().where('kind', '=', 'image').execute();
  const first = (await claimJob(world.db, drawing[0]!.id, newId(), 60_000))!;
  const failure = { code: 'INTERNAL', message: 'out of paint', retryable: false } as const;
  await finishPicture(world.db, first, replyId, first.imageId!, { state: 'failed', failure, usage: {} });
  assert.equal(await count(), 4, 'one that has ended does not come again');
  await finishReply(world.db, job, replyId, { state: 'done', events: [], droppedTurns: 0, usage: {} });
  assert.equal(await count(), 3);
});

test('replies are refused once what they may draw would go over the limit; text alone still fits', async () => {
  await using world = await createWorld();
  const { replyId, imageId } = await completed(world);
  const fit = Math.floor(limits.maxUnfinishedJobsPerViewer / 5);
  const sent = await Promise.all(Array.from({ length: fit + 3 }, () => sendAnother(world, 4)));
  assert.equal(sent.filter(({ outcome }) => outcome === 'accepted').length, fit);
  const refusal = sent.find(({ outcome }) => outcome === 'refused');
  assert.ok(refusal?.outcome === 'refused');
  assert.equal(refusal.code, 'BUSY');
  assert.match(refusal.message, /60 replies and pictures of yours are unfinished and this adds 5, the limit is 64/);

  const { db, viewerId } = world;
  const redraw = { viewerId, imageId, alt: 'a fox' };
  const recipes = Array.from({ length: 5 }, () => recipe);
  const five = await redrawImage(db, { ...redraw, recipes, idempotency: newKey() });
  assert.ok(five.outcome === 'refused' && five.code === 'BUSY');
  const again = { viewerId, messageId: replyId, options: withTakes(4), idempotency: newKey() };
  const more = await regenerateMessage(db, again);
  assert.ok(more.outcome === 'refused' && more.code === 'BUSY');
  const text = { ...again, options: { ...replyOptions, images: 'NEVER' as const }, idempotency: newKey() };
  assert.equal((await regenerateMessage(db, text)).outcome, 'accepted');
  assert.equal(
    (await redrawImage(db, { ...redraw, recipes: [recipe, recipe], idempotency: newKey() })).outcome,
    'accepted',
  );
  assert.equal((await replayImage(db, { viewerId, imageId, idempotency: newKey() })).outcome, 'accepted');
  const last = await replayImage(db, { viewerId, imageId, idempotency: newKey() });
  assert.ok(last.outcome === 'refused' && last.code === 'BUSY');
});

test('a spent budget refuses whatever the API draws or writes, and leaves an accepted reply its takes', async () => {
  await using world = await createWorld();
  const { db, viewerId } = world;
  const { replyId, imageId } = await completed(world);
  const accepted = await world.send({ options: withTakes(2) });
  await world.hands
    .insertInto('usage')
    .values({ id: newId(), viewer_id: viewerId, message_id: null, image_id: null, compute_ms: 5_000 })
    .execute();
  const common = { viewerId, computeBudgetMs: 5_000 };
  const refusals = await Promise.all([
    redrawImage(db, { ...common, imageId, recipes: [recipe], alt: 'a fox', idempotency: newKey() }),
    replayImage(db, { ...common, imageId, idempotency: newKey() }),
    regenerateMessage(db, { ...common, messageId: replyId, options: replyOptions, idempotency: newKey() }),
  ]);
  for (const refusal of refusals) assert.ok(refusal.outcome === 'refused' && refusal.code === 'BUDGET_EXHAUSTED');
  await using _worker = world.work();
  await eventually(async () => (await world.read(accepted.replyId)).status === 'COMPLETED');
  const part = (await world.read(accepted.replyId)).parts.find(({ kind }) => kind === 'image');
  assert.ok(part?.kind === 'image');
  for (const id of part.takeIds) assert.equal((await world.drawn(id)).status, 'COMPLETED');
});
