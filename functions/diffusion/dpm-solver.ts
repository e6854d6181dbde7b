// DPM-Solver++(2M) (Lu et al. 2022, arXiv:2211.01095, algorithm 2): second order by the estimate of the step before. The
// first step has none before it and the last ends where λ is infinite: both are of first order.
import { combine, lambda, type Sampler } from './solver.ts';

export const dpmSolver2M: Sampler = async function* (denoise, levels, start, signal) {
  let latent = start;
  let before: { readonly picture: Float32Array; readonly h: number } | undefined;
  for (let i = 0; i + 1 < levels.length; i++) {
    signal.throwIfAborted();
    const [from, to] = [levels[i]!, levels[i + 1]!];
    const { picture } = await denoise(latent, from, signal);
    const h = lambda(to) - lambda(from);
    const towards = -to.alpha * Math.expm1(-h);
    const scale = to.sigma / from.sigma;
    if (before && Number.isFinite(h)) {
      const slope = (0.5 * h) / before.h; // 1 / (2r)
      latent = combine([scale, latent], [towards * (1 + slope), picture], [-towards * slope, before.picture]);
    } else latent = combine([scale, latent], [towards, picture]);
    before = { picture, h };
    yield { step: i + 1, latent, estimate: picture };
  }
};
