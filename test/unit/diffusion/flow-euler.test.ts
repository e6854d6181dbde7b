// The sampler with the smallest network that has an exact answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { flowEuler, type FlowStep } from '../../../functions/diffusion/flow-euler.ts';
import type { Velocity } from '../../../functions/diffusion/guidance.ts';

const never = new AbortController().signal;

/** The true velocity of a straight path. */
const straight =
  (picture: Float32Array, noise: Float32Array): Velocity =>
  () =>
    Promise.resolve(noise.map((x, i) => x - picture[i]!));

async function last(steps: AsyncIterable<FlowStep>): Promise<FlowStep> {
  let found: FlowStep | undefined;
  for await (const step of steps) found = step;
  return found!;
}

test('a straight path ends on the picture after any number of steps, and every estimate is the picture', async () => {
  const values = fc.array(fc.float({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(values, values, fc.integer({ min: 1, max: 100 }), async (from, to, steps) => {
      const [noise, picture] = [Float32Array.from(from), Float32Array.from(to)];
      let count = 0;
      for await (const { step, latent, estimate } of flowEuler(straight(picture, noise), noise, steps, never)) {
        assert.equal(step, ++count);
        estimate.forEach((x, i) => assert.ok(Math.abs(x - picture[i]!) < 1e-4));
        if (step === steps) latent.forEach((x, i) => assert.ok(Math.abs(x - picture[i]!) < 1e-4));
      }
      assert.equal(count, steps);
      assert.deepEqual(noise, Float32Array.from(from), 'the noise is the caller’s');
    }),
  );
});

test('times fall from 1 in equal steps', async () => {
  const times: number[] = [];
  const record: Velocity = (latent, time) => (times.push(time), Promise.resolve(latent.slice()));
  await last(flowEuler(record, new Float32Array(1), 4, never));
  assert.deepEqual(times, [1, 0.75, 0.5, 0.25]);
});

test('no step starts after the signal', async () => {
  const stop = new AbortController();
  let calls = 0;
  const count: Velocity = (latent) => (calls++, Promise.resolve(latent.slice()));
  const run = flowEuler(count, new Float32Array(1), 4, stop.signal);
  await run.next();
  stop.abort();
  await assert.rejects(run.next(), { name: 'AbortError' });
  assert.equal(calls, 1);
});
