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
const bucketsPerUnit = 128;

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
  const draw = uniform(seed, position);
  if (topP === 1) {
    const weightOf = (id: number): number => Math.exp((logits[id]! - peak) / temperature);
    let total = 0;
    for (let id = 0; id < logits.length; id++) total += weightOf(id);
    return walk(logits.length, weightOf, draw * total) ?? likeliest;
  }

  // Weights are counted into buckets by depth below the likeliest, so that at most one bucket is sorted and only the nucleus
  // is gone through again: sorting a vocabulary would take longer than the network.
  const sums = new Float64Array(negligible * bucketsPerUnit);
  let total = 0;
  for (let id = 0; id < logits.length; id++) {
    const depth = (peak - logits[id]!) / temperature;
    if (depth >= negligible) continue;
    const weight = Math.exp(-depth);
    sums[Math.floor(depth * bucketsPerUnit)]! += weight;
    total += weight;
  }
  const { ids, weights } = nucleus(logits, peak, temperature, borderBucket(sums, topP * total));
  const place = walk(ids.length, (i) => weights[i]!, draw * weights.reduce((sum, each) => sum + each, 0));
  return place === undefined ? likeliest : ids[place]!;
}

/**
 * Where the sum of weights reaches `target`; undefined only when rounding left a trace of it behind the last. In order of ids,
 * so that rounding in an order by weight can never move the outcome of a draw.
 */
function walk(count: number, weightOf: (i: number) => number, target: number): number | undefined {
  let left = target;
  for (let i = 0; i < count; i++) {
    left -= weightOf(i);
    if (left < 0) return i;
  }
  return undefined;
}

interface Border {
  /** The bucket in which the sum from the likeliest on reaches what is wanted. */
  readonly bucket: number;
  /** How much of that bucket is wanted. */
  readonly within: number;
}

function borderBucket(sums: Float64Array, wanted: number): Border {
  let held = 0;
  let bucket = 0;
  while (bucket < sums.length - 1 && held + sums[bucket]! < wanted) held += sums[bucket++]!;
  return { bucket, within: wanted - held };
}

/** The fewest largest weights that reach the border, by id; 0 for those of its bucket that are not needed. */
function nucleus(
  logits: Float32Array,
  peak: number,
  temperature: number,
  { bucket, within }: Border,
): { readonly ids: readonly number[]; readonly weights: readonly number[] } {
  const ids: number[] = [];
  const weights: number[] = [];
  const atBorder: number[] = [];
  const lowest = peak - ((bucket + 2) / bucketsPerUnit) * temperature; // nearly all are told by one comparison
  for (let id = 0; id < logits.length; id++) {
    if (logits[id]! < lowest) continue;
    const depth = (peak - logits[id]!) / temperature;
    const place = Math.floor(depth * bucketsPerUnit);
    if (place > bucket) continue;
    if (place === bucket) atBorder.push(ids.length);
    ids.push(id);
    weights.push(Math.exp(-depth));
  }
  let lacking = within;
  for (const i of atBorder.sort((a, b) => weights[b]! - weights[a]! || a - b)) {
    const weight = weights[i]!;
    if (lacking <= 0) weights[i] = 0;
    lacking -= weight;
  }
  return { ids, weights };
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
