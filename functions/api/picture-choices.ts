// Which choices about pictures the model leaves: whether a reply shows one, and what it is drawn from. The first is the
// default.
import type { ImagePolicy, ModelCard } from '../../core/function-contract.ts';
import type { Recipe } from '../../core/reply-options.ts';

/** FIND_ONLY waits for a package that can find. */
type OfferedPolicy = Exclude<ImagePolicy, 'FIND_ONLY'>;

/** @param card undefined before any worker has ever reported: then no more than every package can do */
export const imagePoliciesOf = (card: ModelCard | undefined): readonly OfferedPolicy[] =>
  card?.decidesPictures ? ['AUTO', 'ALWAYS', 'NEVER', 'DRAW_ONLY'] : ['ALWAYS', 'NEVER'];

export const conditioningsOf = (card: ModelCard | undefined): readonly Recipe['conditioning'][] =>
  card?.mapsPictures ? ['GILL', 'TEXT'] : ['TEXT'];
