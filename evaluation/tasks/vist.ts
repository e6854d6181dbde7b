// VIST: make the fifth picture of a story from its sentences, and from the four pictures before it. Must never show the fifth.
import type { Contrast, Task } from '../harness/task.ts';
import { readStorySet, type PictureItem } from '../sets/picture-sets.ts';
import { found, gill, long, mini, text } from './picture-conditions.ts';
import { openPictureTask, type SetOptions } from './picture-task.ts';

const conditions = [
  text('1', 'right', 'text-1', 'text encoder, last sentence alone'),
  text('5', 'right', 'text-5-right', 'text encoder, five sentences, the end cut off where they are too long'),
  text('5', 'left', 'text-5-left', 'text encoder, five sentences, the beginning cut off where they are too long'),
  mini('1', 'mini-1', 'the mini after GLIDE, last sentence alone'),
  mini('5', 'mini-5', 'the mini after GLIDE, five sentences, the beginning cut off where they are too long'),
  long('1', 'long-1', 'text encoder with a long window, last sentence alone'),
  long('5', 'long-5', 'text encoder with a long window, five sentences'),
  long('shuffled', 'long-5-shuffled', 'control: it reads the five sentences in another order'),
  long('5', 'long-5-other', 'control: it reads the five sentences of the next story', 'other'),
  gill('1', 'gill-1', 'dialogue model and mapper, last sentence alone'),
  gill('5', 'gill-5', 'dialogue model and mapper, five sentences'),
  gill('5-4', 'gill-5-4', 'dialogue model and mapper, five sentences and the four pictures between them'),
  gill('messages', 'gill-5-messages', 'the five sentences as five messages, each answered in the model’s own words', {
    but: 'messages',
  }),
  found('5', 'found-5', 'retrieval alone: the picture of the gallery that the dialogue model finds by five sentences'),
  found('5-4', 'found-5-4', 'retrieval alone: by five sentences and four pictures'),
  text('shuffled', 'left', 'text-5-shuffled', 'control: the five sentences in another order, beginning cut off'),
  text('5', 'left', 'text-5-other', 'control: the five sentences of the next story, beginning cut off', 'other'),
  gill('shuffled', 'gill-5-shuffled', 'control: the five sentences in another order'),
  gill('5', 'gill-5-other', 'control: the five sentences of the next story', { of: 'other' }),
  gill('5-4', 'gill-5-4-blank', 'control: the four pictures are grey', { but: 'blank' }),
  gill('5', 'gill-5-random', 'control: a language model of the same shapes that learned nothing', { but: 'random' }),
  gill('5', 'gill-5-mean', 'control: the mean of what the mapper says of the first 64 stories', { but: 'mean' }),
];

const textGain = (side: 'left' | 'right') => ({ a: `text-5-${side}`, b: 'text-1' });
const contrasts: readonly Contrast[] = [
  { a: 'gill-5', b: 'text-5-left', question: 'Is GILL better than the text encoder (cut left)?', claim: 'Primary' },
  { a: 'gill-5', b: 'text-5-right', question: 'Is GILL better than the text encoder (cut right)?', claim: 'Primary' },
  { a: 'gill-5', b: 'long-5', question: 'Is GILL better than the text encoder with a long window?', claim: 'Primary' },
  { a: 'gill-5', b: 'gill-1', question: 'Does GILL gain from five sentences?', claim: 'H1' },
  {
    a: 'gill-5',
    b: 'gill-1',
    beyond: textGain('left'),
    question: 'More than the text encoder (cut left)?',
    claim: 'H2',
  },
  { a: 'gill-5', b: 'gill-1', beyond: textGain('right'), question: 'More than it (cut right)?', claim: 'H2' },
  {
    a: 'gill-5',
    b: 'gill-1',
    beyond: { a: 'long-5', b: 'long-1' },
    question: 'More than the text encoder with a long window?',
    claim: 'H2',
  },
  { a: 'gill-5-4', b: 'gill-5', question: 'Do the four pictures help?', claim: 'H3' },
  { a: 'text-1', b: 'gill-1', question: 'Is the text encoder as good on one sentence?', claim: 'H4' },
  { a: 'long-1', b: 'gill-1', question: 'Is the one with a long window?', claim: 'H4' },
  { a: 'gill-5-messages', b: 'gill-5', question: 'Is a story as good in five messages, each answered?' },
  { a: 'gill-5-messages', b: 'long-5', question: 'Is GILL better so than a long window that reads the story alone?' },
  { a: 'gill-5', b: 'found-5', question: 'Is drawing better than finding?' },
  { a: 'gill-5-4', b: 'found-5-4', question: 'Is it with pictures?' },
  { a: 'gill-5', b: 'gill-5-shuffled', question: 'Does the order of sentences matter to GILL?' },
  { a: 'gill-5', b: 'gill-5-other', question: 'Do the words matter to it (control)?' },
  { a: 'gill-5-4', b: 'gill-5-4-blank', question: 'Do the pictures matter to it (control)?' },
  { a: 'gill-5', b: 'gill-5-random', question: 'Does the language model matter (control)?' },
  { a: 'gill-5', b: 'gill-5-mean', question: 'Does the mapper say more than its mean (control)?' },
  { a: 'gill-5', b: 'mini-5', question: 'Is GILL better than the mini after GLIDE?' },
  { a: 'mini-5', b: 'mini-1', question: 'Does the mini gain from five sentences?' },
  { a: 'long-5', b: 'long-1', question: 'Does a long window gain from five sentences?' },
  { a: 'long-5', b: 'long-5-shuffled', question: 'Does the order of sentences matter to it?' },
  { a: 'long-5', b: 'long-5-other', question: 'Do the words matter to it (control)?' },
  { a: 'text-5-right', b: 'text-1', question: 'Does the text encoder gain from five sentences (cut right)?' },
  { a: 'text-5-left', b: 'text-1', question: 'Does the text encoder gain from five sentences (cut left)?' },
  { a: 'text-5-left', b: 'text-5-right', question: 'Which end should be cut?' },
  { a: 'text-5-left', b: 'text-5-shuffled', question: 'Does the order of sentences matter to the text encoder?' },
  { a: 'text-5-left', b: 'text-5-other', question: 'Do the words matter to it (control)?' },
];

/** @throws {AppError} INVALID naming what the data folder lacks */
export async function openVist(options: SetOptions): Promise<Task> {
  const set = await readStorySet(options.dataFolder);
  return openPictureTask(options, set, conditions, contrasts.map(decidedBy(set)));
}

/** Stories marked by where their facts stand decide H3 where pictures alone tell some, and else everything but H3. */
export function decidedBy({
  items,
}: {
  readonly items: readonly Pick<PictureItem, 'told'>[];
}): (contrast: Contrast) => Contrast {
  const standings = new Set(items.flatMap(({ told }) => told ?? []));
  if (standings.size === 0) return (contrast) => contrast;
  return ({ claim, ...contrast }) => {
    const isDecided = claim !== undefined && (claim === 'H3') === standings.has('shown');
    return isDecided ? { ...contrast, claim } : contrast;
  };
}
