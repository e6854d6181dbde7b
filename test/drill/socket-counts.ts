// What readers of many sockets count, and its sums and quantiles. Must never grow with the number of events.

/** Since the last time they were asked for. */
export interface Counts {
  /** Events of replies by their age in milliseconds when they were read; the last place counts all older ones. */
  readonly ages: number[];
  ended: number;
  /** What must not be, in words: the first of them. */
  readonly problems: string[];
}

const oldestMs = 10_000;

export const noCounts = (): Counts => ({
  ages: Array.from({ length: oldestMs + 1 }, () => 0),
  ended: 0,
  problems: [],
});

export const sumCounts = (a: Counts, b: Counts): Counts => ({
  ages: a.ages.map((n, ms) => n + b.ages[ms]!),
  ended: a.ended + b.ended,
  problems: [...a.problems, ...b.problems],
});

/** @returns milliseconds; 0 where nothing was read */
export function quantileOf(ages: readonly number[], q: number): number {
  const wanted = q * ages.reduce((sum, n) => sum + n, 0);
  let below = 0;
  return Math.max(
    0,
    ages.findIndex((n) => n > 0 && (below += n) >= wanted),
  );
}

export function countAge({ ages }: Counts, ageMs: number): void {
  ages[Math.min(oldestMs, Math.max(0, ageMs))]!++;
}
