// What every sampler is given and gives: one interface, so that a sampler is arithmetic alone. Must never know a network.
//
// The papers' symbols: x = α·x₀ + σ·ε with picture x₀ and noise ε; λ = log(α / σ). Formulas of the samplers beside this
// file are homogeneous in (x, α, σ): they hold for a diffusion model, where α² + σ² = 1, and as they stand for a flow
// model, where α = 1 − t and σ = t. That is the whole change of variables.

/** A place on the way from noise to picture. */
export interface NoiseLevel {
  /** What the network is told. */
  readonly time: number;
  readonly alpha: number;
  readonly sigma: number;
}

/** What the network makes of a latent, shapes (c, h, w) flattened; new arrays each time. */
export interface Denoised {
  /** Estimated x₀. */
  readonly picture: Float32Array;
  /** Estimated ε. */
  readonly noise: Float32Array;
}

export type Denoise = (latent: Float32Array, level: NoiseLevel, signal: AbortSignal) => Promise<Denoised>;

export interface SamplerStep {
  /** 1, 2, …: calls of the network so far. */
  readonly step: number;
  /** After this step. Shape (c, h, w), flattened. */
  readonly latent: Float32Array;
  /** The picture as it looks from here: what a preview shows. */
  readonly estimate: Float32Array;
}

/**
 * Yields after every call of the network, so that progress, previews and cancel lie in the caller's loop.
 * @param levels from noise to picture, one more than steps between them
 * @param start standard normal, scaled to the first level; not modified
 * @param freshNoise for samplers that add noise on the way
 */
export type Sampler = (
  denoise: Denoise,
  levels: readonly NoiseLevel[],
  start: Float32Array,
  signal: AbortSignal,
  freshNoise: (step: number) => Float32Array,
) => AsyncGenerator<SamplerStep, void, void>;

export const lambda = ({ alpha, sigma }: NoiseLevel): number => Math.log(alpha) - Math.log(sigma);

/** Σ weight · array, in float64 before it is stored. */
export function combine(...terms: readonly (readonly [weight: number, array: Float32Array])[]): Float32Array {
  const out = new Float32Array(terms[0]![1].length);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (const [weight, array] of terms) sum += weight * array[i]!;
    out[i] = sum;
  }
  return out;
}
