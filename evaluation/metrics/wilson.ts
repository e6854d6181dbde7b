// The interval of a share of things that were counted (Wilson 1927), which stays within 0 and 1 and holds for few and for extreme
// ones. Must never be used for items that are measured more than once.

export interface CountedShare {
  readonly value: number;
  /** Bounds of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** Of the normal distribution, for 95 % two-sided. */
const z = 1.959963984540054;

/** @returns undefined for a share of nothing */
export function countedShare(hits: number, of: number): CountedShare | undefined {
  if (of === 0) return undefined;
  const value = hits / of;
  const shrunk = 1 + z ** 2 / of;
  const middle = (value + z ** 2 / (2 * of)) / shrunk;
  const half = (z / shrunk) * Math.sqrt((value * (1 - value)) / of + z ** 2 / (4 * of ** 2));
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
