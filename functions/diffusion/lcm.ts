// Latent consistency sampling (Luo et al. 2023, arXiv:2310.04378, algorithm 3 and eq. 9): each call leaps to a picture,
// which is noised again for the next. For networks distilled to do that.
import { combine, type Sampler } from './solver.ts';

const sigmaData = 0.5;
/** How fast the boundary condition lets the network take over. */
const timeScale = 10;

export const lcm: Sampler = async function* (denoise, levels, start, signal, freshNoise) {
  let latent = start;
  const steps = levels.length - 1;
  for (let i = 0; i < steps; i++) {
    signal.throwIfAborted();
    const level = levels[i]!;
    const { picture } = await denoise(latent, level, signal);
    const time = level.time * timeScale;
    const skip = sigmaData ** 2 / (time ** 2 + sigmaData ** 2);
    const out = time / Math.sqrt(time ** 2 + sigmaData ** 2);
    const leapt = combine([out, picture], [skip, latent]);
    const next = levels[i + 1]!;
    latent = i + 1 < steps ? combine([next.alpha, leapt], [next.sigma, freshNoise(i + 1)]) : leapt;
    yield { step: i + 1, latent, estimate: leapt };
  }
};
