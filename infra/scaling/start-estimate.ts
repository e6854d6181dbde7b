// How long whoever waits for a sleeping worker will still wait, learned from those who waited before. Pure: earlier starts in,
// milliseconds out. Must never promise what no start has shown.

/** Newest first; older ones say little of today's weights and instances. */
const remembered = 9;
/** A job that waited longer did not wait for a start, but for quota, or for a laptop that was off. */
export const longestStartMs = 30 * 60_000;
/** A state that changed with every look would be sent to every reader each time. */
const roundMs = 5_000;

/**
 * @param startsMs what earlier starts took, newest first
 * @param waitedMs how long this one has been waited for
 * @returns undefined before any start was seen, and once this one takes longer than the median of them
 */
export function estimateStart(startsMs: readonly number[], waitedMs: number): number | undefined {
  const known = startsMs.slice(0, remembered).toSorted((a, b) => a - b);
  const median = known[Math.floor(known.length / 2)];
  if (median === undefined) return undefined;
  const leftMs = median - Math.max(0, waitedMs);
  return leftMs > 0 ? Math.ceil(leftMs / roundMs) * roundMs : undefined;
}
