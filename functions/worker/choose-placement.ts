// From an `image` event of the language function to what comes in its place: new pictures with their recipes, one of the
// gallery that the dialogue has not shown yet, or nothing.
import { saysOtherThings } from '../../core/conditioning.ts';
import type { LlmImageEvent, ModelCard, WireTensor } from '../../core/function-contract.ts';
import { limits } from '../../core/limits.ts';
import type { FoldedPart, PictureMeant } from '../../core/message-event.ts';
import { drawnFor, toTakes, type Recipe } from '../../core/reply-options.ts';
import type { Dialogue } from '../../infra/database/dialogue.ts';
import { createGallery } from '../../infra/database/gallery.ts';
import type { ClaimedJob } from '../../infra/database/jobs.ts';
import { chooseParent, isMeant, readPointer } from './choose-parent.ts';
import { decide, type Candidates } from './decide.ts';
import type { WorkerParts } from './parts.ts';
import type { Placement } from './reply-writer.ts';

/**
 * @param drawnFrom what the mapper was told of earlier pictures (read-drawn-from.ts)
 * @param foundHere items of the gallery that this attempt has put into the reply
 */
export async function choosePlacement(
  parts: WorkerParts,
  job: ClaimedJob,
  dialogue: Dialogue,
  event: LlmImageEvent,
  drawnFrom: ReadonlyMap<string, WireTensor>,
  foundHere: readonly string[],
): Promise<Placement> {
  const meant = readPointer(dialogue, event);
  const candidates = await searchGallery(parts, job, dialogue, event, foundHere);
  const choice = decide(dialogue.options.images, event, candidates, meant, parts.modelCard());
  switch (choice.kind) {
    case 'nothing':
      return choice;
    case 'find':
      return { kind: 'find', found: { itemId: choice.itemId, decision: choice.decision } };
    case 'draw': {
      const { decision } = choice;
      const from =
        dialogue.options.image.conditioning ?? defaultConditioning(dialogue, event, meant, parts.modelCard());
      const words = event.series?.words || wordsOf(dialogue);
      const modelDigest = parts.modelCard()?.modelDigest;
      const conditioning = from === 'TEXT' || !event.conditioning ? undefined : { ...event.conditioning, modelDigest };
      // where nobody tells what is said of which, all would be drawn from the same words: one is
      if (!conditioning && event.series && event.series.index > 0 && !event.series.words) return { kind: 'nothing' };
      // words alone say what is drawn and nothing of what was there
      const parent = conditioning && (await chooseParent(parts, job.viewerId, dialogue, meant));
      // a mapper that began at what the picture was drawn from has what is to be kept: to draw over its latent as well holds back what
      // is to be changed, and passes on what was not drawn well (docs/evaluation.md, figures of refinement)
      const before = parent && drawnFrom.get(parent.imageId);
      const drawnOver = parent && !before ? { parent: { imageId: parent.imageId, guidance: parent.guidance } } : {};
      // what is not spoken of would move with other noise; but where nothing is said that was not there, other noise is what is asked for
      const keepsNoise = before && !dialogue.options.image.ownNoise && saysOtherThings(conditioning, before);
      const recipes = recipesOf(dialogue, event, {
        words,
        conditioning: conditioning ? 'GILL' : 'TEXT',
        ...drawnOver,
        ...(keepsNoise && parent.seed !== undefined && { seed: parent.seed }),
      });
      const alt = drawnFor(words);
      const query = event.query && modelDigest !== undefined ? { ...event.query, modelDigest } : undefined;
      return { kind: 'draw', picture: { recipes, alt, decision, conditioning, query, parentId: parent?.imageId } };
    }
  }
}

/**
 * A wish that nothing goes before says all in its words, and so do the parts of one for several pictures that mean no earlier one; whatever
 * came before is only in what the language model has read.
 */
function defaultConditioning(
  { turns }: Dialogue,
  { series }: LlmImageEvent,
  meant: PictureMeant | undefined,
  card: ModelCard | undefined,
): Recipe['conditioning'] {
  const isOfWords = turns.at(-1)!.parts.every(({ kind }) => kind === 'text');
  const isFirst = series ? series.words !== undefined && !isMeant(meant) : turns.length === 1;
  return isOfWords && isFirst && card?.drawsFirstWishFromWords ? 'TEXT' : 'GILL';
}

async function searchGallery(
  { db, modelCard }: WorkerParts,
  { viewerId }: ClaimedJob,
  { turns, written }: Dialogue,
  { query }: LlmImageEvent,
  foundHere: readonly string[],
): Promise<Candidates> {
  const card = modelCard();
  if (!query || !card) return [];
  const earlier = card.parity?.includes('finds-again') ? [] : turns.flatMap((turn) => turn.parts);
  const shown = [...earlier, ...written];
  const ids = shown.flatMap((part) => (part.kind === 'image' ? [part.imageId, ...part.takeIds] : []));
  const except = new Set([...ids, ...foundHere]);
  const { modelDigest } = card;
  return createGallery(db).nearest(viewerId, { modelDigest, fp16: query.fp16, count: limits.maxCandidates, except });
}

export const textOf = (parts: readonly FoldedPart[]): string =>
  parts
    .filter((part) => part.kind === 'text')
    .map((part) => part.text)
    .join('');

/** The words of the viewer's message, which conditioning TEXT encodes. */
const wordsOf = ({ turns }: Dialogue): string => textOf(turns.at(-1)?.parts ?? []).trim();

/** Several pictures share what one may have of takes; those of the same words have noise of their own. */
function recipesOf(
  dialogue: Dialogue,
  { series }: LlmImageEvent,
  from: Pick<Recipe, 'conditioning' | 'parent' | 'words'> & Partial<Pick<Recipe, 'seed'>>,
): Recipe[] {
  const { takes = 1, ownNoise: _, ...options } = dialogue.options.image;
  const most = Math.max(1, Math.floor(limits.maxTakes / (series?.count ?? 1)));
  const own = Math.min(takes, most);
  const recipe = { ...options, ...from };
  const seed = BigInt.asUintN(64, BigInt(recipe.seed) + BigInt(own * (series?.repeats ?? 0))).toString();
  return toTakes({ ...recipe, seed }, own);
}
