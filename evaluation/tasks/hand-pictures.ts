// Which earlier picture a turn means, and how many pictures a reply shows: dialogues written by hand through the language function as it is
// served. Must never read a head past it: what counts is what a reply announces.
import { identify } from '../harness/identify.ts';
import { countedShare } from '../metrics/wilson.ts';
import { openSpeak, type Speak } from '../model/speak.ts';
import { parseHandDialogues, type HandDialogue } from '../sets/hand-dialogues.ts';
import { readText } from '../sets/parse-data.ts';
import { pointedAt } from './refine.ts';

/** What the reply announces, in the file's numbers. */
export type Answers = (dialogue: HandDialogue) => Promise<number>;
type Describe = (
  modelFolder: string,
  file: string,
  signal: AbortSignal,
  say: (line: string) => void,
) => Promise<string>;

/** A table by what is meant, and the dialogues that were read wrongly. @throws {AppError} INVALID, MODEL_UNAVAILABLE; the signal's reason */
export const describeMeant: Describe = (modelFolder, file, signal, say) =>
  described(modelFolder, file, signal, say, meantTables, (speak) => async ({ turns, pictures }) => {
    const { image } = await speak(turns, 'ALWAYS', 0n, signal, { maxTokens: 1 });
    return pointedAt(image, pictures) + 1;
  });

/** The same by how many are wanted. @throws {AppError} INVALID, MODEL_UNAVAILABLE; the signal's reason */
export const describeSeveral: Describe = (modelFolder, file, signal, say) =>
  described(modelFolder, file, signal, say, severalTables, (speak) => async ({ turns }) => {
    const { images } = await speak(turns, 'AUTO', 0n, signal);
    return images.length;
  });

async function described(
  modelFolder: string,
  file: string,
  signal: AbortSignal,
  say: (line: string) => void,
  tables: (dialogues: readonly HandDialogue[], answers: Answers) => Promise<string>,
  answering: (speak: Speak) => Answers,
): Promise<string> {
  const dialogues = parseHandDialogues(await readText(file), file);
  const { model, settings } = await identify(modelFolder, file);
  await using speaker = await openSpeak(model, { keeps: 'prefix' });
  const answer = answering(speaker.speak);
  let asked = 0;
  const counting: Answers = (dialogue) => {
    signal.throwIfAborted();
    if (++asked % 20 === 0) say(`${asked} of ${dialogues.length} replies`);
    return answer(dialogue);
  };
  const settingsLine = Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  return `${settingsLine}\n\n${await tables(dialogues, counting)}`;
}

export const meantTables = (dialogues: readonly HandDialogue[], answers: Answers): Promise<string> =>
  tabled(dialogues, answers, [
    ['none of them', ({ number }) => number === 0],
    ['the newest', ({ number, pictures }) => number === pictures],
    ['an older one', ({ number, pictures }) => number > 0 && number < pictures],
    ['of up to four', ({ pictures }) => pictures <= 4],
    ['of more', ({ pictures }) => pictures > 4],
    ['all', () => true],
  ]);

export const severalTables = (dialogues: readonly HandDialogue[], answers: Answers): Promise<string> =>
  tabled(dialogues, answers, [
    ['one', ({ number }) => number === 1],
    ['several', ({ number }) => number > 1],
    ['all', () => true],
  ]);

async function tabled(
  dialogues: readonly HandDialogue[],
  answers: Answers,
  groups: readonly (readonly [name: string, belongs: (dialogue: HandDialogue) => boolean])[],
): Promise<string> {
  const answered: { readonly dialogue: HandDialogue; readonly answer: number }[] = [];
  for (const dialogue of dialogues) answered.push({ dialogue, answer: await answers(dialogue) });
  const isRight = ({ dialogue, answer }: (typeof answered)[number]): boolean => answer === dialogue.number;
  const rows = groups.map(([name, belongs]) => {
    const those = answered.filter(({ dialogue }) => belongs(dialogue));
    const right = those.filter(isRight).length;
    const share = countedShare(right, those.length);
    const told = share ? `${share.value.toFixed(3)} [${share.low.toFixed(3)}, ${share.high.toFixed(3)}]` : '–';
    return `| ${name} | ${those.length} | ${right} | ${told} |`;
  });
  const wrong = answered.filter((each) => !isRight(each));
  return [
    ['| wanted | turns | right | share |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    `Wrong: ${wrong.length} of ${answered.length}.`,
    ...(wrong.length > 0 ? [wrong.map(({ dialogue, answer }) => `- ${answer}, not ${dialogue.line}`).join('\n')] : []),
  ].join('\n\n');
}
