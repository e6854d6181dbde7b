// The picture that another is drawn from, as the picture function takes it: by its latent where this model package drew it, by
// its pixels otherwise. Must never hand one package's latent to another's denoiser.
import type { ParentPicture } from '../../core/function-contract.ts';
import type { GeneratedImageSnapshot } from '../../infra/database/read-images.ts';
import { readImages, readTensor } from '../../infra/database/read-images.ts';
import { fillSize, maxPictureBytes } from './fill-size.ts';
import type { WorkerParts } from './parts.ts';

/** @returns undefined where the recipe names none @throws when the picture is gone */
export async function readParent(
  parts: WorkerParts,
  viewerId: string,
  { recipe, replayOfId }: GeneratedImageSnapshot,
): Promise<ParentPicture | undefined> {
  if (!recipe.parent) return undefined;
  const { imageId, guidance } = recipe.parent;
  // what a replay repeats kept the latent that it was given
  const [holderId, name] = replayOfId === null ? [imageId, 'latent' as const] : [replayOfId, 'parent' as const];
  const holder = (await readImages(parts.db, viewerId, [holderId])).get(holderId);
  if (holder?.kind === 'generated' && isOfThisModel(holder, parts)) {
    const latent = await readTensor(parts.db, holderId, name);
    if (latent) return { guidance, latent };
  }
  const { width, height } = recipe;
  const parent = (await readImages(parts.db, viewerId, [imageId])).get(imageId);
  const file = parent?.fileKey && (await parts.media.get(parent.fileKey, maxPictureBytes));
  if (!file) throw new Error(`picture ${imageId}, which this one is drawn from, is gone`);
  return { guidance, pixels: { width, height, rgb: (await fillSize(file, width, height)).toString('base64') } };
}

/** Where this worker has no package, functions run elsewhere, and all of them have one; what it cannot tell apart goes by pixels. */
function isOfThisModel({ recipe }: GeneratedImageSnapshot, { modelCard }: WorkerParts): boolean {
  const digest = modelCard()?.modelDigest;
  return digest === undefined || recipe.modelDigest === digest;
}
