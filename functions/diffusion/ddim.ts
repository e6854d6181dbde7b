// DDIM without added noise (Song, Meng, Ermon 2020, arXiv:2010.02502, eq. 12, η = 0). On a flow model it is Euler's method.
import { combine, type Sampler } from './solver.ts';

export const ddim: Sampler = async function* (denoise, levels, start, signal) {
  let latent = start;
  for (let i = 0; i + 1 < levels.length; i++) {
    signal.throwIfAborted();
    const { picture, noise } = await denoise(latent, levels[i]!, signal);
    const next = levels[i + 1]!;
    latent = combine([next.alpha, picture], [next.sigma, noise]);
    yield { step: i + 1, latent, estimate: picture };
  }
};
