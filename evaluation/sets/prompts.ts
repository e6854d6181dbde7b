// What a model is told in each setting of VIST and VisDial: the published layouts, to the character. Must never tell a
// model the caption of a dialogue or the picture that it has to make.
import { AppError } from '../../core/app-error.ts';
import type { Dialog } from './visdial.ts';
import type { Story } from './vist.ts';

/** Texts and pictures in order, without anything between them. */
export type PromptPiece =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'image'; readonly imageId: string };

export const vistSettings = ['1-caption', '5-captions', '5-captions-4-images'] as const;
export type VistSetting = (typeof vistSettings)[number];

/** VisDial's settings: the first N rounds. */
export const visDialSettings = [1, 5, 10] as const;

/** The fifth picture is what is to be made, so it is never told. */
export function vistPrompt({ frames }: Story, setting: VistSetting): readonly PromptPiece[] {
  const captions = frames.map(({ caption }) => caption);
  switch (setting) {
    case '1-caption':
      return [{ kind: 'text', text: captions.at(-1)! }];
    case '5-captions':
      // the published joiner is not known; one space, for every model alike
      return [{ kind: 'text', text: captions.join(' ') }];
    case '5-captions-4-images':
      return frames.flatMap(({ caption, imageId }, i): PromptPiece[] => [
        { kind: 'text', text: caption },
        ...(i < frames.length - 1 ? [{ kind: 'image', imageId } as const] : []),
      ]);
  }
}

/** The first `count` rounds as one text that ends with an answer. */
export function visDialPrompt({ rounds }: Dialog, count: number): string {
  return rounds
    .slice(0, count)
    .map(({ question, answer }) => `Q: ${question}?\nA: ${answer}`)
    .join('\n');
}

/** For models that read words alone. @throws {AppError} INVALID when the prompt holds a picture */
export function promptText(pieces: readonly PromptPiece[]): string {
  return pieces
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      throw new AppError('INVALID', `a text encoder cannot read picture ${piece.imageId} of the prompt`);
    })
    .join('');
}
