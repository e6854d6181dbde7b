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

  const peak = logits[likeliest]!;
  const weights = new Float64Array(logits.length); // 0 for what is out
  for (let id = 0; id < logits.length; id++) {
    const depth = (peak - logits[id]!) / temperature;
    if (depth < negligible) weights[id] = Math.exp(-depth);
  }
  if (topP < 1) keepNucleus(weights, topP);

  // in order of ids, so that rounding in an order by weight can never move the outcome of a draw
  let left = uniform(seed, position) * sum(weights);
  for (let id = 0; id < weights.length; id++) {
    left -= weights[id]!;
    if (left < 0) return id;
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

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

/**
 * Zeroes all but the fewest largest weights that hold the share `topP` of the sum. Weights are counted into buckets by
 * their logarithm, so that only one bucket is sorted: sorting a vocabulary would take longer than the network.
 */
function keepNucleus(weights: Float64Array, topP: number): void {
  const wanted = topP * sum(weights);
  const sums = new Float64Array(buckets);
  const places = new Uint16Array(weights.length);
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id]!;
    if (weight === 0) continue;
    const place = Math.min(buckets - 1, Math.floor((-Math.log(weight) / negligible) * buckets));
    places[id] = place;
    sums[place]! += weight;
  }
  let border = 0;
  let held = 0;
  while (border < buckets - 1 && held + sums[border]! < wanted) held += sums[border++]!;

  const atBorder: number[] = [];
  for (let id = 0; id < weights.length; id++) {
    if (weights[id] === 0) continue;
    if (places[id] === border) atBorder.push(id);
    else if (places[id]! > border) weights[id] = 0;
  }
  atBorder.sort((a, b) => weights[b]! - weights[a]! || a - b);
  for (const id of atBorder) {
    if (held >= wanted) weights[id] = 0;
    else held += weights[id]!;
  }
}
