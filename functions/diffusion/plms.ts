// PLMS: PNDM without its Runge–Kutta start (Liu et al. 2022, arXiv:2202.09778, eq. 9 and 12): the noise estimate is
// extrapolated from up to four. The first step is taken twice, so there is one call more than steps between levels.
import { combine, type NoiseLevel, type Sampler } from './solver.ts';

/** Adams–Bashforth, newest first. */
const weights: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

export const plms: Sampler = async function* (denoise, levels, start, signal) {
  const [first, second] = levels as [NoiseLevel, NoiseLevel];
  let step = 0;
  signal.throwIfAborted();
  const begun = await denoise(start, first, signal);
  const trial = move(start, first, second, begun.noise);
  yield { step: ++step, latent: trial, estimate: begun.picture };

  signal.throwIfAborted();
  const tried = await denoise(trial, second, signal);
  let latent = move(start, first, second, combine([0.5, begun.noise], [0.5, tried.noise]));
  yield { step: ++step, latent, estimate: tried.picture };

  let history = [begun.noise];
  for (let i = 1; i + 1 < levels.length; i++) {
    signal.throwIfAborted();
    const { picture, noise } = await denoise(latent, levels[i]!, signal);
    history = [noise, ...history].slice(0, 4);
    const extrapolated = combine(...weights[history.length - 1]!.map((weight, k) => [weight, history[k]!] as const));
    latent = move(latent, levels[i]!, levels[i + 1]!, extrapolated);
    yield { step: ++step, latent, estimate: picture };
  }
};

/** To another level along a noise estimate. */
function move(x: Float32Array, from: NoiseLevel, to: NoiseLevel, noise: Float32Array): Float32Array {
  const scale = to.alpha / from.alpha;
  return combine([scale, x], [to.sigma - scale * from.sigma, noise]);
}
