// A way that begins with a picture under noise, for every sampler: where it begins, how many calls it takes, and that a picture of
// which nothing is kept changes nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample, type NoisedParent } from '../../../functions/diffusion/samplers.ts';
import type { Training } from '../../../functions/engine/model-package.ts';

const never = new AbortController().signal;
const steps = 8;
const samplers: readonly (readonly [string, Training])[] = [
  ['flow-euler', 'flow'],
  ['dpm-solver++-2m', 'flow'],
  ['unipc', 'flow'],
  ['ddim', 'noise'],
  ['plms', 'noise'],
  ['dpm-solver++-2m', 'noise'],
  ['unipc', 'noise'],
  ['lcm', 'consistency'],
];
const [picture, noise] = [Float32Array.of(2, 0), Float32Array.of(0, 1)];

async function run(name: string, training: Training, parent?: NoisedParent) {
  const times: number[] = [];
  const latents: Float32Array[] = [];
  const velocity = (latent: Float32Array, time: number) => {
    times.push(time);
    latents.push(latent.slice());
    return Promise.resolve(latent.map((x) => 0.3 * x));
  };
  let end: Float32Array | undefined;
  const options = { steps, seed: 3n, parent };
  for await (const { latent } of sample(name, training, velocity, noise, options, never)) end = latent.slice();
  return { times, latents, end };
}

for (const [name, training] of samplers) {
  test(`${name} for ${training}`, async () => {
    const alone = await run(name, training);
    assert.deepEqual(await run(name, training, { latent: picture, kept: 0 }), alone, 'nothing is kept');
    const top = training === 'flow' ? 1 : 1000;
    let before = alone.times[0]!;
    for (const kept of [0.5, 1, 1.5, 4]) {
      const { times, latents, end } = await run(name, training, { latent: picture, kept });
      assert.equal(times.length, steps, 'as many calls as were asked for');
      assert.ok(times[0]! < before, `${kept} begins at ${times[0]!}, less at ${before}`);
      assert.ok(Math.abs(times[0]! / top - 1 / (1 + kept)) < 0.13, `${kept} begins at ${times[0]!}`);
      before = times[0]!;
      // the first holds α of the picture, the second σ of the noise
      const [alpha, sigma] = [latents[0]![0]! / 2, latents[0]![1]!];
      const whole = training === 'flow' ? alpha + sigma : alpha ** 2 + sigma ** 2;
      assert.ok(alpha > 0 && sigma > 0 && Math.abs(whole - 1) < 1e-5, `α ${alpha}, σ ${sigma}`);
      assert.notDeepEqual(end, alone.end);
    }
    assert.deepEqual([[...picture], [...noise]], [[2, 0], [0, 1]], 'both are the caller’s'); // prettier-ignore
  });
}
