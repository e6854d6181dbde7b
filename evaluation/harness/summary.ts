// Records → figures with intervals. Must never compare two conditions over different items, or cells over different seeds.
import { compare, estimate, type Comparison, type Estimate, type Share } from '../metrics/estimate.ts';
import type { EvaluationRecord } from './records.ts';
import type { Contrast, Metric, Task } from './task.ts';

export interface Summary {
  readonly metric: Metric;
  /** By condition; undefined where no cell has the metric's values. */
  readonly estimates: readonly { readonly condition: string; readonly estimate: Estimate | undefined }[];
  readonly comparisons: readonly { readonly contrast: Contrast; readonly comparison: Comparison }[];
}

/** Any seed will do, as long as it stays. */
const bootstrapSeed = 20_230_526;

/** @param records every cell of the items, in any order */
export function summarise(
  { conditions, metrics, contrasts }: Pick<Task, 'conditions' | 'metrics' | 'contrasts'>,
  records: readonly EvaluationRecord[],
  items: readonly string[],
  resamples: number,
): readonly Summary[] {
  const cells = Map.groupBy(records, ({ item, condition }) => JSON.stringify([item, condition]));
  const shareOf = (metric: Metric, item: string, condition: string): Share | undefined => {
    let [numerator, denominator, found] = [0, 0, false];
    for (const { values } of cells.get(JSON.stringify([item, condition])) ?? []) {
      const above = values[metric.numerator];
      const below = metric.denominator === undefined ? 1 : values[metric.denominator];
      if (above === undefined || below === undefined) continue;
      found = true;
      numerator += above;
      denominator += below;
    }
    return found ? { numerator, denominator } : undefined;
  };
  return metrics.map((metric) => {
    const options = { transform: metric.transform, resamples, seed: bootstrapSeed };
    const sharesOf = (condition: string): (Share | undefined)[] =>
      items.map((item) => shareOf(metric, item, condition));
    return {
      metric,
      estimates: conditions.map(({ name }) => {
        const shares = sharesOf(name).filter((share) => share !== undefined);
        return { condition: name, estimate: shares.length > 0 ? estimate(shares, options) : undefined };
      }),
      comparisons: contrasts.flatMap((contrast) => {
        const [a, b] = [sharesOf(contrast.a), sharesOf(contrast.b)];
        const both = items.map((_, i) => i).filter((i) => a[i] !== undefined && b[i] !== undefined);
        if (both.length === 0) return [];
        const of = (shares: readonly (Share | undefined)[]): Share[] => both.map((i) => shares[i]!);
        return [{ contrast, comparison: compare(of(a), of(b), options) }];
      }),
    };
  });
}
