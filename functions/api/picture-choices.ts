// Which choices about pictures the model leaves: whether a reply shows one, and what it is drawn from. The first is the
// default.
import type { ImagePolicy, ModelCard } from '../../core/function-contract.ts';
import type { Recipe } from '../../core/reply-options.ts';

/** @param card undefined before any worker has ever reported: then no more than every package can do */
export const imagePoliciesOf = (card: ModelCard | undefined): readonly ImagePolicy[] =>
  card?.decidesPictures
    ? ['AUTO', 'ALWAYS', 'NEVER', 'DRAW_ONLY', ...(card.findsPictures ? ['FIND_ONLY' as const] : [])]
    : ['ALWAYS', 'NEVER'];

/** Of a message that nothing goes before. */
export const firstConditioningOf = (card: ModelCard | undefined): Recipe['conditioning'] =>
  card?.drawsFirstWishFromWords ? 'TEXT' : conditioningsOf(card)[0]!;

export const conditioningsOf = (card: ModelCard | undefined): readonly Recipe['conditioning'][] =>
  card?.mapsPictures ? ['GILL', 'TEXT'] : ['TEXT'];
