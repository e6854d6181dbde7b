// Estimates over items with their uncertainty: bootstrap intervals (Efron 1979, percentile method) and paired permutation
// tests. Must never treat seeds as items: an item's seeds are summed first, and items are what is drawn again.
import { philox } from '../../functions/engine/noise.ts';

/** What one item adds: an estimate is Σ numerator / Σ denominator, so a mean has denominators of 1. */
export interface Share {
  readonly numerator: number;
  readonly denominator: number;
}

/**
 * A part of a figure: a ratio of sums over items, times a weight. One of weight 1 is a mean or a share; two of one half are the mean
 * of two ratios, as in macro-F1; 1 and −1 a difference.
 */
export interface Term {
  /** One an item; terms of one figure hold the same items in the same order. */
  readonly shares: readonly Share[];
  readonly weight: number;
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

/**
 * Undefined where a ratio has nothing below it, so that there is no figure. Resamples in which one has nothing below it
 * are left out of the interval.
 */
export function estimate(terms: readonly Term[], options: EstimateOptions): Estimate | undefined {
  const value = valueOf(terms, options.transform);
  if (!Number.isFinite(value)) return undefined;
  return { value, ...interval(resample(terms, options)), items: countItems(terms) };
}

/** Of `a` − `b`, item by item; undefined as an estimate is. @param a terms of the same items as those of `b`, and as many */
export function compare(a: readonly Term[], b: readonly Term[], options: EstimateOptions): Comparison | undefined {
  const difference = [...a, ...b.map(({ shares, weight }) => ({ shares, weight: -weight }))];
  const found = estimate(difference, options);
  return found && { ...found, p: permutationP(a, b, found.value, options) };
}

const countItems = ([term]: readonly Term[]): number => term!.shares.length;

/** All terms of a resample lose and repeat the same items. */
function resample(terms: readonly Term[], { transform, resamples, seed }: EstimateOptions): number[] {
  const n = countItems(terms);
  return Array.from({ length: resamples }, (_, r) => {
    const sums = createSums(terms);
    for (let i = 0; i < n; i += 4) {
      const words = philox([i / 4, r, 0, 0], [seed, 0]);
      for (let k = 0; k < 4 && i + k < n; k++) sums.add(Math.floor((words[k]! / twoTo32) * n));
    }
    return sums.value(transform);
  });
}

interface Sums {
  /** @param of whose shares of the item are added; its own terms' unless told */
  readonly add: (item: number, of?: readonly Term[]) => void;
  readonly value: (transform: Transform) => number;
}

function createSums(terms: readonly Term[]): Sums {
  const above = new Float64Array(terms.length);
  const below = new Float64Array(terms.length);
  return {
    add: (item, of = terms) => {
      for (let t = 0; t < of.length; t++) {
        const { numerator, denominator } = of[t]!.shares[item]!;
        above[t]! += numerator;
        below[t]! += denominator;
      }
    },
    value: (transform) =>
      terms.reduce((sum, { weight }, t) => sum + weight * apply(above[t]! / below[t]!, transform), 0),
  };
}

function valueOf(terms: readonly Term[], transform: Transform): number {
  const sums = createSums(terms);
  for (let i = 0; i < countItems(terms); i++) sums.add(i);
  return sums.value(transform);
}

function permutationP(
  a: readonly Term[],
  b: readonly Term[],
  observed: number,
  { transform, resamples, seed }: EstimateOptions,
): number {
  const n = countItems(a);
  const differenceWhen = (swapped: (i: number) => boolean): number => {
    const [first, second] = [createSums(a), createSums(b)];
    for (let i = 0; i < n; i++) {
      const swap = swapped(i);
      first.add(i, swap ? b : a);
      second.add(i, swap ? a : b);
    }
    return first.value(transform) - second.value(transform);
  };
  // a hair below, since sums in another order differ in the last bits
  const atLeast = Math.abs(observed) * (1 - 1e-9) - 1e-12;
  // a swap that leaves no figure speaks for nothing: it counts as one that is as large
  const extreme = (swapped: (i: number) => boolean): number => (Math.abs(differenceWhen(swapped)) < atLeast ? 0 : 1);
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
