// Classifier-free guidance (Ho, Salimans 2022, arXiv:2207.12598, eq. 6), and with a second weight towards a parent picture
// (as in Brooks, Holynski, Efros 2022, arXiv:2211.09800, eq. 3): a few predictions of the network become the one that every
// sampler follows. Must never ask for a prediction that no weight needs.
import type { Training } from '../engine/model-package.ts';

export interface Weights {
  /** w ≥ 1 of the condition; 1 is none. */
  readonly guidance: number;
  /** k ≥ 0 of the parent picture; 1 is none. Undefined: there is no parent. */
  readonly parentGuidance?: number | undefined;
}

/** A row of the network's batch. Without a parent `told` and `untold` are given none. */
export type Row =
  /** The condition, and the parent. */
  | 'told'
  /** The null condition, and the parent. */
  | 'untold'
  /** The null condition, and no parent. */
  | 'alone';

/** What the network says in each row, shape (c, h, w), flattened; may be reused by the next call. */
export type Predictions = Readonly<Partial<Record<Row, Float32Array>>> & { readonly told: Float32Array };

export type Predict = (latent: Float32Array, time: number, signal: AbortSignal) => Promise<Predictions>;

/** The guided prediction at one point. Shape (c, h, w), flattened; a new array each time. */
export type Velocity = (latent: Float32Array, time: number, signal: AbortSignal) => Promise<Float32Array>;

export function rowsFor({ guidance, parentGuidance = 1 }: Weights): readonly Row[] {
  if (parentGuidance !== 1) return ['told', 'untold', 'alone'];
  return guidance === 1 ? ['told'] : ['told', 'untold'];
}

/** Near pure noise the predictions differ most and know least, so guidance is held back there. */
const earlyTime = 0.97;
const maxEarlyGuidance = 1.5;
const maxEarlyParentGuidance = 1;

/** w and k at time t of a flow. */
export function weightsAt(
  time: number,
  { guidance, parentGuidance = 1 }: Weights,
): { readonly guidance: number; readonly parentGuidance: number } {
  if (time < earlyTime) return { guidance, parentGuidance };
  return {
    guidance: Math.min(guidance, maxEarlyGuidance),
    parentGuidance: Math.min(parentGuidance, maxEarlyParentGuidance),
  };
}

/** v = alone + k·(untold − alone) + w·(told − untold), where rows that are missing have weight 1. */
export function guided(predict: Predict, training: Training, weights: Weights): Velocity {
  return async (latent, time, signal) => {
    const { told, untold = told, alone = untold } = await predict(latent, time, signal);
    const { guidance: w, parentGuidance: k } = weightsAt(training === 'flow' ? time : 0, weights);
    return told.map((given, i) => alone[i]! + k * (untold[i]! - alone[i]!) + w * (given - untold[i]!));
  };
}
