// Which earlier picture a drawn one is made from: the one that the viewer sent along, or else the one that the model found
// meant. Must never take a picture that is unfinished, whose file is not there, or that the model's denoiser cannot take.
import type { LlmImageEvent } from '../../core/function-contract.ts';
import { limits } from '../../core/limits.ts';
import type { FoldedPart, PictureMeant } from '../../core/message-event.ts';
import type { RecipeParent } from '../../core/reply-options.ts';
import type { Dialogue } from '../../infra/database/dialogue.ts';
import { readImages, type ImageSnapshot } from '../../infra/database/read-images.ts';
import type { WorkerParts } from './parts.ts';

type PicturePart = Extract<FoldedPart, { kind: 'image' }>;

/** The pictures that the prompt shows as the assistant's, oldest first. */
export const producedPictures = ({ turns, unfinished }: Dialogue): readonly PicturePart[] =>
  turns
    .filter(({ role }) => role === 'assistant')
    .flatMap(({ parts }) => parts.filter((part) => part.kind === 'image'))
    .filter(({ imageId }) => !unfinished.has(imageId));

/** @returns what the model said of the dialogue's pictures; undefined where it was not asked or there are none */
export function readPointer(dialogue: Dialogue, { parent }: LlmImageEvent): PictureMeant | undefined {
  if (!parent) return undefined;
  const [none, ...shares] = parent.probabilities as readonly [number, ...number[]];
  // the prompt holds the newest of them; where it holds more, it was made from another dialogue
  const pictures = producedPictures(dialogue).slice(-shares.length);
  if (shares.length === 0 || pictures.length !== shares.length) return undefined;
  const candidates = pictures.map(({ imageId }, i) => ({ imageId, probability: shares[i]! }));
  candidates.sort((a, b) => b.probability - a.probability);
  return { noneProbability: none, candidates: candidates.slice(0, limits.maxCandidates) };
}

/** Whether one of the pictures is meant, and not none. */
export const isMeant = (meant: PictureMeant | undefined): meant is PictureMeant =>
  meant !== undefined && meant.candidates.length > 0 && meant.candidates[0]!.probability > meant.noneProbability;

export interface ChosenParent extends RecipeParent {
  /** Of the noise that it was drawn from; absent where it was not drawn here. */
  readonly seed?: string;
}

/** @param meant what `readPointer` returned @returns undefined where a picture of its own is drawn */
export async function chooseParent(
  { db, modelCard }: WorkerParts,
  viewerId: string,
  dialogue: Dialogue,
  meant: PictureMeant | undefined,
): Promise<ChosenParent | undefined> {
  const guidance = modelCard()?.defaultParentGuidance;
  if (guidance === undefined) return undefined;
  const sent = dialogue.turns.at(-1)!.parts.findLast((part) => part.kind === 'image');
  const pointed = isMeant(meant)
    ? producedPictures(dialogue).find(({ imageId }) => imageId === meant.candidates[0]!.imageId)
    : undefined;
  // of several takes the one that fits best stands for all, and the first that was finished where nobody compared them
  const ids = [...(sent ? [sent.imageId] : []), ...(pointed ? [pointed.imageId, ...pointed.takeIds] : [])];
  const images = await readImages(db, viewerId, ids);
  const isSent = (image: ImageSnapshot): boolean => image.id === sent?.imageId;
  const [usable] = ids
    .flatMap((id) => images.get(id) ?? [])
    .filter((image) => isGoneOnWith(image, isSent(image)))
    .sort((a, b) => Number(isSent(b)) - Number(isSent(a)) || scoreOf(b) - scoreOf(a));
  return usable && { imageId: usable.id, guidance, ...(usable.kind === 'generated' && { seed: usable.recipe.seed }) };
}

const scoreOf = (image: ImageSnapshot): number => (image.kind === 'generated' ? (image.score ?? -1) : -1);

/** A photograph is sent to be talked about; what was drawn or found is sent to be gone on with. */
export const isGoneOnWith = (image: ImageSnapshot, isSent: boolean): boolean =>
  isFinished(image) && !(isSent && image.kind === 'uploaded');

/** Whatever has a file can be drawn from: by its latent where this model drew it, by its pixels otherwise. */
const isFinished = (image: ImageSnapshot): boolean =>
  image.fileKey !== null && (image.kind !== 'generated' || image.status === 'COMPLETED');
