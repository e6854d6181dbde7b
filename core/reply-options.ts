// How a reply is made, every default filled in, as stored on the message; and the recipe of a picture. Both are JSON in
// one column, so a field added later must have a default where it is read.

import type { ImagePolicy } from './function-contract.ts';

/** Chosen by reading replies of the bundled model: below this penalty it wanders less, above it repeats itself less. */
export const defaultSampling = { temperature: 0.3, topP: 0.9, repetitionPenalty: 1.1 } as const;

export interface ReplyOptions {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly repetitionPenalty: number;
  /** Unsigned 64-bit integer in decimal. */
  readonly seed: string;
  readonly images: ImagePolicy;
  /** Added to the gate's logit; 0 where it is absent. */
  readonly imageBias?: number;
  readonly image: ReplyImageOptions;
}

export interface ReplyImageOptions extends ImageOptions {
  /** Pictures drawn for the wish, with seeds that follow each other; 1 where it is absent. */
  readonly takes?: number;
  /**
   * Where the viewer chose the seed or asked for another answer. Absent, as in what was stored before there was the choice: a picture
   * that changes an earlier one begins with its noise.
   */
  readonly ownNoise?: true;
  /** Absent: what the language function mapped, and the words where it has no mapper. */
  readonly conditioning?: Recipe['conditioning'];
}

export interface ImageOptions {
  readonly sampler: string;
  readonly steps: number;
  readonly guidance: number;
  /** Unsigned 64-bit integer in decimal. */
  readonly seed: string;
  readonly width: number;
  readonly height: number;
}

/** Everything needed to draw the same picture again. */
export interface Recipe extends ImageOptions {
  /** TEXT: the words are encoded. GILL: a tensor is kept with the picture, mapped from the language model's states. */
  readonly conditioning: 'TEXT' | 'GILL';
  /** What TEXT encodes: the words of the viewer's message. */
  readonly words: string;
  /** The picture that this one is drawn from, beside the conditioning. Absent: none. */
  readonly parent?: RecipeParent;
  /** The rest is known once drawing has started. */
  readonly conditioningDigest?: string;
  readonly model?: string;
  readonly modelDigest?: string;
  readonly executionProvider?: string;
}

export interface RecipeParent {
  /** The row's UUID. */
  readonly imageId: string;
  /** How much is kept of it: 0 to `limits.maxStrength`. */
  readonly guidance: number;
  /** Of the latent that the denoiser was given; known once drawing has started. */
  readonly sha256?: string;
}

/** Whether a repeated recipe gave the same pixels, pixels that people cannot tell apart, or others. */
export type Sameness = 'EXACT' | 'NEAR' | 'DIFFERENT';

/** One recipe a take: the same but for the seed, which counts up. */
export function toTakes(recipe: Recipe, takes: number): Recipe[] {
  return Array.from({ length: takes }, (_, i) => ({
    ...recipe,
    seed: ((BigInt(recipe.seed) + BigInt(i)) % 2n ** 64n).toString(),
  }));
}

const maxAltCodePoints = 200;

/** The sentence for people who do not see the picture. */
export function drawnFor(words: string): string {
  // what turns writing round would turn the sentence too
  const points = Array.from(words.replaceAll(/\s+/g, ' ').replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, ''));
  return `Picture drawn for: ${points.length > maxAltCodePoints ? `${points.slice(0, maxAltCodePoints).join('')}…` : points.join('')}`;
}

/** Why something ended without a result, as stored. */
export interface Failure {
  readonly code:
    'MODEL_UNAVAILABLE' | 'CONTEXT_TOO_LONG' | 'DEADLINE_EXCEEDED' | 'UPLOAD_REJECTED' | 'STORAGE' | 'INTERNAL';
  readonly message: string;
  readonly retryable: boolean;
}
