// Making the picture that words and pictures tell of, for any set whose items have a true picture, under any of the conditions. Must
// never measure two conditions over different items.
import type { Standing } from '../metrics/attributes.ts';
import type { Contrast, Metric, Task } from '../harness/task.ts';
import type { Precision } from '../../functions/llm/decoder-graph.ts';
import { chooseConditions } from '../harness/choose-conditions.ts';
import { identify } from '../harness/identify.ts';
import type { Drawing } from '../model/draw.ts';
import { mapperLayout } from '../model/gill.ts';
import { readPicture } from '../pictures/picture.ts';
import { itemOf, type PictureSet } from '../sets/picture-sets.ts';
import { openPictureMaker } from './make-picture.ts';
import {
  lackingFor,
  truths,
  type ExtraFiles,
  type MadeCondition,
  type PictureCondition,
} from './picture-conditions.ts';
import { openPictureMetrics, type MetricFiles } from './picture-metrics.ts';

/** What the command line gives, whatever the set. */
export interface SetOptions {
  readonly modelFolder: string;
  /** Folder with the set's JSON file, `images/`, and `labels.json` where the scenes are known. */
  readonly dataFolder: string;
  /** Names of the conditions wanted; all when undefined. */
  readonly only: readonly string[] | undefined;
  readonly metricFiles: MetricFiles;
  /** Without one of them its conditions are left out. */
  readonly extra: ExtraFiles;
  /** In place of the package's defaults. */
  readonly drawing: Partial<Drawing>;
  /** Of the language model. */
  readonly precision: Precision;
}

const cutMetric: Metric = {
  name: 'cut',
  numerator: 'cut',
  transform: 'none',
  better: 'neither',
  source: 'share of texts that are longer than the text encoder’s window',
};

/** How many facts of the items' pictures stand where: what tells two sets of stories apart. */
function standingsOf(items: PictureSet['items']): Record<string, string> {
  const all = items.flatMap(({ told }) => told ?? []);
  const count = (where: Standing): number => all.filter((each) => each === where).length;
  if (all.length === 0) return {};
  return { facts: `${count('before')} said before the last sentence, ${count('last')} in it, ${count('shown')} shown` };
}

/** @throws {AppError} INVALID for conditions there are not; MODEL_UNAVAILABLE for weights that do not fit */
export async function openPictureTask(
  { modelFolder, only, metricFiles, extra, drawing, precision }: SetOptions,
  set: PictureSet,
  made: readonly MadeCondition[],
  contrasts: readonly Contrast[],
): Promise<Task> {
  const { items } = set;
  const { model, settings } = await identify(modelFolder, set.dataFile, precision);
  const { conditions, ...chosen } = chooseConditions<PictureCondition>(
    [...truths, ...made],
    contrasts,
    only,
    (condition) => lackingFor(condition, model.manifest, items[0]!.prompts, extra),
  );

  await using stack = new AsyncDisposableStack();
  const metrics = stack.use(await openPictureMetrics(metricFiles, items, set.labels?.fields));
  const isWanted = (kind: MadeCondition['kind']): boolean => conditions.some((condition) => condition.kind === kind);
  const wanted = {
    longTower: isWanted('long') ? extra.longTower : undefined,
    pixelMini: isWanted('mini') ? extra.pixelMini : undefined,
  };
  const maker = stack.use(await openPictureMaker(model, set, drawing, wanted, precision));
  const named = (name: string): PictureCondition => conditions.find((each) => each.name === name)!;

  const owned = stack.move();
  return {
    name: set.name,
    settings: {
      ...settings,
      ...set.identity,
      ...maker.drawing,
      'text window': maker.textWindow,
      ...(maker.longText && { 'long tower': maker.longText }),
      ...(maker.pixelMini && { 'pixel mini': maker.pixelMini }),
      'layout for the mapper': mapperLayout(model),
      ...standingsOf(items),
      metrics: metrics.metrics.map(({ name, source }) => `${name} (${source.split(', ').at(-1)!})`).join('; '),
      ...chosen.settings,
    },
    items: items.map(({ id }) => id),
    conditions,
    metrics: [...metrics.metrics, cutMetric],
    contrasts: chosen.contrasts,
    seeded: true,
    prepare: async (name, signal) => {
      const condition = named(name);
      if (condition.kind !== 'truth') await maker.prepare(condition, signal);
    },
    measure: async ({ index, condition: name, seed }, signal) => {
      const condition = named(name);
      if (condition.kind === 'truth') {
        const { truthFile } = itemOf(items, index, condition.of);
        return { values: await metrics.measure(await readPicture(truthFile), index) };
      }
      const { values, ...cell } = await maker.make(condition, index, seed, signal);
      return { values: { ...(await metrics.measure(cell.picture, index)), ...values }, ...cell };
    },
    truth: (id) => readPicture(items.find((item) => item.id === id)!.truthFile),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
