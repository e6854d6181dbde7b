// Captioning: the language model is shown a picture and asked what is in it. What its answer names is held against the scene. Must
// never show it anything of the scene but the picture. In the served layout, whatever the mapper learned from: the image encoder did.
import { AppError } from '../../core/app-error.ts';
import { chooseConditions } from '../harness/choose-conditions.ts';
import { identify } from '../harness/identify.ts';
import type { Condition, Contrast, Metric, Task } from '../harness/task.ts';
import { createNamer, namedFigures } from '../metrics/named-fields.ts';
import { noiseSeed } from '../model/draw.ts';
import { openSee } from '../model/see.ts';
import { openSpeak } from '../model/speak.ts';
import { timed } from '../model/stopwatch.ts';
import { greyPicture, readPicture } from '../pictures/picture.ts';
import { itemOf, readPictureSet } from '../sets/picture-sets.ts';
import type { SetOptions } from './picture-task.ts';

const question = 'What is in this picture?';

const all = [
  { name: 'picture', description: `the picture, then "${question}"` },
  { name: 'other-picture', description: 'control: the next item’s picture' },
  { name: 'blank', description: 'control: a grey picture' },
] as const satisfies readonly Condition[];

const contrasts: readonly Contrast[] = [
  { a: 'picture', b: 'other-picture', question: 'Is it the picture that is named (control)?' },
  { a: 'picture', b: 'blank', question: 'Does seeing help (control)?' },
];

const metrics = namedFigures.map((figure): Metric => ({
  name: figure === 'right' ? 'right of what is named' : figure,
  numerator: `${figure} hits`,
  denominator: `${figure} asked`,
  transform: 'none',
  better: 'higher',
  source:
    figure === 'right'
      ? 'share of what the answer names that the picture shows'
      : `how often the answer names a ${figure} that the picture shows, of those that it can be asked to name`,
}));

/** @throws {AppError} INVALID naming what the data folder or the package lacks */
export async function openCaptioning({ modelFolder, dataFolder, only, precision }: SetOptions): Promise<Task> {
  const { name, dataFile, items, labels, identity } = await readPictureSet(dataFolder);
  if (!labels) throw new AppError('INVALID', `${dataFolder} has no labels.json: captions are held against the scenes`);
  const unlabelled = items.find((item) => item.labels === undefined);
  if (unlabelled)
    throw new AppError('INVALID', `labels.json of ${dataFolder} says nothing of the picture "${unlabelled.imageId}"`);
  const namer = createNamer(labels.fields);
  const { model, settings } = await identify(modelFolder, dataFile, precision);
  const { conditions, ...chosen } = chooseConditions<(typeof all)[number]>(all, contrasts, only, () =>
    model.manifest.gill?.vision === undefined ? 'image encoder' : undefined,
  );

  await using stack = new AsyncDisposableStack();
  const { see } = stack.use(await openSee(model));
  const { speak } = stack.use(await openSpeak(model, { keeps: 'prefix', precision }));
  const { width, height } = model.manifest.picture;
  const shownTo = async (condition: string, index: number) => {
    if (condition === 'blank') return greyPicture(width, height);
    return readPicture(itemOf(items, index, condition === 'picture' ? 'own' : 'other').truthFile);
  };

  const owned = stack.move();
  return {
    name: `Captioning, ${name}`,
    settings: { ...settings, ...identity, question, ...chosen.settings },
    items: items.map(({ id }) => id),
    conditions,
    metrics,
    contrasts: chosen.contrasts,
    seeded: true,
    measure: ({ index, condition, seed }, signal) =>
      timed(async () => {
        const startedAt = performance.now();
        const { rows } = await see(await shownTo(condition, index), signal);
        const seenMs = performance.now() - startedAt;
        const parts = [
          { kind: 'image', produced: false, rows },
          { kind: 'text', text: question },
        ] as const;
        const { text, firstTokenMs } = await speak([{ role: 'user', parts }], 'NEVER', noiseSeed(index, seed), signal);
        const shares = namer.score(text, items[index]!.labels!);
        const values = Object.fromEntries(
          namedFigures.flatMap((figure) => [
            [`${figure} hits`, shares[figure].numerator],
            [`${figure} asked`, shares[figure].denominator],
          ]),
        );
        return { values, said: text, speed: firstTokenMs === undefined ? {} : { firstTokenMs: seenMs + firstTokenMs } };
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
