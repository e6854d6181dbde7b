// The levels that a sampler visits: of a flow model in equal steps of time, of a diffusion model on Stable Diffusion's
// schedule. Must never visit a level that the network was not trained on.
import type { NoiseLevel } from './solver.ts';

/** Where λ would be infinite, the first level of a flow model is taken this much below pure noise. */
const beforeNoise = 1e-6;

/** Times 1, 1 − 1/steps, …, 0. */
export function flowLevels(steps: number): NoiseLevel[] {
  return Array.from({ length: steps + 1 }, (_, i) => {
    const time = 1 - i / steps;
    const sigma = i === 0 ? 1 - beforeNoise : time;
    return { time, alpha: 1 - sigma, sigma };
  });
}

const trainSteps = 1000;
const [firstBeta, lastBeta] = [0.00085, 0.012];
/** Times are counted from 1 where they are spaced by whole strides. */
const offset = 1;
/** Steps of the solver that consistency networks were distilled from. */
const consistencySteps = 50;

/** ᾱ at each training step: Π(1 − β), √β in equal steps. */
const cumulativeAlphas = ((): Float64Array => {
  const [from, to] = [Math.sqrt(firstBeta), Math.sqrt(lastBeta)];
  const alphas = new Float64Array(trainSteps);
  for (let t = 0, product = 1; t < trainSteps; t++) {
    product *= 1 - (from + ((to - from) * t) / (trainSteps - 1)) ** 2;
    alphas[t] = product;
  }
  return alphas;
})();

const levelAt = (time: number): NoiseLevel => {
  const alpha = cumulativeAlphas[time]!;
  return { time, alpha: Math.sqrt(alpha), sigma: Math.sqrt(1 - alpha) };
};
const picture: NoiseLevel = { time: 0, alpha: 1, sigma: 0 };

/** Whole strides down to the first training step, whose level is the end: DDIM and PLMS as Stable Diffusion uses them. */
export function strideLevels(steps: number): NoiseLevel[] {
  const stride = Math.floor(trainSteps / steps);
  const times = Array.from({ length: steps }, (_, i) => i * stride + offset).reverse();
  return [...times.map(levelAt), levelAt(0)];
}

/** Whole strides that end on the picture itself: for solvers in λ. */
export function solverLevels(steps: number): NoiseLevel[] {
  const stride = Math.floor(trainSteps / (steps + 1));
  const times = Array.from({ length: steps }, (_, i) => (i + 1) * stride + offset).reverse();
  return [...times.map(levelAt), picture];
}

/** The times a consistency network knows, evenly chosen. */
export function consistencyLevels(steps: number): NoiseLevel[] {
  const stride = trainSteps / consistencySteps;
  const known = Array.from({ length: consistencySteps }, (_, i) => (i + 1) * stride - 1).reverse();
  const times = Array.from({ length: steps }, (_, i) => known[Math.floor((i * consistencySteps) / steps)]!);
  return [...times.map(levelAt), picture];
}
