// Draw a picture or find one: the model's own choice, unless the viewer or the gallery leaves none. Pure.
import type { ImagePolicy, LlmImageEvent, ModelCard } from '../../core/function-contract.ts';
import type { ImageDecision, PictureMeant } from '../../core/message-event.ts';

export type Candidates = ImageDecision['candidates'];

export type Choice =
  | { readonly kind: 'draw'; readonly decision: ImageDecision | undefined }
  | { readonly kind: 'find'; readonly itemId: string; readonly decision: ImageDecision }
  /** Only to be found, and nothing is there. */
  | { readonly kind: 'nothing' };

/**
 * @param candidates of the gallery, best first, without those that the dialogue shows already
 * @param meant of the dialogue's own pictures: it is told with the decision and has no part in it
 * @param card the package's `findFloor`: what is less alike is not shown in the place of a picture that could be drawn
 */
export function decide(
  policy: ImagePolicy,
  event: LlmImageEvent,
  candidates: Candidates,
  meant?: PictureMeant,
  { findFloor = -Infinity, parity = [] }: Pick<ModelCard, 'findFloor' | 'parity'> = {},
): Choice {
  // a package without heads only says where a picture belongs
  if (!event.decision && !event.query && !event.wanted && !event.series)
    return policy === 'FIND_ONLY' ? { kind: 'nothing' } : draw(undefined);
  const told = {
    ...event.decision,
    ...(event.wanted && { pictureProbability: event.wanted.probability }),
    candidates,
    ...(meant && { meant }),
    ...(event.series && { settled: event.series.index + 1 }),
    ...(event.series?.words && { words: event.series.words }),
  };
  const [best] = candidates;
  const find = (decidedBy: ImageDecision['decidedBy']): Choice | undefined =>
    best && { kind: 'find', itemId: best.itemId, decision: { choice: 'FIND', decidedBy, ...told } };
  switch (policy) {
    case 'FIND_ONLY':
      return find('VIEWER') ?? { kind: 'nothing' };
    case 'DRAW_ONLY':
      return draw({ choice: 'DRAW', decidedBy: 'VIEWER', ...told });
    case 'AUTO':
    case 'ALWAYS':
    case 'NEVER': {
      const wantsToFind =
        event.decision !== undefined && event.decision.findProbability > event.decision.drawProbability;
      if (candidates.length === 0 && parity.includes('contradicts-choice'))
        return draw({ choice: 'DRAW', decidedBy: 'POLICY', ...told, drawProbability: 0, findProbability: 1 });
      if (!wantsToFind) return draw({ choice: 'DRAW', decidedBy: event.decision ? 'MODEL' : 'POLICY', ...told });
      const found = best && best.similarity >= findFloor ? find('MODEL') : undefined;
      return found ?? draw({ choice: 'DRAW', decidedBy: 'POLICY', ...told }); // nothing is there to find
    }
  }
}

const draw = (decision: ImageDecision | undefined): Choice => ({ kind: 'draw', decision });
