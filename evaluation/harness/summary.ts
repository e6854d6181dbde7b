// Records → figures with intervals. Must never compare two conditions over different items, or cells over different seeds.
import { compare, estimate, type Comparison, type Estimate, type Share, type Term } from '../metrics/estimate.ts';
import type { EvaluationRecord } from './records.ts';
import { namesOf, type Contrast, type Metric, type Task } from './task.ts';

export interface Summary {
  readonly metric: Metric;
  /** By condition; undefined where no cell has the metric's values, or they ask for nothing. */
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
  const shareOf = ({ numerator, denominator }: Ratio, item: string, condition: string): Share | undefined => {
    let [above, below, found] = [0, 0, false];
    for (const { values } of cells.get(JSON.stringify([item, condition])) ?? []) {
      const more = values[numerator];
      const ofThat = denominator === undefined ? 1 : values[denominator];
      if (more === undefined || ofThat === undefined) continue;
      found = true;
      above += more;
      below += ofThat;
    }
    return found ? { numerator: above, denominator: below } : undefined;
  };
  return metrics.map((metric) => {
    const options = { transform: metric.transform, resamples, seed: bootstrapSeed };
    const ratios = ratiosOf(metric);
    const hasFigure = (item: string, condition: string): boolean =>
      ratios.every((ratio) => shareOf(ratio, item, condition) !== undefined);
    /** @param own items that have a figure under the condition */
    const termsOf = (condition: string, own: readonly string[], weight = 1): Term[] =>
      ratios.map((ratio) => ({
        shares: own.map((item) => shareOf(ratio, item, condition)!),
        weight: weight / ratios.length,
      }));
    return {
      metric,
      estimates: conditions.map(({ name }) => {
        const own = items.filter((item) => hasFigure(item, name));
        return { condition: name, estimate: own.length > 0 ? estimate(termsOf(name, own), options) : undefined };
      }),
      comparisons: contrasts.flatMap((contrast) => {
        const { a, b, beyond } = contrast;
        const all = items.filter((item) => namesOf(contrast).every((name) => hasFigure(item, name)));
        if (all.length === 0) return [];
        const gain = (more: string, less: string): Term[] => [...termsOf(more, all), ...termsOf(less, all, -1)];
        const comparison = beyond
          ? compare(gain(a, b), gain(beyond.a, beyond.b), options)
          : compare(termsOf(a, all), termsOf(b, all), options);
        return comparison ? [{ contrast, comparison }] : [];
      }),
    };
  });
}

type Ratio = Pick<Metric, 'numerator' | 'denominator'>;

function ratiosOf({ numerator, denominator, over }: Metric): readonly Ratio[] {
  if (!over) return [{ numerator, ...(denominator !== undefined && { denominator }) }];
  return over.map((name) => ({
    numerator: `${name} ${numerator}`,
    ...(denominator !== undefined && { denominator: `${name} ${denominator}` }),
  }));
}
