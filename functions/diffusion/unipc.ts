// UniPC of second order with B₂(h) = e^h − 1 on picture estimates (Zhao et al. 2023, arXiv:2302.04867, algorithms 5 and
// 7): each estimate first corrects the step that led to it, then predicts the next one. First step and last prediction
// are of first order.
import { combine, lambda, type NoiseLevel, type Sampler } from './solver.ts';

interface Estimate {
  readonly level: NoiseLevel;
  readonly picture: Float32Array;
}

export const uniPc: Sampler = async function* (denoise, levels, start, signal) {
  let latent = start;
  /** Before the step under way, from which the corrector goes again. */
  let base = start;
  let [last, lastButOne]: (Estimate | undefined)[] = [];
  const steps = levels.length - 1;
  for (let i = 0; i < steps; i++) {
    signal.throwIfAborted();
    const level = levels[i]!;
    const { picture } = await denoise(latent, level, signal);
    if (last) latent = correct(base, { level, picture }, last, lastButOne);
    base = latent;
    [last, lastButOne] = [{ level, picture }, last];
    latent = predict(base, levels[i + 1]!, last, i + 1 < steps ? lastButOne : undefined);
    yield { step: i + 1, latent, estimate: picture };
  }
};

/** From the level of `s0` to `to`. */
function predict(x: Float32Array, to: NoiseLevel, s0: Estimate, s1: Estimate | undefined): Float32Array {
  const h = lambda(to) - lambda(s0.level);
  const growth = Math.expm1(-h); // h·φ₁(−h) = B₂
  const scale = to.sigma / s0.level.sigma;
  if (!s1) return combine([scale, x], [-to.alpha * growth, s0.picture]);
  const r = (lambda(s1.level) - lambda(s0.level)) / h;
  const slope = (-to.alpha * growth * 0.5) / r;
  return combine([scale, x], [-to.alpha * growth - slope, s0.picture], [slope, s1.picture]);
}

/** The step that led to `reached` once more, now that the picture estimate there is known. */
function correct(x: Float32Array, reached: Estimate, s0: Estimate, s1: Estimate | undefined): Float32Array {
  const { level: to } = reached;
  const h = lambda(to) - lambda(s0.level);
  const growth = Math.expm1(-h);
  const scale = to.sigma / s0.level.sigma;
  const weight = -to.alpha * growth;
  if (!s1) return combine([scale, x], [weight * 0.5, s0.picture], [weight * 0.5, reached.picture]);
  const r = (lambda(s1.level) - lambda(s0.level)) / h;
  // ρ₁ + ρ₂ = b₁ and r·ρ₁ + ρ₂ = b₂
  const b1 = (growth / -h - 1) / growth;
  const b2 = (2 * ((growth / -h - 1) / -h - 0.5)) / growth;
  const rho1 = (b1 - b2) / (1 - r);
  const rho2 = b1 - rho1;
  return combine(
    [scale, x],
    [weight * (1 - rho1 / r - rho2), s0.picture],
    [(weight * rho1) / r, s1.picture],
    [weight * rho2, reached.picture],
  );
}
