// Why a reply shows a picture or none, as a person is told. Where the model was not asked there is nothing to tell.
import type { PictureDecision, ReplyState } from '../../clients/ts/index.ts';

const found = { DRAW: 'drawn', FIND: 'found in the gallery' } as const;

export function explainPictureShown(decision: PictureDecision | null | undefined): string | null {
  if (!decision) return null;
  const { choice, pictureProbability } = decision;
  if (pictureProbability === null) return `It was ${found[choice]}`;
  return `The model took it that a picture was wanted (${percent(pictureProbability)}); it was ${found[choice]}`;
}

export function explainNoPicture({ parts, pictureProbability }: ReplyState): string | null {
  if (pictureProbability === null || parts.some(({ kind }) => kind === 'image')) return null;
  // one was wanted, and to be found
  if (pictureProbability > 0.5) return 'No picture: the gallery holds none that this dialogue has not shown';
  return `No picture: the model took it that none was wanted (${percent(1 - pictureProbability)})`;
}

/** Never certain: a gate is not. */
const percent = (share: number): string =>
  share > 0.99 ? 'over 99 %' : share < 0.01 ? 'under 1 %' : `${Math.round(100 * share)} %`;
