// How many workers a backlog deserves, for every load there can be; and the bell that starts the first one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { silentLog } from '../../../core/log.ts';
import { createMemoryBus } from '../../../infra/bus/memory-bus.ts';
import { desiredWorkers, type Load, type ScalingRule } from '../../../infra/scaling/desired-workers.ts';
import { createMemoryService, type WorkerService } from '../../../infra/scaling/wake.ts';
import { createWakingBus } from '../../../infra/scaling/waking-bus.ts';
import { eventually } from '../../harness/eventually.ts';

const rule: ScalingRule = { maxWorkers: 4, jobsPerWorker: 4, keepWarmSeconds: 600 };
const load = fc.record({ waiting: fc.nat(200), running: fc.nat(200), idleSeconds: fc.nat(100_000) });
const rules = fc.record({
  maxWorkers: fc.integer({ min: 1, max: 20 }),
  jobsPerWorker: fc.integer({ min: 1, max: 16 }),
  keepWarmSeconds: fc.nat(3_600),
});

test('wakes, grows, stays warm, sleeps', () => {
  const cases: readonly [Load, now: number, desired: number][] = [
    [{ waiting: 0, running: 0, idleSeconds: 86_400 }, 0, 0],
    [{ waiting: 1, running: 0, idleSeconds: 86_400 }, 0, 1],
    [{ waiting: 9, running: 0, idleSeconds: 0 }, 1, 3],
    [{ waiting: 99, running: 1, idleSeconds: 0 }, 1, 4],
    [{ waiting: 0, running: 1, idleSeconds: 0 }, 3, 3],
    [{ waiting: 0, running: 0, idleSeconds: 599 }, 3, 3],
    [{ waiting: 0, running: 0, idleSeconds: 600 }, 3, 0],
  ];
  for (const [each, now, desired] of cases)
    assert.equal(desiredWorkers(each, rule, now), desired, JSON.stringify(each));
});

test('whatever the load: within bounds, never fewer while there is work, none for ever idle', () => {
  fc.assert(
    fc.property(load, rules, fc.nat(30), (each, by, now) => {
      const desired = desiredWorkers(each, by, now);
      const jobs = each.waiting + each.running;
      assert.ok(desired >= 0 && desired <= by.maxWorkers);
      if (jobs > 0) {
        assert.ok(desired >= 1, 'work waits for nobody');
        assert.ok(desired >= Math.min(now, by.maxWorkers), 'a worker that is busy was taken away');
        assert.ok(desired >= Math.min(by.maxWorkers, jobs / by.jobsPerWorker), 'too few');
      } else {
        assert.ok(desired === 0 || desired <= now, 'grew without work');
        if (each.idleSeconds >= by.keepWarmSeconds) assert.equal(desired, 0);
      }
      assert.equal(desiredWorkers(each, by, desired), desired, 'asked again at once, it wants something else');
    }),
  );
});

test('more work never wants fewer workers', () => {
  fc.assert(
    fc.property(load, rules, fc.nat(30), fc.nat(50), (each, by, now, more) => {
      const busier = { ...each, waiting: each.waiting + more };
      assert.ok(desiredWorkers(busier, by, now) >= desiredWorkers(each, by, now));
    }),
  );
});

test('a bell for jobs starts one worker where none runs, and no bell asks twice within ten seconds', async () => {
  const asked: number[] = [];
  const service = createMemoryService((workers) => asked.push(workers));
  let now = 0;
  await using bus = createWakingBus(createMemoryBus(), service, silentLog, () => now);
  bus.ring('cancel');
  for (let i = 0; i < 5; i++) bus.ring('jobs');
  await eventually(() => asked.length > 0);
  assert.deepEqual(asked, [1]);
  await service.ask(0);
  bus.ring('jobs');
  now = 10_001;
  bus.ring('jobs');
  await eventually(() => asked.length > 2);
  assert.deepEqual(asked, [1, 0, 1]);
});

test('a waking that fails fails nothing, and the next bell tries again', async () => {
  let tries = 0;
  const broken: WorkerService = {
    desired: () => Promise.reject(new Error(`down ${++tries}`)),
    ask: () => Promise.resolve(),
  };
  await using bus = createWakingBus(createMemoryBus(), broken, silentLog, () => 0);
  bus.ring('jobs');
  await eventually(() => tries === 1);
  bus.ring('jobs');
  await eventually(() => tries === 2);
});
