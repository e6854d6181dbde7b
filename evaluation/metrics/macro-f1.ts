// F1 of each class as a ratio of sums over items, 2·TP / (2·TP + FP + FN), so that its interval is found as any other's. Must never
// leave a class out of the mean: one that is there and never predicted counts 0.
import type { Metric } from '../harness/task.ts';

/** What one item adds to each class. */
export function f1Values<T extends string>(truth: T, predicted: T, classes: readonly T[]): Record<string, number> {
  return Object.fromEntries(
    classes.flatMap((wanted) => {
      const [isThere, isSaid] = [truth === wanted, predicted === wanted];
      return [
        [`${wanted} ${hits}`, isThere && isSaid ? 2 : 0],
        [`${wanted} ${chances}`, Number(isThere) + Number(isSaid)],
      ];
    }),
  );
}

const hits = 'F1 hits';
const chances = 'F1 chances';

/** The mean over classes, then each of them. */
export const f1Metrics = (classes: readonly string[], source: string): Metric[] => {
  const common = { numerator: hits, denominator: chances, transform: 'none', better: 'higher', source } as const;
  return [
    { ...common, name: 'macro-F1', over: classes },
    ...classes.map((wanted): Metric => ({ ...common, name: `F1 of ${wanted}`, over: [wanted] })),
  ];
};
