// VisDial: make the picture that ten questions and answers are about. Must never tell the caption or show a picture: the
// picture is what is to be made.
import type { Contrast, Task } from '../harness/task.ts';
import { readDialogSet } from '../sets/picture-sets.ts';
import { found, gill, long, mini, text } from './picture-conditions.ts';
import { openPictureTask, type SetOptions } from './picture-task.ts';

const conditions = [
  text('1', 'right', 'text-1', 'text encoder, the first round'),
  text('5', 'right', 'text-5-right', 'text encoder, five rounds, the end cut off where they are too long'),
  text('5', 'left', 'text-5-left', 'text encoder, five rounds, the beginning cut off where they are too long'),
  text('10', 'right', 'text-10-right', 'text encoder, ten rounds, the end cut off where they are too long'),
  text('10', 'left', 'text-10-left', 'text encoder, ten rounds, the beginning cut off where they are too long'),
  mini('1', 'mini-1', 'the mini after GLIDE, the first round'),
  mini('10', 'mini-10', 'the mini after GLIDE, ten rounds, the beginning cut off where they are too long'),
  long('1', 'long-1', 'text encoder with a long window, the first round'),
  long('5', 'long-5', 'text encoder with a long window, five rounds'),
  long('10', 'long-10', 'text encoder with a long window, ten rounds'),
  long('shuffled', 'long-10-shuffled', 'control: it reads the ten rounds in another order'),
  long('10', 'long-10-other', 'control: it reads the ten rounds of the next dialogue', 'other'),
  gill('1', 'gill-1', 'dialogue model and mapper, the first round'),
  gill('5', 'gill-5', 'dialogue model and mapper, five rounds'),
  gill('10', 'gill-10', 'dialogue model and mapper, ten rounds'),
  found('10', 'found-10', 'retrieval alone: the picture of the gallery that the dialogue model finds by ten rounds'),
  text('shuffled', 'left', 'text-10-shuffled', 'control: the ten rounds in another order, beginning cut off'),
  text('10', 'left', 'text-10-other', 'control: the ten rounds of the next dialogue, beginning cut off', 'other'),
  gill('shuffled', 'gill-10-shuffled', 'control: the ten rounds in another order'),
  gill('10', 'gill-10-other', 'control: the ten rounds of the next dialogue', { of: 'other' }),
  gill('10', 'gill-10-random', 'control: a language model of the same shapes that learned nothing', { but: 'random' }),
  gill('10', 'gill-10-mean', 'control: the mean of what the mapper says of the first 64 dialogues', { but: 'mean' }),
];

const textGain = (side: 'left' | 'right') => ({ a: `text-10-${side}`, b: `text-5-${side}` });
const contrasts: readonly Contrast[] = [
  { a: 'gill-10', b: 'text-10-left', question: 'Is GILL better than the text encoder (cut left)?', claim: 'Primary' },
  { a: 'gill-10', b: 'text-10-right', question: 'Is GILL better than the text encoder (cut right)?', claim: 'Primary' },
  {
    a: 'gill-10',
    b: 'long-10',
    question: 'Is GILL better than the text encoder with a long window?',
    claim: 'Primary',
  },
  { a: 'gill-10', b: 'gill-1', question: 'Does GILL gain from ten rounds?', claim: 'H1' },
  {
    a: 'gill-10',
    b: 'gill-5',
    beyond: textGain('left'),
    question: 'From five to ten more than the text encoder (cut left)?',
    claim: 'H2',
  },
  { a: 'gill-10', b: 'gill-5', beyond: textGain('right'), question: 'More than it (cut right)?', claim: 'H2' },
  {
    a: 'gill-10',
    b: 'gill-5',
    beyond: { a: 'long-10', b: 'long-5' },
    question: 'More than the text encoder with a long window?',
    claim: 'H2',
  },
  { a: 'gill-10', b: 'found-10', question: 'Is drawing better than finding?' },
  { a: 'gill-10', b: 'gill-10-shuffled', question: 'Does the order of rounds matter to GILL?' },
  { a: 'gill-10', b: 'gill-10-other', question: 'Do the words matter to it (control)?' },
  { a: 'gill-10', b: 'gill-10-random', question: 'Does the language model matter (control)?' },
  { a: 'gill-10', b: 'gill-10-mean', question: 'Does the mapper say more than its mean (control)?' },
  { a: 'gill-10', b: 'mini-10', question: 'Is GILL better than the mini after GLIDE?' },
  { a: 'mini-10', b: 'mini-1', question: 'Does the mini gain from ten rounds?' },
  { a: 'long-10', b: 'long-5', question: 'Does a long window gain from ten rounds?' },
  { a: 'long-10', b: 'long-10-shuffled', question: 'Does the order of rounds matter to it?' },
  { a: 'long-10', b: 'long-10-other', question: 'Do the words matter to it (control)?' },
  { a: 'text-5-right', b: 'text-1', question: 'Does the text encoder gain from five rounds (cut right)?' },
  { a: 'text-10-right', b: 'text-5-right', question: 'Does it gain from ten (cut right)?' },
  { a: 'text-10-left', b: 'text-5-left', question: 'Does it gain from ten (cut left)?' },
  { a: 'text-10-left', b: 'text-10-right', question: 'Which end should be cut?' },
  { a: 'text-10-left', b: 'text-10-shuffled', question: 'Does the order of rounds matter to the text encoder?' },
  { a: 'text-10-left', b: 'text-10-other', question: 'Do the words matter to it (control)?' },
];

/** @throws {AppError} INVALID naming what the data folder lacks */
export async function openVisDial(options: SetOptions): Promise<Task> {
  return openPictureTask(options, await readDialogSet(options.dataFolder), conditions, contrasts);
}
