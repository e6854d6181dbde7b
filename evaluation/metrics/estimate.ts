// Estimates over items with their uncertainty: bootstrap intervals (Efron 1979, percentile method) and paired permutation
// tests. Must never treat seeds as items: an item's seeds are summed first, and items are what is drawn again.
import { philox } from '../../functions/engine/noise.ts';

/** What one item adds: an estimate is Σ numerator / Σ denominator, so a mean has denominators of 1. */
export interface Share {
  readonly numerator: number;
  readonly denominator: number;
}

export interface Estimate {
  readonly value: number;
  /** Bounds of the 95 % interval. */
  readonly low: number;
  readonly high: number;
  readonly items: number;
}

export interface Comparison extends Estimate {
  /** Two-sided: how often swapping the two within items gives a difference at least as large. */
  readonly p: number;
}

/** `exp` for perplexity, whose numerator is a sum of negative log likelihoods. */
export type Transform = 'none' | 'exp';

export interface EstimateOptions {
  readonly transform: Transform;
  readonly resamples: number;
  readonly seed: number;
}

const coverage = 0.95;
/** Up to this many items every one of 2ⁿ swaps is tried. */
const exactItems = 12;
const twoTo32 = 2 ** 32;

export function estimate(shares: readonly Share[], options: EstimateOptions): Estimate {
  const { transform, resamples, seed } = options;
  const n = shares.length;
  const value = ratio(shares, transform);
  const draws = Array.from({ length: resamples }, (_, r) => resampled(shares, r, seed, transform));
  return { value, ...interval(draws), items: n };
}

/** Of `a` − `b`, item by item. @param a as many as `b`, of the same items in the same order */
export function compare(a: readonly Share[], b: readonly Share[], options: EstimateOptions): Comparison {
  const { transform, resamples, seed } = options;
  const n = a.length;
  const value = ratio(a, transform) - ratio(b, transform);
  const draws = Array.from(
    { length: resamples },
    (_, r) => resampled(a, r, seed, transform) - resampled(b, r, seed, transform),
  );
  return { value, ...interval(draws), items: n, p: permutationP(a, b, value, options) };
}

/** Both sides of a comparison are drawn by the same (seed, resample), so they lose and repeat the same items. */
function resampled(shares: readonly Share[], resample: number, seed: number, transform: Transform): number {
  const n = shares.length;
  let [numerator, denominator] = [0, 0];
  for (let i = 0; i < n; i += 4) {
    const words = philox([i / 4, resample, 0, 0], [seed, 0]);
    for (let k = 0; k < 4 && i + k < n; k++) {
      const share = shares[Math.floor((words[k]! / twoTo32) * n)]!;
      numerator += share.numerator;
      denominator += share.denominator;
    }
  }
  return apply(numerator / denominator, transform);
}

function permutationP(
  a: readonly Share[],
  b: readonly Share[],
  observed: number,
  { transform, resamples, seed }: EstimateOptions,
): number {
  const n = a.length;
  const differenceWhen = (swapped: (i: number) => boolean): number => {
    let [an, ad, bn, bd] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const [first, second] = swapped(i) ? [b[i]!, a[i]!] : [a[i]!, b[i]!];
      an += first.numerator;
      ad += first.denominator;
      bn += second.numerator;
      bd += second.denominator;
    }
    return apply(an / ad, transform) - apply(bn / bd, transform);
  };
  // a hair below, since sums in another order differ in the last bits
  const atLeast = Math.abs(observed) * (1 - 1e-9);
  const extreme = (swapped: (i: number) => boolean): number => (Math.abs(differenceWhen(swapped)) >= atLeast ? 1 : 0);
  if (n <= exactItems) {
    let count = 0;
    for (let mask = 0; mask < 2 ** n; mask++) count += extreme((i) => ((mask >> i) & 1) === 1);
    return count / 2 ** n;
  }
  let count = 1; // the observed one is a permutation too, so p is never 0
  for (let r = 0; r < resamples; r++) {
    const words = new Map<number, readonly number[]>();
    count += extreme((i) => {
      const block = i >> 7;
      const bits = words.get(block) ?? philox([block, r, 1, 0], [seed, 0]);
      words.set(block, bits);
      return ((bits[(i >> 5) & 3]! >>> (i & 31)) & 1) === 1;
    });
  }
  return count / (resamples + 1);
}

const apply = (value: number, transform: Transform): number => (transform === 'exp' ? Math.exp(value) : value);

function ratio(shares: readonly Share[], transform: Transform): number {
  let [numerator, denominator] = [0, 0];
  for (const share of shares) {
    numerator += share.numerator;
    denominator += share.denominator;
  }
  return apply(numerator / denominator, transform);
}

function interval(draws: number[]): { readonly low: number; readonly high: number } {
  const sorted = draws.filter(Number.isFinite).sort((x, y) => x - y);
  return { low: quantile(sorted, (1 - coverage) / 2), high: quantile(sorted, (1 + coverage) / 2) };
}

/** Between neighbours by straight line, as numpy's default. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}
