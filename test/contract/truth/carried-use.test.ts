// The day's budget of somebody who deletes the account and comes again: what was used stays used until midnight, under a digest
// that names nobody, and where nothing is bounded nothing is kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { newId } from '../../../core/ids.ts';
import { computeUse } from '../../../infra/database/budget.ts';
import { claimJob, claimableJobs } from '../../../infra/database/jobs.ts';
import { sweep } from '../../../infra/database/remove.ts';
import { deleteViewer, ensureViewer } from '../../../infra/database/viewers.ts';
import { createWorld, type World } from '../../harness/world.ts';

const use = ({ hands }: World, viewerId: string, ms: number) =>
  hands
    .insertInto('usage')
    .values({ id: newId(), viewer_id: viewerId, message_id: null, image_id: null, compute_ms: ms })
    .execute();
const used = async ({ db }: World, viewerId: string): Promise<number> => (await computeUse(db, viewerId)).usedMs;
const kept = ({ db }: World) => db.selectFrom('carried_use').selectAll().execute();

test('what was used is the next account’s, however often one is deleted, and counts once', async () => {
  await using world = await createWorld();
  const { db } = world;
  let { viewerId } = world;
  await use(world, viewerId, 3_000);
  await use(world, viewerId, 1_000);
  for (let i = 0; i < 3; i++) {
    await deleteViewer(db, viewerId, true);
    const rows = await kept(world);
    assert.equal(rows.length, 1);
    assert.ok(!JSON.stringify(rows).includes('ada') && !JSON.stringify(rows).includes(viewerId), 'it names someone');
    assert.equal(await used(world, (await ensureViewer(db, 'bob')).id), 0, 'somebody else pays');
    const next = await Promise.all(Array.from({ length: 8 }, () => ensureViewer(db, 'ada')));
    assert.equal(new Set(next.map(({ id }) => id)).size, 1);
    viewerId = next[0]!.id;
    assert.equal(await used(world, viewerId), 4_000);
    assert.deepEqual(await kept(world), []);
  }
});

test('what still runs when the account goes is used, too', async () => {
  await using world = await createWorld();
  const { db, hands, viewerId } = world;
  await world.send();
  const [id] = await claimableJobs(db, ['reply'], newId(), 1);
  const job = await claimJob(db, id!, newId(), 60_000);
  assert.ok(job);
  await hands
    .updateTable('job')
    .set({ claimed_at: sql`now() - interval '7 seconds'` })
    .where('id', '=', job.id)
    .execute();
  await use(world, viewerId, 1_000);
  await deleteViewer(db, viewerId, true);
  const next = await used(world, (await ensureViewer(db, 'ada')).id);
  assert.ok(next >= 8_000 && next < 60_000, `${next} ms are carried`);
});

test('of what runs no more than a minute is carried, and nothing of what its worker left', async () => {
  await using world = await createWorld();
  const { db, hands, viewerId } = world;
  const jobs: string[] = [];
  for (let i = 0; i < 2; i++) {
    await world.send();
    const [id] = await claimableJobs(db, ['reply'], newId(), 1);
    jobs.push((await claimJob(db, id!, newId(), 600_000))!.id);
  }
  const hoursAgo = (hours: number) => sql<Date>`now() - make_interval(hours => ${hours})`;
  await hands
    .updateTable('job')
    .set({ claimed_at: hoursAgo(3) })
    .execute();
  await hands
    .updateTable('job')
    .set({ lease_until: hoursAgo(2) })
    .where('id', '=', jobs[0]!)
    .execute();
  await deleteViewer(db, viewerId, true);
  assert.equal(await used(world, (await ensureViewer(db, 'ada')).id), 60_000);
});

test('nothing is kept where nothing is bounded or nothing was used, and nothing beyond the day', async () => {
  await using world = await createWorld();
  const { db, viewerId } = world;
  await use(world, viewerId, 1_000);
  await deleteViewer(db, viewerId);
  const { id: idle } = await ensureViewer(db, 'ada');
  assert.equal(await used(world, idle), 0);
  await deleteViewer(db, idle, true);
  assert.deepEqual(await kept(world), []);

  const { id: busy } = await ensureViewer(db, 'ada');
  await use(world, busy, 1_000);
  await deleteViewer(db, busy, true);
  await sweep(db);
  const [row] = await kept(world);
  assert.ok(row && row.until.getTime() > Date.now() && row.until.getUTCHours() === 0);
  await world.hands
    .updateTable('carried_use')
    .set({ until: new Date(Date.now() - 1) })
    .execute();
  await sweep(db);
  assert.deepEqual(await kept(world), []);
});
