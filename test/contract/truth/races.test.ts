// Writers that meet: two claims, two finishers, a zombie, a parent still running. Whatever the order, every message ends once
// and its log has no gap.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { newId } from '../../../core/ids.ts';
import { addPicture } from '../../../infra/database/add-picture.ts';
import { appendEvents, foldLog } from '../../../infra/database/event-log.ts';
import { finishPicture, finishReply } from '../../../infra/database/finish.ts';
import { claimJob, claimableJobs, type ClaimedJob } from '../../../infra/database/jobs.ts';
import { createWorld, replyOptions, type World } from '../../harness/world.ts';

let world: World;
before(async () => (world = await createWorld()));
after(() => world[Symbol.asyncDispose]());

const leaseMs = 60_000;
const mine = newId();
const noUsage = {};
const text = (partIndex: number, offset: number, words: string) =>
  ({ type: 'text', partIndex, offset, text: words }) as const;

async function claim(of: { messageId: string; kind?: 'reply' | 'image' }, lease = leaseMs): Promise<ClaimedJob> {
  const { id } = await world.db
    .selectFrom('job')
    .select('id')
    .where('message_id', '=', of.messageId)
    .where('kind', '=', of.kind ?? 'reply')
    .executeTakeFirstOrThrow();
  const job = await claimJob(world.db, id, mine, lease);
  assert.ok(job, 'the job cannot be claimed');
  return job;
}

const logOf = (messageId: string) =>
  world.db.selectFrom('event').select(['n', 'body']).where('message_id', '=', messageId).orderBy('n').execute();

async function addOnePicture(job: ClaimedJob, messageId: string): Promise<string> {
  const recipe = { ...replyOptions.image, conditioning: 'TEXT', words: 'a fox' } as const;
  const added = await addPicture(world.db, job, messageId, [text(0, 0, 'Here.')], {
    partIndex: 1,
    recipes: [recipe],
    alt: 'a fox',
  });
  assert.notEqual(added, 'lost');
  return (added as { imageIds: string[] }).imageIds[0]!;
}

describe('a claim', () => {
  test('is won once, however many try', async () => {
    const { replyId } = await world.send();
    const { id } = await world.db
      .selectFrom('job')
      .select('id')
      .where('message_id', '=', replyId)
      .executeTakeFirstOrThrow();
    const claims = await Promise.all(Array.from({ length: 8 }, () => claimJob(world.db, id, newId(), leaseMs)));
    assert.equal(claims.filter(Boolean).length, 1);
  });

  test('of a reply whose parent still runs is refused, also by its id', async () => {
    const first = await world.send();
    const second = await world.send({ conversationId: first.conversationId });
    const { id } = await world.db
      .selectFrom('job')
      .select('id')
      .where('message_id', '=', second.replyId)
      .executeTakeFirstOrThrow();
    assert.equal(await claimJob(world.db, id, mine, leaseMs), undefined);
    const job = await claim({ messageId: first.replyId });
    assert.equal(await claimJob(world.db, id, mine, leaseMs), undefined);
    await finishReply(world.db, job, first.replyId, { state: 'done', events: [], droppedTurns: 0, usage: noUsage });
    assert.ok(await claimJob(world.db, id, mine, leaseMs));
  });

  test('leaves a job to the worker it prefers, for a moment', async () => {
    const { replyId } = await world.send();
    const prefer = (createdAt: Date) =>
      world.hands
        .updateTable('job')
        .set({ prefer_worker: mine, created_at: sql`${createdAt}` as never })
        .where('message_id', '=', replyId)
        .returning('id')
        .executeTakeFirstOrThrow();
    const { id } = await prefer(new Date(Date.now() + 60_000));
    assert.ok(!(await claimableJobs(world.db, ['reply'], newId(), 100)).includes(id));
    assert.ok((await claimableJobs(world.db, ['reply'], mine, 100)).includes(id));
    await prefer(new Date(Date.now() - 60_000));
    assert.ok((await claimableJobs(world.db, ['reply'], newId(), 100)).includes(id));
  });
});

describe('a zombie', () => {
  test('appends nothing once its lease was taken over', async () => {
    const { replyId } = await world.send();
    const zombie = await claim({ messageId: replyId }, -1);
    assert.equal(await appendEvents(world.db, zombie, replyId, [text(0, 0, 'mine')], -1), 'held');
    const heir = await claim({ messageId: replyId });
    assert.equal(heir.attempt, 2);
    assert.equal(await appendEvents(world.db, zombie, replyId, [text(0, 4, ' too')]), 'lost');
    assert.equal(
      await finishReply(world.db, zombie, replyId, { state: 'done', events: [], droppedTurns: 0, usage: noUsage }),
      'lost',
    );
    assert.deepEqual(await foldLog(world.db, replyId), [{ kind: 'text', text: 'mine' }]);
    assert.equal((await world.read(replyId)).status, 'QUEUED');
    const { last_n: lastN } = await world.db
      .selectFrom('stream')
      .select('last_n')
      .where('message_id', '=', replyId)
      .executeTakeFirstOrThrow();
    assert.equal(lastN, 1, 'a refused append left a gap');
  });
});

describe('two finishers', () => {
  test('at once: one of them is the last, and only one', async () => {
    for (let round = 0; round < 12; round++) {
      const { replyId } = await world.send();
      const job = await claim({ messageId: replyId });
      const imageId = await addOnePicture(job, replyId);
      const picture = await claim({ messageId: replyId, kind: 'image' });
      const failure = { code: 'INTERNAL', message: 'no picture', retryable: false } as const;
      const ends = await Promise.all([
        finishReply(world.db, job, replyId, {
          state: 'done',
          events: [text(2, 0, ' Bye.')],
          droppedTurns: 0,
          usage: noUsage,
        }),
        finishPicture(world.db, picture, replyId, imageId, { state: 'failed', failure, usage: noUsage }),
      ]);
      assert.deepEqual(ends, ['held', 'held']);
      const log = (await logOf(replyId)).map(({ body }) => (JSON.parse(body) as { type: string }).type);
      assert.equal(log.filter((type) => type === 'done').length, 1, log.join());
      assert.equal(log.at(-1), 'done');
      assert.equal((await world.read(replyId)).status, 'COMPLETED');
    }
  });
});

test('whatever is appended, in whatever pieces: the fold of the log is what is read, and is kept at the end', async () => {
  const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(words, fc.nat(8), async (pieces, pictureAt) => {
      const { replyId } = await world.send();
      const job = await claim({ messageId: replyId });
      let part = 0;
      let offset = 0;
      for (const [i, piece] of pieces.entries()) {
        assert.equal(await appendEvents(world.db, job, replyId, [text(part, offset, piece)]), 'held');
        offset += Array.from(piece).length;
        assert.deepEqual((await world.read(replyId)).parts, await foldLog(world.db, replyId));
        if (i === pictureAt) {
          const recipe = { ...replyOptions.image, conditioning: 'TEXT', words: 'a fox' } as const;
          await addPicture(world.db, job, replyId, [], { partIndex: part + 1, recipes: [recipe], alt: 'a fox' });
          part += 2;
          offset = 0;
        }
      }
      const folded = await foldLog(world.db, replyId);
      await finishReply(world.db, job, replyId, { state: 'done', events: [], droppedTurns: 0, usage: noUsage });
      assert.deepEqual((await world.read(replyId)).parts, folded);
      const joined = folded.map((each) => (each.kind === 'text' ? each.text : '')).join('');
      assert.equal(joined, pieces.join(''));
    }),
    { numRuns: 15 },
  );
});
