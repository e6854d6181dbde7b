// Retrieval, as FROMAGe is measured: the true picture among all pictures of the set, found by what the dialogue model asks
// for. Must never count a picture that was shown as found.
import { AppError } from '../../core/app-error.ts';
import { fromWire, halfToFloat } from '../../functions/engine/half.ts';
import { chooseConditions } from '../harness/choose-conditions.ts';
import { identify } from '../harness/identify.ts';
import type { Condition, Contrast, Task } from '../harness/task.ts';
import { rankOf, recallAt } from '../metrics/recall.ts';
import { noiseSeed } from '../model/draw.ts';
import { similaritiesTo, type Gallery } from '../model/gallery.ts';
import { queryOf } from '../model/gill.ts';
import type { See } from '../model/see.ts';
import { speedOf, timed } from '../model/stopwatch.ts';
import { createTeller, type Telling } from '../model/teller.ts';
import { readPicture, type PictureFolder } from '../pictures/picture.ts';
import { itemOf, readPictureSet, type Of } from '../sets/picture-sets.ts';
import { mean, recallPlaces } from './picture-metrics.ts';
import type { SetOptions } from './picture-task.ts';

interface QueryCondition extends Condition, Pick<Telling, 'but'> {
  readonly setting: string;
  readonly of: Of;
}

const query = (
  setting: string,
  name: string,
  description: string,
  change: Partial<QueryCondition> = {},
): QueryCondition => ({ setting, of: 'own', ...change, name, description });

const ofStories = [
  query('1', 'query-1', 'asked for by the last sentence alone'),
  query('5', 'query-5', 'by five sentences'),
  query('5-4', 'query-5-4', 'by five sentences and the four pictures between them, which are no candidates'),
  query('shuffled', 'query-5-shuffled', 'control: by the five sentences in another order'),
  query('5', 'query-5-other', 'control: by the five sentences of the next story', { of: 'other' }),
  query('5-4', 'query-5-4-blank', 'control: the four pictures are grey', { but: 'blank' }),
  query('5', 'query-5-random', 'control: a language model of the same shapes that learned nothing', { but: 'random' }),
];
const storyContrasts: readonly Contrast[] = [
  { a: 'query-5', b: 'query-1', question: 'Do five sentences help?' },
  { a: 'query-5-4', b: 'query-5', question: 'Do the four pictures help?' },
  { a: 'query-5', b: 'query-5-shuffled', question: 'Does the order of sentences matter?' },
  { a: 'query-5', b: 'query-5-other', question: 'Do the words matter (control)?' },
  { a: 'query-5-4', b: 'query-5-4-blank', question: 'Do the pictures matter (control)?' },
  { a: 'query-5', b: 'query-5-random', question: 'Does the language model matter (control)?' },
];
const ofDialogues = [
  query('1', 'query-1', 'asked for by the first round'),
  query('5', 'query-5', 'by five rounds'),
  query('10', 'query-10', 'by ten rounds'),
  query('shuffled', 'query-10-shuffled', 'control: by the ten rounds in another order'),
  query('10', 'query-10-other', 'control: by the ten rounds of the next dialogue', { of: 'other' }),
  query('10', 'query-10-random', 'control: a language model of the same shapes that learned nothing', {
    but: 'random',
  }),
];
const dialogueContrasts: readonly Contrast[] = [
  { a: 'query-5', b: 'query-1', question: 'Do five rounds help?' },
  { a: 'query-10', b: 'query-5', question: 'Do ten?' },
  { a: 'query-10', b: 'query-10-shuffled', question: 'Does the order of rounds matter?' },
  { a: 'query-10', b: 'query-10-other', question: 'Do the words matter (control)?' },
  { a: 'query-10', b: 'query-10-random', question: 'Does the language model matter (control)?' },
];

/** @throws {AppError} INVALID naming what the data folder or the package lacks */
export async function openRetrieval({ modelFolder, dataFolder, only, precision }: SetOptions): Promise<Task> {
  const set = await readPictureSet(dataFolder);
  const { items, pictures } = set;
  const { model, settings } = await identify(modelFolder, set.dataFile, precision);
  const heads = model.manifest.gill;
  const [all, contrasts] = set.name === 'VIST' ? [ofStories, storyContrasts] : [ofDialogues, dialogueContrasts];
  const { conditions, ...chosen } = chooseConditions(all, contrasts, only, () => {
    if (heads?.choices === undefined) return 'retrieval head';
    return heads.vision === undefined ? 'image encoder' : undefined; // candidates are seen whatever the setting
  });

  await using stack = new AsyncDisposableStack();
  const teller = stack.use(createTeller(model, pictures, precision));
  const names = [...pictures.keys()];
  let candidates: Pick<Gallery, 'embeddings'> | undefined;
  const named = (name: string): QueryCondition => conditions.find((each) => each.name === name)!;
  // as the head that is asked has learned
  const howOf = ({ but }: QueryCondition): Telling => ({ layout: 'served', but });

  const owned = stack.move();
  return {
    name: `Retrieval, ${set.name}`,
    settings: { ...settings, ...set.identity, candidates: names.length, ...chosen.settings },
    items: items.map(({ id }) => id),
    conditions,
    metrics: recallPlaces.map((k) =>
      mean(`R@${k}`, 'higher', `how often the true picture is among the ${k} that fit best; those shown are left out`),
    ),
    contrasts: chosen.contrasts,
    seeded: true,
    prepare: async (name, signal) => {
      await teller.load(howOf(named(name)), true); // the candidates are
      candidates ??= { embeddings: await embedAll(pictures, teller.see, signal) };
    },
    measure: ({ index, condition: name, seed }, signal) => {
      const condition = named(name);
      const { prompts } = itemOf(items, index, condition.of);
      const pieces = prompts[condition.setting]!;
      const shown = new Set(pieces.flatMap((piece) => (piece.kind === 'image' ? [piece.imageId] : [])));
      return timed(async () => {
        const spoken = await teller.tell(pieces, howOf(condition), noiseSeed(index, seed), signal);
        const scores = similaritiesTo(queryOf(spoken), candidates!);
        const rank = rankAmongUnshown(scores, names, items[index]!.imageId, shown);
        const values = Object.fromEntries(recallPlaces.map((k) => [`R@${k}`, recallAt(k, [rank])]));
        return { values, said: spoken.text, speed: speedOf(spoken, undefined) };
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function embedAll(pictures: PictureFolder, see: See, signal: AbortSignal): Promise<Float32Array[]> {
  const out: Float32Array[] = [];
  for (const file of pictures.values()) {
    signal.throwIfAborted();
    const { embedding } = await see(await readPicture(file), signal);
    if (!embedding)
      throw new AppError('MODEL_UNAVAILABLE', 'the image encoder has no head that a gallery finds pictures by');
    out.push(halfToFloat(fromWire(embedding)));
  }
  return out;
}

/** Place of the truth, from 1. @param scores of all names, higher is better @param shown names that are no candidates */
export function rankAmongUnshown(
  scores: Float32Array,
  names: readonly string[],
  truth: string,
  shown: ReadonlySet<string>,
): number {
  const left = names.flatMap((name, i) => (shown.has(name) ? [] : [i]));
  return rankOf(
    Float32Array.from(left, (i) => scores[i]!),
    left.indexOf(names.indexOf(truth)),
  );
}
