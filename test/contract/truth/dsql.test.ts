// The truth on Aurora DSQL, emulated: conflicts at random, no NOTIFY, bells over a queue that loses, doubles and delays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { newId } from '../../../core/ids.ts';
import { limits } from '../../../core/limits.ts';
import { silentLog } from '../../../core/log.ts';
import { createSqsBus } from '../../../infra/bus/sqs-bus.ts';
import { createApiToken, revokeApiToken } from '../../../infra/database/api-tokens.ts';
import { renameConversation } from '../../../infra/database/conversations.ts';
import { sendMessage } from '../../../infra/database/send-message.ts';
import type { JobKind } from '../../../infra/database/tables.ts';
import { forgetOldWorkers, reportWorker, retireWorker } from '../../../infra/database/workers.ts';
import { loadQuery, toLoad } from '../../../infra/scaling/read-load.ts';
import { dsqlSettings, emulateDsql } from '../../harness/dsql.ts';
import { createFaultyQueue } from '../../harness/faulty-queue.ts';
import { seeded } from '../../harness/seeded.ts';
import { storm } from '../../harness/storm.ts';
import { createWorld, newKey, replyOptions } from '../../harness/world.ts';

test('forty messages, three workers that vanish at random, conflicts in every tenth write, a queue that lies', async () => {
  const random = seeded(7);
  const emulation = emulateDsql(random, 0.1);
  await using world = await createWorld(dsqlSettings, emulation.open);
  const queue = createFaultyQueue(random);
  // what the API would do at each mutation
  using _bell = world.bus.listen('jobs', () => void queue.send().catch(() => undefined)); // a bell may be lost
  await storm(world, random, () => createSqsBus({ queue, log: silentLog, retryMs: 20 }));
  assert.deepEqual(emulation.refused, [], 'a statement that DSQL lacks');
  assert.ok(queue.sent() >= 40 && queue.delivered() > 0);
  assert.ok(emulation.conflicts() > 40, `only ${emulation.conflicts()} conflicts were met`);
});

test('the emulation refuses what DSQL lacks, and transactions that write too much', async () => {
  const emulation = emulateDsql(() => 1, 0);
  await using world = await createWorld(dsqlSettings, emulation.open);
  await assert.rejects(sql`select id from job for update skip locked`.execute(world.db), { code: '0A000' });
  const many = sql`insert into worker (id, report, seen_at)
    select gen_random_uuid(), '', now() from generate_series(1, 3001)`;
  await assert.rejects(
    world.db.transaction().execute((tx) => many.execute(tx)),
    { code: '54000' },
  );
});

test('sixty at once of one viewer are counted one after the other: no limit is passed', async () => {
  await using world = await createWorld(dsqlSettings, emulateDsql(() => 1, 0).open);
  const { viewerId } = world;
  const tally = (made: readonly { readonly outcome: string }[], outcome: string) =>
    made.filter((each) => each.outcome === outcome).length;
  const sixty = Array.from({ length: 60 }, (_, i) => String(i));
  const sent = await Promise.all(
    sixty.map(() =>
      sendMessage(world.db, {
        viewerId,
        parts: [{ kind: 'text', text: 'a red fox' }],
        options: replyOptions,
        title: 'a red fox',
        idempotency: newKey(),
      }),
    ),
  );
  assert.equal(tally(sent, 'accepted'), limits.maxUnfinishedJobsPerViewer / 2, 'a reply and its picture each');
  const tokens = await Promise.all(
    sixty.map((name) => createApiToken(world.db, { viewerId, name, rights: ['read'], expiresAt: null })),
  );
  assert.equal(tally(tokens, 'created'), limits.maxApiTokensPerViewer);
});

test('writes of a single statement outlive a conflict too', async () => {
  let calls = 0;
  // the first try of every write conflicts
  const emulation = emulateDsql(() => (calls++ % 2 === 0 ? 0 : 1), 0.5);
  await using world = await createWorld(dsqlSettings);
  await using handle = emulation.open(world.url, { maxConnections: 2, applicationName: 'test' });
  const { viewerId } = world;
  const { conversationId } = await world.send();
  const token = await createApiToken(world.db, { viewerId, name: 'a', rights: ['read'], expiresAt: null });
  assert.equal(token.outcome, 'created');
  const workerId = newId();
  const writes: readonly (() => Promise<unknown>)[] = [
    () => renameConversation(handle.db, { viewerId, conversationId, title: 'b' }),
    () => revokeApiToken(handle.db, { viewerId, apiTokenId: token.id }),
    () => reportWorker(handle.db, workerId, { functions: [], eventLoopDelayMs: { p99: 0, max: 0 } }),
    () => retireWorker(handle.db, workerId),
    () => forgetOldWorkers(handle.db),
  ];
  for (const write of writes) {
    const before = emulation.conflicts();
    calls = 0;
    await write();
    assert.ok(emulation.conflicts() > before, `${write.toString()} met no conflict`);
  }
});

test('what waits and what runs is read from the rows', async () => {
  await using world = await createWorld();
  const read = async () => toLoad((await sql.raw<Record<string, unknown>>(loadQuery).execute(world.db)).rows[0]);
  assert.deepEqual(await read(), { waiting: 0, running: 0, idleSeconds: 86_400 });
  const { replyId } = await world.send();
  assert.deepEqual(await read(), { waiting: 1, running: 0, idleSeconds: 86_400 });
  const hold = (until: Date) =>
    world.hands
      .updateTable('job')
      .set({ state: 'running', lease_until: until })
      .where('message_id', '=', replyId)
      .execute();
  await hold(new Date(Date.now() + 60_000));
  assert.equal((await read()).running, 1);
  await hold(new Date(0));
  assert.equal((await read()).waiting, 1, 'a lost lease waits again');
  await world.hands
    .updateTable('job')
    .set({ state: 'done', finished_at: new Date(Date.now() - 30_000) })
    .execute();
  const { waiting, running, idleSeconds } = await read();
  assert.deepEqual([waiting, running], [0, 0]);
  assert.ok(idleSeconds >= 30 && idleSeconds < 120);
});

test('a job that rests between two attempts keeps its worker; one far ahead and a reply behind another ask for none', async () => {
  await using world = await createWorld();
  const read = async () => toLoad((await sql.raw<Record<string, unknown>>(loadQuery).execute(world.db)).rows[0]);
  const first = await world.send();
  for (let turn = 0; turn < 5; turn++) await world.send({ conversationId: first.conversationId });
  assert.equal((await read()).waiting, 1, 'six replies in a row are no work for a second worker');
  const rest = (ms: number) =>
    world.hands
      .updateTable('job')
      .set({ lease_until: sql<Date>`now() + ${ms} * interval '1 millisecond'` })
      .where('message_id', '=', first.replyId)
      .execute();
  await rest(30_000);
  assert.equal((await read()).waiting, 1, 'its worker would be taken away before the next attempt');
  await rest(300_000);
  assert.equal((await read()).waiting, 0);
});

test('what nobody waits for asks for a worker only while that can help, and never for ever', async () => {
  await using world = await createWorld();
  const read = async () => {
    const { rows } = await sql.raw<Record<string, unknown>>(loadQuery).execute(world.db);
    const { waiting, running } = toLoad(rows[0]);
    return [waiting, running];
  };
  const place = { viewer_id: world.viewerId, conversation_id: newId(), image_id: newId() };
  const only = async (kind: JobKind, hours: number, attempt = 0, state: 'queued' | 'running' = 'queued') => {
    await world.hands.deleteFrom('job').execute();
    const until = state === 'running' ? sql<Date>`now() + interval '1 minute'` : null;
    await world.hands
      .insertInto('job')
      .values({ id: newId(), kind, state, attempt, lease_until: until, ...place })
      .execute();
    await sql`update job set created_at = now() - make_interval(hours => ${hours})`.execute(world.hands);
    return read();
  };
  assert.deepEqual(await only('embed', 0), [1, 0]);
  assert.deepEqual(await only('embed', 2), [0, 0], 'no worker here can see');
  for (const kind of ['delete', 'viewer'] as const) {
    assert.deepEqual(await only(kind, 0), [0, 0], 'what is hidden already wakes no worker at once');
    assert.deepEqual(await only(kind, 7), [1, 0], 'and goes within hours all the same');
    assert.deepEqual(await only(kind, 0, 1, 'running'), [0, 1]);
    assert.deepEqual(await only(kind, 7, 6), [0, 0]);
    assert.deepEqual(await only(kind, 7, 6, 'running'), [0, 0], 'a store that refuses keeps no worker');
  }
  assert.deepEqual(await only('reply', 7, 6), [1, 0]);
});
