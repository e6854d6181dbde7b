// Drawing from words, for any set whose items have texts and a true picture: the text-conditioned baseline with its
// truncations, its controls, and the true pictures as the ends of every scale. Must never give two conditions different noise.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chooseConditions } from '../harness/choose-conditions.ts';
import { identify } from '../harness/identify.ts';
import type { Condition, Contrast, Metric, Task } from '../harness/task.ts';
import { readSceneLabels, type SceneLabels } from '../metrics/attributes.ts';
import { readPicture } from '../pictures/picture.ts';
import { noiseSeed, openDraw, type Drawing } from '../model/draw.ts';
import { openTextWindow, type Truncation } from '../model/text-window.ts';
import { openPictureMetrics, type MetricFiles, type TruePicture } from './picture-metrics.ts';

export interface PictureItem extends TruePicture {
  readonly id: string;
  /** What the item says under each setting. */
  readonly texts: Readonly<Record<string, string>>;
}

/** What the command line gives, whatever the set. */
export type SetOptions = Pick<PictureTaskOptions, 'modelFolder' | 'only' | 'metricFiles' | 'drawing'> & {
  /** Folder with the set's JSON file, `images/`, and `labels.json` where the scenes are known. */
  readonly dataFolder: string;
};

/** Words → picture, by the package's own text encoder. */
interface TextCondition extends Condition {
  readonly kind: 'text';
  readonly setting: string;
  readonly truncation: Truncation;
  /** `other`: the words of the next item. */
  readonly of: 'own' | 'other';
}

/** A true picture instead of a drawn one: the item's own, or the next item's. */
interface TruthCondition extends Condition {
  readonly kind: 'truth';
  readonly of: 'own' | 'other';
}

export interface PictureTaskOptions {
  readonly name: string;
  readonly modelFolder: string;
  /** File that the set was read from; its digest goes into the settings. */
  readonly dataFile: string;
  readonly items: readonly PictureItem[];
  readonly conditions: readonly TextCondition[];
  readonly contrasts: readonly Contrast[];
  /** Names of the conditions wanted; all when undefined. */
  readonly only: readonly string[] | undefined;
  readonly labels: SceneLabels | undefined;
  readonly metricFiles: MetricFiles;
  /** In place of the package's defaults. */
  readonly drawing: Partial<Drawing>;
}

export const textCondition = (
  setting: string,
  truncation: Truncation,
  name: string,
  description: string,
  of: TextCondition['of'] = 'own',
): TextCondition => ({ kind: 'text', setting, truncation, of, name, description });

/** Of the scenes that the true pictures show, where the set knows them. @throws {AppError} INVALID */
export async function readLabels(dataFolder: string): Promise<SceneLabels | undefined> {
  const file = path.join(dataFolder, 'labels.json');
  return existsSync(file) ? readSceneLabels(file) : undefined;
}

const truths: readonly TruthCondition[] = [
  { kind: 'truth', of: 'own', name: 'truth', description: 'the true picture itself: the best any figure can be' },
  {
    kind: 'truth',
    of: 'other',
    name: 'other-truth',
    description: 'the true picture of the next item: what chance gives',
  },
];

const cutMetric: Metric = {
  name: 'cut',
  numerator: 'cut',
  transform: 'none',
  better: 'neither',
  source: 'share of texts that are longer than the text encoder’s window',
};

/** @throws {AppError} INVALID for conditions there are not; MODEL_UNAVAILABLE for weights that do not fit */
export async function openPictureTask(options: PictureTaskOptions): Promise<Task> {
  const { items, only, modelFolder, name } = options;
  const { model, settings } = await identify(modelFolder, options.dataFile);
  const { conditions, ...chosen } = chooseConditions(
    [...truths, ...options.conditions],
    options.contrasts,
    only,
    () => undefined,
  );

  await using stack = new AsyncDisposableStack();
  const metrics = stack.use(await openPictureMetrics(options.metricFiles, items, options.labels?.fields));
  const window = await openTextWindow(model);
  const { draw, drawing } = stack.use(await openDraw(model, options.drawing));
  const next = (index: number): PictureItem => items[(index + 1) % items.length]!;

  const owned = stack.move();
  return {
    name,
    settings: {
      ...settings,
      ...drawing,
      'text window': window.maxIds,
      metrics: metrics.metrics
        .map(({ name: metric, source }) => `${metric} (${source.split(', ').at(-1)!})`)
        .join('; '),
      ...chosen.settings,
    },
    items: items.map(({ id }) => id),
    conditions,
    metrics: [...metrics.metrics, cutMetric],
    contrasts: chosen.contrasts,
    seeded: true,
    measure: async ({ index, condition: wanted, seed }, signal) => {
      const item = items[index]!;
      const condition = conditions.find((candidate) => candidate.name === wanted)!;
      const source = condition.of === 'own' ? item : next(index);
      if (condition.kind === 'truth')
        return { values: await metrics.measure(await readPicture(source.truthFile), index) };
      const text = source.texts[condition.setting]!;
      const words = window.truncate(text, condition.truncation);
      const made = await draw({ kind: 'TEXT', text: words }, noiseSeed(index, seed), signal);
      const cut = window.countIds(text) > window.maxIds ? 1 : 0;
      return { values: { ...(await metrics.measure(made, index)), cut }, picture: made };
    },
    truth: (id) => readPicture(items.find((item) => item.id === id)!.truthFile),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
