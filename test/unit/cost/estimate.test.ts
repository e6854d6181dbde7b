// The cost of a month: nothing bills while idle but what is stored, and more work never costs less.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  assumed,
  comparedWithNothing,
  estimate,
  printTable,
  type CostLine,
  type Work,
} from '../../../cdk/cost/estimate.ts';
import { taskVolumeGb } from '../../../cdk/figures.ts';
import prices from '../../../cdk/cost/prices.json' with { type: 'json' };

const base = {
  api: 'web',
  database: 'dsql',
  gpu: 'ecs',
  spot: false,
  keepWarmSeconds: 600,
  containerInsights: false,
} as const;
const sum = (lines: readonly CostLine[], pick: 'idle' | 'busy'): number =>
  lines.reduce((total, line) => total + line[pick], 0);

test('an idle default deployment costs a dollar or two, all of it stored; a load balancer is the first thing that bills', () => {
  const lines = estimate(base, assumed);
  assert.ok(sum(lines, 'idle') < 2, printTable(lines));
  assert.equal(lines.find(({ part }) => part === 'GPU workers')?.idle, 0);
  assert.ok(sum(estimate({ ...base, api: 'fargate' }, assumed), 'idle') > 25);
  assert.ok(sum(estimate({ ...base, spot: true }, assumed), 'busy') < sum(lines, 'busy'));
});

test('what the controller reads leaves less for messages; metrics of ECS are billed where they are asked for, idle too', () => {
  const part = (options: Parameters<typeof estimate>[0], name: string, work = assumed): CostLine | undefined =>
    estimate(options, work).find((line) => line.part === name);
  // what is free would last for 1,666 messages if nobody looked
  const some = { ...assumed, messages: 1_500 };
  assert.ok(part(base, 'database, DSQL', some)!.busy > 0);
  assert.equal(part(base, 'database, DSQL', { ...assumed, messages: 1_000 })!.busy, 0);
  const aurora = { ...base, api: 'fargate', database: 'aurora' } as const;
  assert.ok(part(aurora, 'controller')!.idle > part(base, 'controller')!.idle, 'counting bells is no gift');
  assert.ok(part(aurora, 'controller')!.busy > 0);
  assert.equal(part(base, 'Container Insights'), undefined);
  const asked = part({ ...base, containerInsights: true }, 'Container Insights')!;
  assert.equal(asked.idle, 8 * prices.metricMonth);
  assert.ok(asked.busy > 0);
  assert.ok(part({ ...aurora, containerInsights: true }, 'Container Insights')!.idle > 2 * asked.idle);
});

test('what stands idle after a wake is billed with it: instance, volume and address; a task on Fargate leaves nothing behind', () => {
  const workersOf = (options: Partial<typeof base> | { gpu: 'external' }, work: Work): CostLine =>
    estimate({ ...base, ...options }, work).find(({ part }) => /workers/.test(part))!;
  const still = { ...assumed, messages: 0, pictures: 0, startSeconds: 0, wakes: 12 };
  const hour = prices.gpuHour.ecs * (1 + prices.managedInstancesFeeShare);
  const beside = (prices.publicAddressMonth + taskVolumeGb * prices.volumeGbMonth) / 730;
  // twelve times 600 s warm and 300 s idle are three hours
  const gpu = workersOf({}, still);
  assert.ok(Math.abs(gpu.busy - 3 * (hour + beside)) < 1e-9, `${gpu.busy}`);
  assert.match(
    gpu.because,
    /300 s until the idle instance is given back, so 3\.0 h of instance, volume of 100 GB and one address/,
  );
  const task = workersOf({ gpu: 'external' }, still);
  assert.ok(Math.abs(task.busy - 2 * (prices.workerHourFargate + prices.publicAddressMonth / 730)) < 1e-9);
});

test('behind a load balancer an address is counted for each zone and for the task, and the table says so', () => {
  const api = estimate({ ...base, api: 'fargate' }, assumed).find(({ part }) => part.startsWith('API'))!;
  const addresses = (api.idle - prices.loadBalancerMonth - prices.fargateApiMonth) / prices.publicAddressMonth;
  assert.equal(Math.round(addresses * 1e6) / 1e6, 4);
  assert.match(api.because, /4 addresses: the balancer's in 3 zones .* and the task's/);
  const web = estimate(base, assumed).find(({ part }) => part === 'API')!;
  assert.match(web.because, /0\.5 GB is assumed/);
});

test('more work never costs less, and no work costs nothing', () => {
  const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      fc.constantFrom('ecs', 'sagemaker-async', 'external'),
      fc.constantFrom('dsql', 'aurora'),
      fc.record({ messages: amount, pictures: amount, wakes: amount }),
      fc.constantFrom('messages', 'pictures', 'wakes'),
      (gpu, database, given, which) => {
        const work: Work = { ...assumed, ...given };
        const options = { ...base, gpu, database, api: database === 'aurora' ? 'fargate' : 'web' } as const;
        const more = { ...work, [which]: work[which] * 2 + 1 };
        assert.ok(sum(estimate(options, more), 'busy') >= sum(estimate(options, work), 'busy'));
      },
    ),
  );
  assert.equal(sum(estimate(base, { ...assumed, messages: 0, pictures: 0, wakes: 0 }), 'busy'), 0);
});

test('the command prints a table with its assumptions, and refuses what it does not understand', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, ['cdk/cost/run.ts', ...args], { encoding: 'utf8' });
  const { stdout, status } = run('--messages', '1000', '--pictures', '400', '--pictureSeconds', '3');
  assert.equal(status, 0);
  assert.match(stdout, /\| GPU workers \| 0\.00 \| \d+\.\d\d \| .*3 s a picture/);
  assert.match(stdout, /prices written down on 20\d\d-\d\d-\d\d/);
  assert.match(stdout, /compared with no second figure yet: managedInstancesFeeShare, /);
  for (const name of prices.secondSource) assert.ok(name in prices && !comparedWithNothing.includes(name), name);
  assert.match(run('--messages', 'many').stderr, /--messages many must be a number/);
  assert.match(run('--gpu', 'tpu').stderr, /gpu=tpu must be one of/);
  assert.notEqual(run('--nonsense', '1').status, 0);
});
