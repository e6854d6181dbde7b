// Euler sampler for rectified-flow models (Liu, Gong, Liu 2022, arXiv:2209.03003, eq. 1). Knows arithmetic only: the network
// is the caller's `velocity`. Must never start a step after `signal` has fired.
//
// The paper's symbols: x(t) = (1 − t)·x₀ + t·x₁ with picture x₀ and noise x₁; v = dx/dt = x₁ − x₀.
import type { Velocity } from './guidance.ts';

export interface FlowStep {
  /** 1 … steps. */
  readonly step: number;
  /** x(t) after this step; the array is reused, so copy what must last. Shape (c, h, w), flattened. */
  readonly latent: Float32Array;
  /** The picture as it looks from here, x(t) − t·v: what a preview shows. Same shape, reused as well. */
  readonly estimate: Float32Array;
}

/**
 * Yields after every step, so that progress, previews and cancel lie in the caller's loop.
 * @param steps calls of the network, 1 to 100
 * @param start x(from), shape (c, h, w) flattened; not modified: standard normal, where nothing else is said
 * @param from where it begins, 0 < t ≤ 1
 */
export async function* flowEuler(
  velocity: Velocity,
  start: Float32Array,
  steps: number,
  signal: AbortSignal,
  from = 1,
): AsyncGenerator<FlowStep, void, void> {
  const latent = start.slice(); // (c, h, w)
  const estimate = new Float32Array(latent.length); // (c, h, w)

  for (let step = 1; step <= steps; step++) {
    signal.throwIfAborted();
    const t = from * (1 - (step - 1) / steps);
    const dt = -from / steps;
    const v = await velocity(latent, t, signal); // (c, h, w)
    for (let i = 0; i < latent.length; i++) {
      estimate[i] = latent[i]! - t * v[i]!;
      latent[i] = latent[i]! + dt * v[i]!;
    }
    yield { step, latent, estimate };
  }
}
