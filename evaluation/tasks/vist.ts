// VIST: make the fifth picture of a story from its sentences. Must never look at stories whose pictures are not all there:
// every condition is measured over the same stories.
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import type { Contrast, Task } from '../harness/task.ts';
import { openPictureFolder } from '../pictures/picture.ts';
import { promptText, vistPrompt } from '../sets/prompts.ts';
import { inOtherOrder } from '../sets/other-order.ts';
import { readVist } from '../sets/vist.ts';
import {
  openPictureTask,
  readLabels,
  textCondition as text,
  type PictureItem,
  type SetOptions,
} from './picture-task.ts';

export const vistFile = 'val.story-in-sequence.json';

const conditions = [
  text('1', 'right', 'text-1', 'text encoder, last sentence alone'),
  text('5', 'right', 'text-5-right', 'text encoder, five sentences, the end cut off where they are too long'),
  text('5', 'left', 'text-5-left', 'text encoder, five sentences, the beginning cut off where they are too long'),
  text('shuffled', 'left', 'text-5-shuffled', 'control: the five sentences in another order, beginning cut off'),
  text('5', 'left', 'text-5-other', 'control: the five sentences of the next story, beginning cut off', 'other'),
];

const contrasts: readonly Contrast[] = [
  { a: 'text-5-right', b: 'text-1', question: 'Does the text encoder gain from five sentences (cut right)?' },
  { a: 'text-5-left', b: 'text-1', question: 'Does the text encoder gain from five sentences (cut left)?' },
  { a: 'text-5-left', b: 'text-5-right', question: 'Which end should be cut?' },
  { a: 'text-5-left', b: 'text-5-shuffled', question: 'Does the order of sentences matter?' },
  { a: 'text-5-left', b: 'text-5-other', question: 'Do the words matter (control)?' },
];

/** @throws {AppError} INVALID naming what the data folder lacks */
export async function openVist(options: SetOptions): Promise<Task> {
  const dataFile = path.join(options.dataFolder, vistFile);
  const stories = await readVist(dataFile);
  const pictures = await openPictureFolder(path.join(options.dataFolder, 'images'));
  const labels = await readLabels(options.dataFolder);
  const items = stories
    .filter(({ frames }) => frames.every(({ imageId }) => pictures.has(imageId)))
    .map((story): PictureItem => {
      const { imageId } = story.frames.at(-1)!;
      return {
        id: story.id,
        truthFile: pictures.get(imageId)!,
        labels: labels?.labels[imageId],
        texts: {
          1: promptText(vistPrompt(story, '1-caption')),
          5: promptText(vistPrompt(story, '5-captions')),
          shuffled: promptText(vistPrompt({ ...story, frames: inOtherOrder(story.frames, story.id) }, '5-captions')),
        },
      };
    });
  if (items.length === 0)
    throw new AppError(
      'INVALID',
      `none of ${stories.length} stories has all its pictures under ${options.dataFolder}/images`,
    );
  return openPictureTask({ ...options, name: 'VIST', dataFile, items, conditions, contrasts, labels });
}
