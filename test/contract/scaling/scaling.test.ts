// Sleeping and waking with the truth itself: what a start took is learned and told to the next one who waits, the controller
// keeps workers while there is work and for a while after, and a worker that is taken away gives its lease back.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { readConfiguration } from '../../../core/configuration.ts';
import { silentLog } from '../../../core/log.ts';
import { readLoadOf, scale } from '../../../functions/controller/scale.ts';
import { readFleet } from '../../../infra/database/workers.ts';
import { createMemoryService } from '../../../infra/scaling/wake.ts';
import { createApiWorld } from '../../harness/api-world.ts';
import { eventually } from '../../harness/eventually.ts';
import { createWorld } from '../../harness/world.ts';
import { recordedLlm } from '../../recordings/recorded-function.ts';

const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());

test('what a start took is learned from a reply that waited for it, and told to the next one while WARMING', async () => {
  const world = parts.use(await createApiWorld());
  const activity = `query($id: ID!) { node(id: $id) { ... on AssistantMessage { status activity { phase estimatedMs } } } }`;
  const ask = async (id: string) => (await world.ask(activity, { id }))['node'] as Record<string, unknown>;
  const waitedFor = async (id: string): Promise<void> =>
    eventually(async () => (await ask(id))['status'] === 'COMPLETED');

  const first = await world.say();
  assert.deepEqual(
    (await ask(first.replyId))['activity'],
    { phase: 'WARMING', estimatedMs: null },
    'no start was seen',
  );
  await sql`update job set created_at = now() - interval '100 seconds'`.execute(world.hands);
  const held = Promise.withResolvers<undefined>();
  let [holds, reached] = [false, false];
  {
    await using _worker = world.work({
      slots: { reply: 1, image: 1 },
      times: { reportMs: 20 },
      llm: recordedLlm({
        before: async (position) => {
          if (!holds || position !== 5) return;
          reached = true;
          await held.promise;
        },
      }),
    });
    await waitedFor(first.replyId);
    await eventually(async () => (await readFleet(world.db)).startsMs.length === 1);
    // a wait behind other work tells nothing of starts, even where a second worker ends it
    holds = true;
    const busy = await world.say();
    await eventually(() => reached);
    const behind = await world.say();
    await using _second = world.work({ times: { reportMs: 20 } });
    await waitedFor(behind.replyId);
    await eventually(async () => (await readFleet(world.db)).workers.length === 2);
    held.resolve(undefined);
    await waitedFor(busy.replyId);
  }
  const { startsMs } = await readFleet(world.db);
  assert.equal(startsMs.length, 1);
  assert.ok(startsMs[0]! >= 100_000 && startsMs[0]! < 400_000, String(startsMs[0]));

  const next = await world.say();
  await eventually(async () => {
    const { phase, estimatedMs } = (await ask(next.replyId))['activity'] as {
      phase: string;
      estimatedMs: number | null;
    };
    return (
      phase === 'WARMING' && estimatedMs !== null && estimatedMs % 5_000 === 0 && estimatedMs <= startsMs[0]! + 5_000
    );
  });
});

test('the controller, minute by minute: one for the first job, more for more, none taken away from work, then warm, then none', async () => {
  const world = parts.use(await createWorld());
  const asked: number[] = [];
  const service = createMemoryService((workers) => asked.push(workers));
  const configuration = readConfiguration({ DATABASE_URL: world.url });
  const load = (workers: number) => readLoadOf(configuration, workers);
  const rule = { maxWorkers: 3, jobsPerWorker: 2, keepWarmSeconds: 600 };
  const minute = async (): Promise<number> => (await scale(service, load, rule, silentLog)).desired;

  assert.equal(await minute(), 0);
  const { replyId } = await world.send();
  assert.equal(await minute(), 1);
  const more = await Promise.all(Array.from({ length: 9 }, () => world.send()));
  assert.equal(await minute(), 3, 'never more than allowed');
  {
    await using _worker = world.work();
    await eventually(async () => {
      const states = await Promise.all([replyId, ...more.map((each) => each.replyId)].map(world.read));
      return states.every(({ status }) => status === 'COMPLETED');
    });
  }
  assert.equal(await minute(), 3, 'kept warm');
  const ago = (seconds: number) =>
    world.hands
      .updateTable('job')
      .set({ finished_at: new Date(Date.now() - seconds * 1_000) })
      .execute();
  await ago(500);
  assert.equal(await minute(), 3, 'kept warm still');
  await ago(700);
  assert.equal(await minute(), 0);
  assert.deepEqual(asked, [1, 3, 0], 'the service is asked only where another number is right');
});

test('a Spot interruption: the lease is given back at once, nobody waits for it to run out, no attempt is lost', async () => {
  const world = parts.use(await createWorld());
  const held = Promise.withResolvers<undefined>();
  const { replyId } = await world.send();
  {
    await using _taken = world.work({
      leaseMs: 3_600_000,
      llm: recordedLlm({
        before: async (position, _, signal) => {
          if (position !== 5) return;
          held.resolve(undefined);
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      }),
    });
    await held.promise;
  }
  const job = await world.db
    .selectFrom('job')
    .select(['state', 'attempt', 'fence', 'lease_until'])
    .where('message_id', '=', replyId)
    .where('kind', '=', 'reply')
    .executeTakeFirstOrThrow();
  assert.deepEqual(job, { state: 'queued', attempt: 0, fence: null, lease_until: null });
  await using _next = world.work();
  await eventually(async () => (await world.read(replyId)).status === 'COMPLETED');
});
