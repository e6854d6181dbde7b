// VisDial: make the picture that ten questions and answers are about. Must never tell the caption or show a picture: the
// picture is what is to be made.
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import type { Contrast, Task } from '../harness/task.ts';
import { openPictureFolder } from '../pictures/picture.ts';
import { visDialPrompt, visDialSettings } from '../sets/prompts.ts';
import { inOtherOrder } from '../sets/other-order.ts';
import { readVisDial, visDialImageName } from '../sets/visdial.ts';
import {
  openPictureTask,
  readLabels,
  textCondition as text,
  type PictureItem,
  type SetOptions,
} from './picture-task.ts';

export const visDialFile = 'visdial_1.0_val.json';

const conditions = [
  text('1', 'right', 'text-1', 'text encoder, the first round'),
  text('5', 'right', 'text-5-right', 'text encoder, five rounds, the end cut off where they are too long'),
  text('5', 'left', 'text-5-left', 'text encoder, five rounds, the beginning cut off where they are too long'),
  text('10', 'right', 'text-10-right', 'text encoder, ten rounds, the end cut off where they are too long'),
  text('10', 'left', 'text-10-left', 'text encoder, ten rounds, the beginning cut off where they are too long'),
  text('shuffled', 'left', 'text-10-shuffled', 'control: the ten rounds in another order, beginning cut off'),
  text('10', 'left', 'text-10-other', 'control: the ten rounds of the next dialogue, beginning cut off', 'other'),
];

const contrasts: readonly Contrast[] = [
  { a: 'text-5-right', b: 'text-1', question: 'Does the text encoder gain from five rounds (cut right)?' },
  { a: 'text-10-right', b: 'text-5-right', question: 'Does it gain from ten (cut right)?' },
  { a: 'text-10-left', b: 'text-5-left', question: 'Does it gain from ten (cut left)?' },
  { a: 'text-10-left', b: 'text-10-right', question: 'Which end should be cut?' },
  { a: 'text-10-left', b: 'text-10-shuffled', question: 'Does the order of rounds matter?' },
  { a: 'text-10-left', b: 'text-10-other', question: 'Do the words matter (control)?' },
];

/** @throws {AppError} INVALID naming what the data folder lacks */
export async function openVisDial(options: SetOptions): Promise<Task> {
  const dataFile = path.join(options.dataFolder, visDialFile);
  const dialogs = await readVisDial(dataFile);
  const pictures = await openPictureFolder(path.join(options.dataFolder, 'images'));
  const labels = await readLabels(options.dataFolder);
  const items = dialogs.flatMap((dialog): PictureItem[] => {
    const name = visDialImageName(dialog.imageId);
    const truthFile = pictures.get(name);
    if (truthFile === undefined) return [];
    const shuffled = { ...dialog, rounds: inOtherOrder(dialog.rounds, name) };
    const texts = Object.fromEntries(visDialSettings.map((count) => [count, visDialPrompt(dialog, count)]));
    return [
      {
        id: String(dialog.imageId),
        truthFile,
        labels: labels?.labels[name],
        texts: { ...texts, shuffled: visDialPrompt(shuffled, shuffled.rounds.length) },
      },
    ];
  });
  if (items.length === 0)
    throw new AppError(
      'INVALID',
      `none of ${dialogs.length} dialogues has its picture under ${options.dataFolder}/images`,
    );
  return openPictureTask({ ...options, name: 'VisDial', dataFile, items, conditions, contrasts, labels });
}
