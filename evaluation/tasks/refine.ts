// Refinement over turns: a wish, then edits of the newest picture or of an earlier one, each answered by a picture that the
// next turn builds on. Must never tell a system anything that the server would not know at that turn.
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import { saysOtherThings } from '../../core/conditioning.ts';
import type { ParentPicture, PromptPart, PromptTurn, WireTensor } from '../../core/function-contract.ts';
import { pointedAt as meantOf } from '../../functions/llm/picture-heads.ts';
import { chooseConditions } from '../harness/choose-conditions.ts';
import { identify } from '../harness/identify.ts';
import type { Condition, Contrast, Task } from '../harness/task.ts';
import { openOracle, readSceneLabels } from '../metrics/attributes.ts';
import { openPictureFolder, readPicture, type Picture } from '../pictures/picture.ts';
import { noiseSeed, openDraw, type DrawnPicture } from '../model/draw.ts';
import { mappedOf } from '../model/gill.ts';
import { openLongText } from '../model/long-text.ts';
import { openSpeak, type Spoken } from '../model/speak.ts';
import { openTextWindow } from '../model/text-window.ts';
import { maxTurns, readRefinements, type Refinement } from '../sets/refinements.ts';
import { digestOfSet } from '../sets/set-digest.ts';
import type { SetOptions } from './picture-task.ts';
import { differenceOutside, present, refineMetrics, Tally } from './refine-metrics.ts';

export const refinementsFile = 'refinements.json';

const conditions = [
  {
    name: 'gill',
    description:
      'as the server does it: the dialogue read by the language model, mapped from what the picture it means was drawn from where the ' +
      'mapper reads that, with its noise, and else drawn over that picture; the first message by its words where the package says so',
  },
  { name: 'gill-shown', description: 'the same, from the picture that really is meant' },
  { name: 'gill-over', description: 'the same as gill, and drawn over that picture too' },
  { name: 'gill-states', description: 'mapped from the hidden states alone, and drawn over that picture' },
  {
    name: 'gill-alone',
    description: 'every message mapped from the hidden states alone, and drawn from no earlier picture',
  },
  { name: 'text-last', description: 'the text encoder on the last message alone' },
  { name: 'text-last-shown', description: 'the same, drawn from the picture that really is meant' },
  { name: 'long-all', description: 'the text encoder with a long window on all messages' },
  { name: 'text-all', description: 'the text encoder on all messages, the beginning cut off where they are too long' },
] as const satisfies readonly Condition[];
type Name = (typeof conditions)[number]['name'];

const contrasts: readonly Contrast[] = [
  { a: 'gill', b: 'text-last', question: 'Does reading the dialogue beat the last message alone?' },
  { a: 'gill', b: 'long-all', question: 'Does it beat all messages through a long window?' },
  { a: 'gill', b: 'text-all', question: 'Does it beat all messages through the text encoder?' },
  { a: 'gill-over', b: 'gill-states', question: 'Does what the earlier picture was drawn from help the mapper?' },
  { a: 'gill', b: 'gill-over', question: 'Is it better not to draw over the earlier picture as well?' },
  { a: 'gill-states', b: 'gill-alone', question: 'Does the earlier picture itself help?' },
  { a: 'gill-shown', b: 'gill', question: 'What would a perfect pointer give?' },
];

/** The answer to one turn. */
interface Answer {
  readonly picture: DrawnPicture;
  readonly said: string;
  readonly noise: bigint;
}

/** @throws {AppError} INVALID naming what the folder or the command line lacks */
export async function openRefine({
  modelFolder,
  dataFolder,
  metricFiles,
  extra: { longTower },
  only,
  precision,
  ...options
}: SetOptions): Promise<Task> {
  if (metricFiles.oracle === undefined)
    throw new AppError('INVALID', 'refine needs --oracle: its figures are attributes');
  const dataFile = path.join(dataFolder, refinementsFile);
  const dialogues = await readRefinements(dataFile);
  const { fields, labels } = await readSceneLabels(path.join(dataFolder, 'labels.json'));
  const unlabelled = dialogues.flatMap(({ turns }) => turns).find((turn) => !(turn.picture in labels));
  if (unlabelled)
    throw new AppError('INVALID', `${dataFile} names a picture "${unlabelled.picture}" that labels.json has not`);
  const truths = await openPictureFolder(path.join(dataFolder, 'images'));
  const fileOf = (name: string): string => truths.get(name) ?? path.join(dataFolder, 'images', name);
  const truthOf = (name: string): Promise<Picture> => readPicture(fileOf(name));
  const files = dialogues.flatMap(({ turns }) => turns.map((turn) => fileOf(turn.picture)));
  const pictures = await digestOfSet(dialogues.map(({ id }) => id), files, path.join(dataFolder, 'labels.json')); // prettier-ignore
  const { model, settings } = await identify(modelFolder, dataFile, precision);
  const { picture, gill } = model.manifest;
  const chosen = chooseConditions(conditions, contrasts, only, ({ name }) =>
    name.startsWith('gill') && gill?.mapper === undefined
      ? 'mapper'
      : name === 'long-all' && longTower === undefined
        ? 'text encoder with a long window: name one with --long-tower'
        : undefined,
  );

  await using stack = new AsyncDisposableStack();
  const oracle = stack.use(await openOracle(metricFiles.oracle, fields));
  const window = await openTextWindow(model);
  const readsAll = chosen.conditions.some(({ name }) => name === 'long-all');
  const longText = readsAll && longTower !== undefined ? stack.use(await openLongText(model, longTower)) : undefined;
  const { draw, drawing } = stack.use(await openDraw(model, options.drawing));
  const speaker = chosen.conditions.some(({ name }) => name.startsWith('gill'))
    ? stack.use(await openSpeak(model, { keeps: 'turns', precision }))
    : undefined;

  /** What the denoiser is given for the last of the turns, and which earlier picture. */
  async function prepare(
    name: Name,
    dialogue: Refinement,
    answers: readonly Answer[],
    seed: bigint,
    signal: AbortSignal,
  ) {
    const asked = dialogue.turns.slice(0, answers.length + 1);
    const { words, parent: meant } = asked.at(-1)!;
    const text = (said: string) => ({
      conditioning: { kind: 'TEXT', text: said } as const,
      said: '',
      isMapped: false,
      reads: false,
    });
    const allWords = asked.map((turn) => turn.words.replace(/\.$/, '')).join('. ');
    switch (name) {
      case 'text-last':
        return { ...text(window.truncate(words, 'left')), parent: -1 };
      case 'text-last-shown':
        return { ...text(window.truncate(words, 'left')), parent: meant };
      case 'long-all':
        return { ...text(''), conditioning: await longText!.read(allWords), parent: -1 };
      case 'text-all':
        return { ...text(window.truncate(allWords, 'left')), parent: -1 };
      case 'gill':
      case 'gill-shown':
      case 'gill-over':
      case 'gill-states':
      case 'gill-alone': {
        const tokensOf = {
          gill: (n: number) => answers[n]!,
          'gill-shown': () => answers[meant]!,
          'gill-over': (n: number) => answers[n]!,
          'gill-states': () => undefined,
          'gill-alone': () => undefined,
        }[name];
        const turns = toTurns(asked, answers, (n) => tokensOf(n)?.picture.conditioning);
        const spoken = await speaker!.speak(turns, 'ALWAYS', seed, signal);
        const pointed = pointedAt(spoken.image, answers.length);
        const parent = {
          gill: pointed,
          'gill-shown': meant,
          'gill-over': pointed,
          'gill-states': pointed,
          'gill-alone': -1,
        }[name];
        const reads = gill?.mapperReads?.includes('parent') && ['gill', 'gill-shown', 'gill-over'].includes(name);
        const isMapped = reads && name !== 'gill-over';
        const fromWords = answers.length === 0 && gill?.firstWish === 'words' && name !== 'gill-alone';
        const conditioning = fromWords ? text(window.truncate(words, 'left')).conditioning : mappedOf(spoken);
        return { conditioning, said: spoken.text, parent, isMapped, reads };
      }
    }
  }

  const owned = stack.move();
  return {
    name: 'Refinement',
    settings: {
      ...settings,
      pictures,
      ...drawing,
      'parent guidance': picture.parentGuidance ?? 0,
      oracle: oracle.digest.slice(0, 12),
      ...(longText && { 'long tower': `${longText.digest.slice(0, 12)}, ${longText.window.maxIds} ids` }),
      ...chosen.settings,
    },
    items: dialogues.map(({ id }) => id),
    conditions: chosen.conditions,
    metrics: refineMetrics,
    contrasts: chosen.contrasts,
    seeded: true,
    measure: async ({ index, condition, seed }, signal) => {
      const dialogue = dialogues[index]!;
      const values = new Tally();
      const answers: Answer[] = [];
      for (const [n, turn] of dialogue.turns.entries()) {
        const own = noiseSeed(index * maxTurns + n, seed);
        const { conditioning, said, parent, isMapped, reads } = await prepare(
          condition as Name,
          dialogue,
          answers,
          own,
          signal,
        );
        const changes = reads ? answers[parent] : undefined;
        const keepsNoise =
          changes && conditioning.kind === 'GILL' && saysOtherThings(conditioning.tensor, changes.picture.conditioning);
        const noise = keepsNoise ? changes.noise : own;
        const from =
          parent < 0 || isMapped || picture.parentGuidance === undefined
            ? undefined
            : parentOf(answers[parent]!, picture.parentGuidance);
        const made = await draw(conditioning, noise, signal, from);
        answers.push({ picture: made, said, noise });
        const now = labels[turn.picture]!;
        const read = await oracle.read(made);
        if (n === 0) {
          for (const i of present(fields, now, now)) values.count('first', read[i] === now[i]);
          continue;
        }
        const before = dialogue.turns[turn.parent]!;
        const then = labels[before.picture]!;
        for (const i of present(fields, now, then))
          values.count(now[i] === then[i] ? 'kept' : 'changed', read[i] === now[i]);
        values.count('pointed', parent === turn.parent);
        const outside = differenceOutside(
          await truthOf(before.picture),
          await truthOf(turn.picture),
          answers[turn.parent]!.picture,
          made,
        );
        if (outside !== undefined) values.add('outside', outside);
      }
      return { values: values.all, picture: answers.at(-1)!.picture };
    },
    truth: (id) => truthOf(dialogues.find((each) => each.id === id)!.turns.at(-1)!.picture),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** @param drawnFrom what is told of the picture of an answer */
const toTurns = (
  asked: Refinement['turns'],
  answers: readonly Answer[],
  drawnFrom: (n: number) => WireTensor | undefined,
): readonly PromptTurn[] =>
  asked.flatMap(({ words }, n): PromptTurn[] => [
    { role: 'user', parts: [{ kind: 'text', text: words }] },
    ...(n < answers.length
      ? [
          {
            role: 'assistant',
            parts: [{ kind: 'text', text: answers[n]!.said }, pictureOf(drawnFrom(n))],
          } as const,
        ]
      : []),
  ]);

const pictureOf = (drawnFrom: WireTensor | undefined): PromptPart => ({
  kind: 'image',
  produced: true,
  ...(drawnFrom && { drawnFrom }),
});

/** @returns which of `count` pictures, -1 for none */
export function pointedAt(image: Spoken['image'], count: number): number {
  return meantOf([...Array(count).keys()], image?.parent) ?? -1;
}

const parentOf = ({ picture: { latent } }: Answer, guidance: number): ParentPicture => ({ guidance, latent });
