// Recall at k: how often what is right stands among the k best. Must never reward a scorer that cannot tell things
// apart: equal scores count as better than the truth's.
import { AppError } from '../../core/app-error.ts';

/** Place of the truth, from 1. @param scores of every candidate, higher is better @param truth its index */
export function rankOf(scores: Float32Array, truth: number): number {
  const score = scores[truth];
  if (score === undefined)
    throw new AppError('INVALID', `candidate ${truth} is not among ${scores.length}: recall needs the truth's score`);
  return scores.filter((other) => !(other < score)).length;
}

/** Share of ranks that are at most k. */
export function recallAt(k: number, ranks: readonly number[]): number {
  return ranks.filter((rank) => rank <= k).length / ranks.length;
}
