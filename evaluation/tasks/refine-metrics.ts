// What is counted at every turn of a refinement: fields that the edit changed and left, and pixels where nothing should have moved. Must
// never count a field of a place where nothing stands.
import { AppError } from '../../core/app-error.ts';
import type { Metric } from '../harness/task.ts';
import type { SceneLabels } from '../metrics/attributes.ts';
import type { Picture } from '../pictures/picture.ts';

const share = (name: string, of: string, better: Metric['better'] = 'higher'): Metric => ({
  name,
  numerator: `${name} right`,
  denominator: `${name} asked`,
  transform: 'none',
  better,
  source: of,
});

export const refineMetrics: readonly Metric[] = [
  share('changed', 'share of the fields that an edit changes that the pixel oracle reads right after it'),
  share(
    'kept',
    'share of the fields that an edit leaves, of settings and of things that are or were there, that it reads right',
  ),
  share('first', 'share of the fields of a first picture that it reads right'),
  share('pointed', 'share of the edits that are drawn from the picture that is meant'),
  share(
    'outside',
    'mean difference of pixels from the picture that is meant, 0 to 255, where the true pictures of both are the same',
    'lower',
  ),
];

export class Tally {
  readonly all: Record<string, number> = {};
  count(name: string, isRight: boolean): void {
    this.add(name, isRight ? 1 : 0);
  }
  add(name: string, amount: number): void {
    this.all[`${name} right`] = (this.all[`${name} right`] ?? 0) + amount;
    this.all[`${name} asked`] = (this.all[`${name} asked`] ?? 0) + 1;
  }
}

/** Fields of the settings, and of slots where something stands in one scene or the other. */
export function present(fields: SceneLabels['fields'], a: readonly number[], b: readonly number[]): readonly number[] {
  const filled = new Set(
    fields.flatMap(({ field, slot, classes }, i) =>
      field === 'kind' && (a[i] !== classes - 1 || b[i] !== classes - 1) ? [slot] : [],
    ),
  );
  return fields.flatMap(({ slot }, i) => (slot === null || filled.has(slot) ? [i] : []));
}

/** @returns mean absolute difference of two drawn pictures where two true ones, of half their side, are the same; undefined: nowhere */
export function differenceOutside(
  trueBefore: Picture,
  trueNow: Picture,
  before: Picture,
  now: Picture,
): number | undefined {
  const scale = before.width / trueBefore.width;
  if (!Number.isInteger(scale))
    throw new AppError(
      'INVALID',
      `pictures of ${before.width} pixels cannot be laid over true ones of ${trueBefore.width}`,
    );
  let [sum, count] = [0, 0];
  for (let y = 0; y < before.height; y++) {
    for (let x = 0; x < before.width; x++) {
      const truth = 3 * (Math.floor(y / scale) * trueBefore.width + Math.floor(x / scale));
      if ([0, 1, 2].some((c) => trueBefore.rgb[truth + c] !== trueNow.rgb[truth + c])) continue;
      const at = 3 * (y * before.width + x);
      for (let c = 0; c < 3; c++) sum += Math.abs(before.rgb[at + c]! - now.rgb[at + c]!);
      count += 3;
    }
  }
  return count === 0 ? undefined : sum / count;
}
