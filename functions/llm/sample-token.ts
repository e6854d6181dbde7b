// Chooses the next token from its logits: repetition penalty, temperature, nucleus (Holtzman et al. 2020), one draw.
// Must never hold state: the draw at a position is a function of (seed, position), so an interrupted reply goes on as it
// would have.
import { philox } from '../engine/noise.ts';

export interface SamplingOptions {
  /** 0 is greedy. */
  readonly temperature: number;
  /** The smallest set of likeliest tokens whose probabilities reach this. */
  readonly topP: number;
  /** Divides positive and multiplies negative logits of repeated tokens (Keskar et al. 2019, CTRL). 1 is none. */
  readonly repetitionPenalty: number;
  /** Unsigned 64-bit. */
  readonly seed: bigint;
}

/** Tokens that this much (in units of temperature) separates from the likeliest have no weight in float64 sums. */
const negligible = 40;
const buckets = 4096;

/**
 * @param logits shape (V); changed by the penalty
 * @param repeated distinct tokens that the penalty applies to
 * @param position of the token in the reply, from 0
 */
export function sampleToken(
  logits: Float32Array,
  { temperature, topP, repetitionPenalty, seed }: SamplingOptions,
  repeated: ReadonlySet<number>,
  position: number,
): number {
  if (repetitionPenalty !== 1) {
    for (const id of repeated) logits[id]! *= logits[id]! > 0 ? 1 / repetitionPenalty : repetitionPenalty;
  }
  const likeliest = argmax(logits);
  if (temperature === 0) return likeliest;

  const candidates: number[] = [];
  const weights: number[] = [];
  const peak = logits[likeliest]!;
  for (let id = 0; id < logits.length; id++) {
    const depth = (peak - logits[id]!) / temperature;
    if (depth > negligible) continue;
    candidates.push(id);
    weights.push(Math.exp(-depth));
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kept = topP < 1 ? nucleus(weights, topP * total) : weights.map((_, i) => i);

  // in order of ids, so that rounding in the sort key can never move the outcome of a draw
  let left = uniform(seed, position) * kept.reduce((sum, i) => sum + weights[i]!, 0);
  for (const i of kept) {
    left -= weights[i]!;
    if (left < 0) return candidates[i]!;
  }
  return likeliest; // only when rounding left a trace of the sum behind the last token
}

/** In [0, 1), with 53 random bits. */
export function uniform(seed: bigint, position: number): number {
  const key = [Number(BigInt.asUintN(32, seed)), Number(BigInt.asUintN(32, seed >> 32n))] as const;
  const [high, low] = philox([position, 0, 0, 0], key);
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}

function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/**
 * Indices, ascending, of the fewest largest weights that sum to `mass` at least. Weights are counted into buckets by
 * their logarithm first, so that only one bucket is sorted: sorting a vocabulary would take longer than the network.
 */
function nucleus(weights: readonly number[], mass: number): number[] {
  const bucketOf = (weight: number): number =>
    Math.min(buckets - 1, Math.floor((-Math.log(weight) / negligible) * buckets));
  const sums = new Float64Array(buckets);
  const places = weights.map(bucketOf);
  for (const [i, place] of places.entries()) sums[place]! += weights[i]!;
  let border = 0;
  let sum = 0;
  while (border < buckets - 1 && sum + sums[border]! < mass) sum += sums[border++]!;

  const kept: number[] = [];
  const atBorder: number[] = [];
  for (const [i, place] of places.entries()) {
    if (place < border) kept.push(i);
    else if (place === border) atBorder.push(i);
  }
  atBorder.sort((a, b) => weights[b]! - weights[a]! || a - b);
  for (const i of atBorder) {
    if (sum >= mass && kept.length > 0) break;
    kept.push(i);
    sum += weights[i]!;
  }
  return kept.sort((a, b) => a - b);
}
