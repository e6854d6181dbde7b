// VIST and VisDial as items that have a true picture and are told in several settings. Must never hold an item whose pictures are not
// all there: every condition is measured over the same ones.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import { readSceneLabels, type SceneLabels, type Standing } from '../metrics/attributes.ts';
import { openPictureFolder, type PictureFolder } from '../pictures/picture.ts';
import { inOtherOrder } from './other-order.ts';
import { digestOfSet } from './set-digest.ts';
import { visDialPrompt, visDialSettings, vistPrompt, type PromptPiece } from './prompts.ts';
import { readVisDial, visDialImageName } from './visdial.ts';
import { readVist } from './vist.ts';

export interface PictureItem {
  readonly id: string;
  /** Name of the true picture. */
  readonly imageId: string;
  readonly truthFile: string;
  /** Of the true picture's scene, where the set has them. */
  readonly labels: readonly number[] | undefined;
  /** Where each of them stands, in a story that is marked so. */
  readonly told: readonly (Standing | null)[] | undefined;
  /** What is told under each setting. */
  readonly prompts: Readonly<Record<string, readonly PromptPiece[]>>;
}

export interface PictureSet {
  readonly name: 'VIST' | 'VisDial';
  /** What it was read from. */
  readonly dataFile: string;
  readonly items: readonly PictureItem[];
  /** By their names: all that lie in the folder. */
  readonly pictures: PictureFolder;
  readonly labels: SceneLabels | undefined;
  /** Heads the settings of a run beside the data file's digest. */
  readonly identity: { readonly pictures: string };
}

const vistFile = 'val.story-in-sequence.json';
export const visDialFile = 'visdial_1.0_val.json';

/** The set whose file lies in the folder. @throws {AppError} INVALID when neither does */
export function readPictureSet(folder: string): Promise<PictureSet> {
  if (existsSync(path.join(folder, vistFile))) return readStorySet(folder);
  if (existsSync(path.join(folder, visDialFile))) return readDialogSet(folder);
  throw new AppError('INVALID', `${folder} holds neither ${vistFile} nor ${visDialFile}`);
}

/** Settings `1`, `5`, `5-4`, `messages`, which is 5 in as many pieces, and `shuffled`, which is 5 in another order. @throws {AppError} INVALID naming what the folder lacks */
export async function readStorySet(folder: string): Promise<PictureSet> {
  const dataFile = path.join(folder, vistFile);
  const stories = await readVist(dataFile);
  return completeSet('VIST', folder, dataFile, `${stories.length} stories`, (pictures) =>
    stories
      .filter(({ frames }) => frames.every(({ imageId }) => pictures.has(imageId)))
      .map((story) => ({
        id: story.id,
        imageId: story.frames.at(-1)!.imageId,
        prompts: {
          1: vistPrompt(story, '1-caption'),
          5: vistPrompt(story, '5-captions'),
          '5-4': vistPrompt(story, '5-captions-4-images'),
          messages: story.frames.map(({ caption }) => ({ kind: 'text', text: caption })),
          shuffled: vistPrompt({ ...story, frames: inOtherOrder(story.frames, story.id) }, '5-captions'),
        },
      })),
  );
}

/** Settings `1`, `5`, `10`, and `shuffled`, which is 10 in another order. @throws {AppError} INVALID naming what the folder lacks */
export async function readDialogSet(folder: string): Promise<PictureSet> {
  const dataFile = path.join(folder, visDialFile);
  const dialogs = await readVisDial(dataFile);
  const told = (text: string): PromptPiece[] => [{ kind: 'text', text }];
  return completeSet('VisDial', folder, dataFile, `${dialogs.length} dialogues`, (pictures) =>
    dialogs.flatMap((dialog) => {
      const imageId = visDialImageName(dialog.imageId);
      if (!pictures.has(imageId)) return [];
      const { rounds } = dialog;
      const shuffled = { ...dialog, rounds: inOtherOrder(rounds, imageId) };
      const prompts = visDialSettings.map((count) => [count, told(visDialPrompt(dialog, count))] as const);
      return [
        {
          id: String(dialog.imageId),
          imageId,
          prompts: { ...Object.fromEntries(prompts), shuffled: told(visDialPrompt(shuffled, rounds.length)) },
        },
      ];
    }),
  );
}

/** The true picture, and all that some setting shows. */
const picturesOf = ({ imageId, prompts }: PictureItem): readonly string[] => [
  imageId,
  ...Object.values(prompts).flatMap((pieces) =>
    pieces.flatMap((piece) => (piece.kind === 'image' ? [piece.imageId] : [])),
  ),
];

/** Whose words, or whose picture: the item's, or those of the next, around the end, that shares no picture with it. */
export type Of = 'own' | 'other';

/** Published stories are often told anew of the same photographs. @throws {AppError} INVALID where there is no such other item */
export function itemOf(items: readonly PictureItem[], index: number, of: Of): PictureItem {
  if (of === 'own') return items[index]!;
  const own = new Set(picturesOf(items[index]!));
  for (let i = 1; i < items.length; i++) {
    const other = items[(index + i) % items.length]!;
    if (!picturesOf(other).some((imageId) => own.has(imageId))) return other;
  }
  throw new AppError('INVALID', `no other item shares no picture with ${items[index]!.id}: leave the controls out`);
}

async function completeSet(
  name: PictureSet['name'],
  folder: string,
  dataFile: string,
  all: string,
  toItems: (pictures: PictureFolder) => readonly Pick<PictureItem, 'id' | 'imageId' | 'prompts'>[],
): Promise<PictureSet> {
  const pictures = await openPictureFolder(path.join(folder, 'images'));
  const labelsFile = path.join(folder, 'labels.json');
  const labels = existsSync(labelsFile) ? await readSceneLabels(labelsFile) : undefined;
  const items = toItems(pictures).map((item) => ({
    ...item,
    truthFile: pictures.get(item.imageId)!,
    labels: labels?.labels[item.imageId],
    told: labels?.told?.[item.imageId],
  }));
  if (items.length === 0) throw new AppError('INVALID', `none of ${all} has all its pictures under ${folder}/images`);
  const seen = items.flatMap((item) => picturesOf(item).map((imageId) => pictures.get(imageId)!));
  const digest = await digestOfSet(items.map(({ id }) => id), seen, labels && labelsFile); // prettier-ignore
  return { name, dataFile, items, pictures, labels, identity: { pictures: digest } };
}
