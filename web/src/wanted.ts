// Why a reply shows a picture or none, as a person is told. Where the model was not asked there is nothing to tell.
import type { PictureDecision, ReplyState } from '../../clients/ts/index.ts';

const found = { DRAW: 'drawn', FIND: 'found in the gallery' } as const;

const chooser = {
  MODEL: 'the model',
  VIEWER: 'you: it was asked for',
  POLICY: 'nobody: there was one way only',
} as const;

export function explainPictureShown(decision: PictureDecision | null | undefined): string | null {
  if (!decision) return null;
  const { choice, pictureProbability } = decision;
  if (pictureProbability === null) return `It was ${found[choice]}`;
  return `The model took it that a picture was wanted (${percent(pictureProbability)}); it was ${found[choice]}`;
}

/** Name and value of each line about drawing or finding. */
export function explainChoice(decision: PictureDecision | null | undefined): readonly (readonly [string, string])[] {
  if (!decision || decision.drawProbability === null || decision.findProbability === null) return [];
  return [
    ['To be drawn', percent(decision.drawProbability)],
    ['To be found', percent(decision.findProbability)],
    ['Chosen by', chooser[decision.decidedBy]],
  ];
}

export function explainNoPicture({ noPicture, pictureProbability }: ReplyState): string | null {
  if (noPicture === null || pictureProbability === null) return null;
  return noPicture === 'NOTHING_FOUND'
    ? 'No picture: the gallery holds none that this dialogue has not shown'
    : `No picture: the model took it that none was wanted (${percent(1 - pictureProbability)})`;
}

/** Never certain: a model is not. */
export const percent = (share: number): string =>
  share > 0.99 ? 'over 99 %' : share < 0.01 ? 'under 1 %' : `${Math.round(100 * share)} %`;
