// What earlier pictures of a dialogue were drawn from, for the mapper: a picture that changes one of them keeps what is not
// spoken of. Must never hand one package's conditioning to another's mapper.
import type { WireTensor } from '../../core/function-contract.ts';
import { limits } from '../../core/limits.ts';
import type { Dialogue } from '../../infra/database/dialogue.ts';
import { readConditionings, readImages } from '../../infra/database/read-images.ts';
import { isGoneOnWith, producedPictures } from './choose-parent.ts';
import type { WorkerParts } from './parts.ts';

/**
 * @returns by the id that the dialogue shows the picture under, and by those of its other takes; what was found, sent as a file
 * or drawn by another package is left out; nothing where such a one is sent to be gone on with, since it is drawn over then, and
 * no other is meant
 */
export async function readDrawnFrom(
  { db, modelCard }: WorkerParts,
  viewerId: string,
  dialogue: Dialogue,
): Promise<ReadonlyMap<string, WireTensor>> {
  const card = modelCard();
  if (!card?.mapsFromParent) return new Map();
  const sent = dialogue.turns.at(-1)!.parts.findLast((part) => part.kind === 'image');
  const pictures = [...producedPictures(dialogue).slice(-limits.maxMeantPictures), ...(sent ? [sent] : [])];
  if (pictures.length === 0) return new Map();
  const ids = pictures.flatMap(({ imageId, takeIds }) => [imageId, ...takeIds]);
  const found = await readConditionings(db, viewerId, card.modelDigest, [...new Set(ids)]);
  // takes differ in their noise alone
  const ofPart = ({ imageId, takeIds }: (typeof pictures)[number]): WireTensor | undefined =>
    [imageId, ...takeIds].map((id) => found.get(id)).find((tensor) => tensor !== undefined);
  if (sent && !ofPart(sent)) {
    const image = (await readImages(db, viewerId, [sent.imageId])).get(sent.imageId);
    if (image && isGoneOnWith(image, true)) return new Map();
  }
  return new Map(
    pictures.flatMap((part) => {
      const tensor = ofPart(part);
      return tensor ? [part.imageId, ...part.takeIds].map((id) => [id, tensor] as const) : [];
    }),
  );
}
