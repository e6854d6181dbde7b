// Whole trajectories of every sampler against diffusers' schedulers (record-samplers.py) under the same stand-in network.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { Velocity } from '../../functions/diffusion/guidance.ts';
import { lcm } from '../../functions/diffusion/lcm.ts';
import { consistencyLevels, flowLevels } from '../../functions/diffusion/noise-levels.ts';
import { ddim } from '../../functions/diffusion/ddim.ts';
import { checkOffer, sample } from '../../functions/diffusion/samplers.ts';
import { openModelPackage, type Training } from '../../functions/engine/model-package.ts';
import type { Denoise, SamplerStep } from '../../functions/diffusion/solver.ts';

interface Recorded {
  readonly sampler: string;
  readonly training: Training;
  readonly times: readonly number[];
  readonly noise: readonly number[];
  readonly latents: readonly (readonly number[])[];
  readonly fresh: readonly (readonly number[])[];
}

/** The reference holds its schedule in float32. */
const tolerance = 2e-5;
const never = new AbortController().signal;
const recordings = JSON.parse(await readFile('test/golden/fixtures/samplers.json', 'utf8')) as Recorded[];

/** Same formula in record-samplers.py. */
const stub = (x: number, time: number): number => 0.5 * Math.sin(1.7 * x + 3 * time) + 0.2 * x;

for (const { sampler, training, times, noise, latents, fresh } of recordings) {
  test(`${sampler} on a network trained for ${training}, ${latents.length} calls`, async () => {
    const asked: number[] = [];
    const network: Velocity = (latent, time) => {
      asked.push(time);
      const scaled = training === 'flow' ? time : time / 1000;
      return Promise.resolve(latent.map((x) => stub(x, scaled)));
    };
    const start = Float32Array.from(noise);
    const options = { steps: latents.length, seed: 7n };
    const run: AsyncIterable<SamplerStep> =
      sampler === 'lcm'
        ? lcm(epsilon(network), consistencyLevels(latents.length), start, never, (step) =>
            Float32Array.from(fresh[step - 1]!),
          )
        : sample(sampler, training, network, start, options, never);
    let call = 0;
    for await (const { step, latent } of run) {
      const expected = latents[call++]!;
      assert.equal(step, call);
      latent.forEach((x, i) => {
        assert.ok(Math.abs(x - expected[i]!) < tolerance, `call ${step}: ${x} is not ${expected[i]!}`);
      });
    }
    assert.equal(call, latents.length);
    for (const [i, time] of times.entries()) assert.ok(Math.abs(asked[i]! - time) < 1e-9, `call ${i + 1} at ${time}`);
    assert.deepEqual(start, Float32Array.from(noise), 'the noise is the caller’s');
  });
}

const epsilon =
  (network: Velocity): Denoise =>
  async (latent, { time, alpha, sigma }, signal) => {
    const noise = await network(latent, time, signal);
    return { picture: latent.map((x, i) => (x - sigma * noise[i]!) / alpha), noise };
  };

const { manifest } = await openModelPackage('models/storybook');

describe('a package', () => {
  const network: Velocity = (latent) => Promise.resolve(latent.slice());
  const start = new Float32Array(2).fill(1);

  test('is offered what fits its training, and refused what does not', () => {
    const offer =
      (training: Training, ...samplers: string[]) =>
      (): void =>
        checkOffer({ ...manifest.picture, training, samplers });
    offer('flow', 'flow-euler', 'dpm-solver++-2m', 'unipc')();
    offer('noise', 'ddim', 'plms', 'dpm-solver++-2m', 'unipc')();
    offer('consistency', 'lcm')();
    assert.throws(offer('flow', 'ddim'), /offers the sampler "ddim", but a denoiser trained for flow takes flow-euler/);
    assert.throws(offer('consistency', 'plms'), { code: 'MODEL_UNAVAILABLE' });
    assert.throws(offer('velocity' as Training), /known are flow, noise, consistency/);
    const options = { steps: 4, seed: 1n };
    assert.throws(() => sample('plms', 'flow', network, start, options, never), /takes flow-euler, dpm/);
    assert.throws(() => sample('flow-euler', 'noise', network, start, options, never), /takes ddim/);
    assert.throws(() => sample('plms', 'noise', network, start, { ...options, steps: 1 }, never), /at least 2/);
  });

  test('with noise added on the way draws the same picture from the same seed', async () => {
    const draw = async (seed: bigint): Promise<Float32Array> => {
      let last = new Float32Array() as Float32Array;
      const options = { steps: 4, seed };
      for await (const { latent } of sample('lcm', 'consistency', network, start, options, never)) last = latent;
      return last;
    };
    assert.deepEqual(await draw(5n), await draw(5n));
    assert.notDeepEqual(await draw(5n), await draw(6n));
  });

  test('trained as a flow would get from DDIM what Euler gives', async () => {
    const velocity: Velocity = (latent, time) => Promise.resolve(latent.map((x) => stub(x, time)));
    const denoise: Denoise = async (latent, { sigma }, signal) => {
      const predicted = await velocity(latent, sigma, signal);
      return {
        picture: latent.map((x, i) => x - sigma * predicted[i]!),
        noise: latent.map((x, i) => x + (1 - sigma) * predicted[i]!),
      };
    };
    const euler: Float32Array[] = [];
    const options = { steps: 9, seed: 1n };
    for await (const { latent } of sample('flow-euler', 'flow', velocity, start, options, never))
      euler.push(latent.slice());
    let call = 0;
    for await (const { latent } of ddim(denoise, flowLevels(9), start, never, () => start)) {
      const expected = euler[call++]!;
      latent.forEach((x, i) => assert.ok(Math.abs(x - expected[i]!) < 1e-5));
    }
    assert.equal(call, 9);
  });

  test('no call of the network begins after the signal', async () => {
    for (const [training, name] of [
      ['noise', 'plms'],
      ['noise', 'ddim'],
      ['flow', 'unipc'],
      ['flow', 'dpm-solver++-2m'],
      ['consistency', 'lcm'],
    ] as const) {
      const stop = new AbortController();
      let calls = 0;
      const counted: Velocity = (latent) => (calls++, Promise.resolve(latent.slice()));
      const run = sample(name, training, counted, start, { steps: 5, seed: 1n }, stop.signal);
      await run.next();
      stop.abort();
      await assert.rejects(run.next(), { name: 'AbortError' });
      assert.equal(calls, 1, name);
    }
  });
});
