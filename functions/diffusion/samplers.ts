// The samplers by name, and which of them fit a model's training. Must never run one on a network it does not fit.
import { AppError } from '../../core/app-error.ts';
import type { PictureManifest, Training } from '../engine/model-package.ts';
import { gaussianNoise } from '../engine/noise.ts';
import { ddim } from './ddim.ts';
import { dpmSolver2M } from './dpm-solver.ts';
import { flowEuler } from './flow-euler.ts';
import type { Velocity } from './guidance.ts';
import { lcm } from './lcm.ts';
import { consistencyLevels, flowLevels, solverLevels, strideLevels } from './noise-levels.ts';
import { plms } from './plms.ts';
import { combine, type Denoise, type NoiseLevel, type Sampler, type SamplerStep } from './solver.ts';
import { uniPc } from './unipc.ts';

interface Fit {
  readonly sampler: Sampler;
  /** For so many calls of the network. */
  readonly levels: (calls: number) => readonly NoiseLevel[];
  readonly minCalls: number;
}

// On a flow model DDIM is Euler's method, and PLMS and LCM belong to networks trained for their levels.
const fits: Readonly<Record<Training, Readonly<Record<string, Fit>>>> = {
  flow: {
    'dpm-solver++-2m': { sampler: dpmSolver2M, levels: flowLevels, minCalls: 1 },
    unipc: { sampler: uniPc, levels: flowLevels, minCalls: 1 },
  },
  noise: {
    ddim: { sampler: ddim, levels: strideLevels, minCalls: 1 },
    plms: { sampler: plms, levels: (calls) => strideLevels(calls - 1), minCalls: 2 },
    'dpm-solver++-2m': { sampler: dpmSolver2M, levels: solverLevels, minCalls: 1 },
    unipc: { sampler: uniPc, levels: solverLevels, minCalls: 1 },
  },
  consistency: { lcm: { sampler: lcm, levels: consistencyLevels, minCalls: 1 } },
};

const samplersFor = (training: Training): readonly string[] => [
  ...(training === 'flow' ? ['flow-euler'] : []),
  ...Object.keys(fits[training]),
];

/** @throws {AppError} MODEL_UNAVAILABLE when a package offers a sampler that its denoiser was not trained for */
export function checkOffer({ training, samplers }: PictureManifest): void {
  if (!(training in fits))
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `model.json says picture.training is "${training}"; known are ${Object.keys(fits).join(', ')}`,
    );
  const wrong = samplers.find((name) => !samplersFor(training).includes(name));
  if (wrong === undefined) return;
  throw new AppError(
    'MODEL_UNAVAILABLE',
    `model.json offers the sampler "${wrong}", but a denoiser trained for ${training} takes ${samplersFor(training).join(', ')}`,
  );
}

export interface SampleOptions {
  /** Calls of the network. */
  readonly steps: number;
  readonly seed: bigint;
  /** Absent: the way begins with noise alone. */
  readonly parent?: NoisedParent | undefined;
}

/** A picture under noise, from which the way begins (SDEdit: Meng et al. 2021, arXiv:2108.01073). */
export interface NoisedParent {
  /** Shape (c, h, w) flattened; not modified. */
  readonly latent: Float32Array;
  /** How much of it is kept: from 0, which begins with noise, as the last 1 / (1 + kept) of the way. */
  readonly kept: number;
}

/**
 * @param velocity what the denoiser predicts at a time, by its training, guided
 * @param noise standard normal, shape (c, h, w) flattened; not modified
 * @throws {AppError} INVALID when the sampler does not fit the training, or needs more steps
 */
export function sample(
  name: string,
  training: Training,
  velocity: Velocity,
  noise: Float32Array,
  options: SampleOptions,
  signal: AbortSignal,
): AsyncGenerator<SamplerStep, void, void> {
  const { steps, seed, parent } = options;
  const rest = 1 / (1 + (parent?.kept ?? 0));
  if (name === 'flow-euler' && training === 'flow') {
    const start = parent ? combine([1 - rest, parent.latent], [rest, noise]) : noise;
    return flowEuler(velocity, start, steps, signal, rest);
  }
  const fit = fits[training][name];
  if (!fit)
    throw new AppError('INVALID', `sampler is "${name}", but this model takes ${samplersFor(training).join(', ')}`);
  if (steps < fit.minCalls)
    throw new AppError('INVALID', `steps is ${steps}, but ${name} needs at least ${fit.minCalls}`);
  const freshNoise = (step: number): Float32Array =>
    gaussianNoise(BigInt.asUintN(64, seed + BigInt(step) * streamStride), noise.length);
  const whole = fit.levels(steps);
  // as many calls over the last part of a longer way
  const levels = parent ? fit.levels(Math.round(steps / rest)).slice(-whole.length) : whole;
  const [{ alpha, sigma }] = levels as [NoiseLevel];
  const start = parent && rest < 1 ? combine([alpha, parent.latent], [sigma, noise]) : noise;
  return fit.sampler(denoiseWith(velocity, training), levels, start, signal, freshNoise);
}

/** Seeds of further noise, far from each other: the golden ratio as a 64-bit fraction. */
const streamStride = 0x9e37_79b9_7f4a_7c15n;

/** The guided prediction as picture and noise. */
function denoiseWith(velocity: Velocity, training: Training): Denoise {
  return async (latent, { time, alpha, sigma }, signal) => {
    const predicted = await velocity(latent, time, signal);
    if (training === 'flow')
      return {
        picture: latent.map((x, i) => x - time * predicted[i]!),
        noise: latent.map((x, i) => x + (1 - time) * predicted[i]!),
      };
    return { picture: latent.map((x, i) => (x - sigma * predicted[i]!) / alpha), noise: predicted };
  };
}
