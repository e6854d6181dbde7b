// Euler sampler for rectified-flow models (Liu, Gong, Liu 2022, arXiv:2209.03003, eq. 1) with classifier-free guidance
// (Ho, Salimans 2022, arXiv:2207.12598, eq. 6). Knows arithmetic only: the network is the caller's `velocity`. Must never
// start a step after `signal` has fired.
//
// The papers' symbols: x(t) = (1 − t)·x₀ + t·x₁ with picture x₀ and noise x₁; v = dx/dt = x₁ − x₀; w = guidance weight.

/** The network at one point: v with the condition, and with the null condition unless guidance is 1. */
export interface Prediction {
  /** Shape (c, h, w), flattened; may be reused by the next call. */
  readonly conditional: Float32Array;
  readonly unconditional?: Float32Array;
}

export type Velocity = (latent: Float32Array, time: number, signal: AbortSignal) => Promise<Prediction>;

export interface FlowEulerOptions {
  /** Calls of the network, 1 to 100. */
  readonly steps: number;
  /** Weight of the conditional prediction, w ≥ 1; 1 is none. */
  readonly guidance: number;
}

export interface FlowStep {
  /** 1 … steps. */
  readonly step: number;
  /** x(t) after this step; the array is reused, so copy what must last. Shape (c, h, w), flattened. */
  readonly latent: Float32Array;
  /** The picture as it looks from here, x(t) − t·v: what a preview shows. Same shape, reused as well. */
  readonly estimate: Float32Array;
}

/** Near pure noise the two predictions differ most and know least, so guidance is held back there. */
const earlyTime = 0.97;
const maxEarlyGuidance = 1.5;

/** w at time t. */
export const guidanceAt = (time: number, guidance: number): number =>
  time < earlyTime ? guidance : Math.min(guidance, maxEarlyGuidance);

/**
 * Yields after every step, so that progress, previews and cancel lie in the caller's loop.
 * @param noise x(1), standard normal, shape (c, h, w) flattened; not modified
 */
export async function* flowEuler(
  velocity: Velocity,
  noise: Float32Array,
  { steps, guidance }: FlowEulerOptions,
  signal: AbortSignal,
): AsyncGenerator<FlowStep, void, void> {
  const latent = noise.slice(); // (c, h, w)
  const estimate = new Float32Array(latent.length); // (c, h, w)

  for (let step = 1; step <= steps; step++) {
    signal.throwIfAborted();
    const t = 1 - (step - 1) / steps;
    const dt = -1 / steps;
    const w = guidanceAt(t, guidance);
    const { conditional, unconditional } = await velocity(latent, t, signal);
    for (let i = 0; i < latent.length; i++) {
      const vCond = conditional[i]!;
      const vNull = unconditional?.[i] ?? vCond;
      const v = vNull + w * (vCond - vNull);
      estimate[i] = latent[i]! - t * v;
      latent[i] = latent[i]! + dt * v;
    }
    yield { step, latent, estimate };
  }
}
