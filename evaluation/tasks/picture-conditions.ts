// Ways to come from what is told to a picture: by the text encoder, by the dialogue model and its mapper, by the dialogue model and a
// gallery, each with its controls; and the true pictures as the ends of every scale. Must never be told more than the setting says.
import type { GillManifest, ModelManifest } from '../../functions/engine/model-package.ts';
import type { Condition } from '../harness/task.ts';
import type { Telling } from '../model/teller.ts';
import type { Truncation } from '../model/text-window.ts';
import type { Of, PictureItem } from '../sets/picture-sets.ts';
import type { PromptPiece } from '../sets/prompts.ts';

/** Words → picture, by the package's own text encoder. */
interface TextCondition extends Condition {
  readonly kind: 'text';
  readonly setting: string;
  readonly truncation: Truncation;
  readonly of: Of;
}

/** Words → picture, by a text encoder with a long window. */
interface LongCondition extends Condition {
  readonly kind: 'long';
  readonly setting: string;
  readonly of: Of;
}

/** Words → pixels, by the mini after GLIDE. */
interface MiniCondition extends Condition {
  readonly kind: 'mini';
  readonly setting: string;
  readonly of: Of;
}

/** Words and pictures → the dialogue model's states → mapper → picture. */
interface GillCondition extends Condition {
  readonly kind: 'gill';
  readonly setting: string;
  readonly of: Of;
  /** Controls; `mean`: the mapper says the mean of what it says over the set. */
  readonly but?: Telling['but'] | 'mean';
}

/** Retrieval alone: the gallery's picture that the reply's query is nearest to. */
interface FoundCondition extends Condition {
  readonly kind: 'found';
  readonly setting: string;
  readonly of: Of;
}

/** A true picture instead of a made one. */
interface TruthCondition extends Condition {
  readonly kind: 'truth';
  readonly of: Of;
}

export type MadeCondition = TextCondition | LongCondition | MiniCondition | GillCondition | FoundCondition;
export type PictureCondition = MadeCondition | TruthCondition;

export const text = (
  setting: string,
  truncation: Truncation,
  name: string,
  description: string,
  of: Of = 'own',
): TextCondition => ({ kind: 'text', setting, truncation, of, name, description });

export const long = (setting: string, name: string, description: string, of: Of = 'own'): LongCondition => ({
  kind: 'long',
  setting,
  of,
  name,
  description,
});

export const mini = (setting: string, name: string, description: string): MiniCondition => ({
  kind: 'mini',
  setting,
  of: 'own',
  name,
  description,
});

export const gill = (
  setting: string,
  name: string,
  description: string,
  change: Partial<Pick<GillCondition, 'of' | 'but'>> = {},
): GillCondition => ({ kind: 'gill', setting, of: 'own', ...change, name, description });

export const found = (setting: string, name: string, description: string): FoundCondition => ({
  kind: 'found',
  setting,
  of: 'own',
  name,
  description,
});

export const truths: readonly TruthCondition[] = [
  { kind: 'truth', of: 'own', name: 'truth', description: 'the true picture itself: the best any figure can be' },
  {
    kind: 'truth',
    of: 'other',
    name: 'other-truth',
    description: 'the true picture of the next item that shares no picture: what chance gives',
  },
];

/** What no package has, each optional. */
export interface ExtraFiles {
  /** Weights of a text encoder with a long window. */
  readonly longTower: string | undefined;
  /** Folder with the weights of the mini after GLIDE. */
  readonly pixelMini: string | undefined;
}

/** What is not there that a condition needs; undefined: nothing. @param prompts of any item @param files of what no package has */
export function lackingFor(
  condition: PictureCondition,
  { gill: heads }: ModelManifest,
  prompts: PictureItem['prompts'],
  { longTower, pixelMini }: ExtraFiles,
): string | undefined {
  switch (condition.kind) {
    case 'truth':
    case 'text':
      return undefined;
    case 'long':
      return longTower === undefined ? 'text encoder with a long window: name one with --long-tower' : undefined;
    case 'mini':
      return pixelMini === undefined ? 'mini after GLIDE: name its folder with --pixel-mini' : undefined;
    case 'gill':
      if (heads?.mapper === undefined) return 'mapper';
      if (condition.but === 'messages' && heads.trainedOn === 'captions') return 'mapper that reads dialogues';
      return lackingToTell(prompts[condition.setting]!, heads);
    case 'found':
      if (heads?.choices === undefined) return 'retrieval head';
      return heads.gallery === undefined ? 'gallery' : lackingToTell(prompts[condition.setting]!, heads);
  }
}

/** Pictures that are told take an image encoder. */
const lackingToTell = (pieces: readonly PromptPiece[], heads: GillManifest): string | undefined =>
  showsPictures(pieces) && heads.vision === undefined ? 'image encoder' : undefined;

export const showsPictures = (pieces: readonly PromptPiece[]): boolean => pieces.some(({ kind }) => kind === 'image');
