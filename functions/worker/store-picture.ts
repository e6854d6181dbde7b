// A finished picture's files and facts: PNG with its recipe inside and thumbnail into S3, digests, and for a replay whether
// it is what it repeats. Files are named by picture and attempt, so nothing that was written changes.
import { createHash } from 'node:crypto';
import type { Device } from '../../core/device.ts';
import type { DiffusionEvent, ModelCard, WireTensor } from '../../core/function-contract.ts';
import { toPublicId } from '../../core/ids.ts';
import type { Recipe, Sameness } from '../../core/reply-options.ts';
import { inSpan } from '../../core/tracing.ts';
import type { StoredPicture } from '../../infra/database/finish.ts';
import type { ClaimedJob } from '../../infra/database/jobs.ts';
import { readImages, readKept, type GeneratedImageSnapshot } from '../../infra/database/read-images.ts';
import { mediaKeys } from '../../infra/media/media-store.ts';
import { retry } from '../../infra/process/retry.ts';
import { comparePixels, decodePixels, type Pixels } from './compare-pixels.ts';
import { encodePicture } from './encode-picture.ts';
import type { WorkerParts } from './parts.ts';

/** A file of our own making; larger ones were not. */
const maxFileBytes = 64 * 1024 * 1024;

/** Keyword of the recipe among the texts of the PNG. */
const recipeKeyword = 'gill-recipe';

/** What the denoiser was given beside noise. */
export interface GivenTensors {
  readonly conditioning: Digested;
  readonly parent?: Digested | undefined;
}

/** A picture as the function hands it over. */
export type Drawn = Extract<DiffusionEvent, { type: 'pixels' }> & { readonly device: Device | undefined };

interface Digested {
  readonly tensor: WireTensor;
  readonly sha256: string;
}

/** @throws {AppError} STORAGE when the file store stays away */
export async function storePicture(
  parts: WorkerParts,
  signal: AbortSignal,
  job: ClaimedJob,
  image: GeneratedImageSnapshot,
  drawn: Drawn,
  { conditioning, parent }: GivenTensors,
): Promise<StoredPicture> {
  const { width, height, device } = drawn;
  const pixels = { rgb: Buffer.from(drawn.rgb, 'base64'), width, height };
  const card = parts.modelCard();
  const recipe: Recipe = {
    ...image.recipe,
    ...(image.recipe.parent && parent && { parent: { ...image.recipe.parent, sha256: parent.sha256 } }),
    conditioningDigest: conditioning.sha256,
    ...(card && { model: card.model, modelDigest: card.modelDigest }),
    ...(device && { executionProvider: device }),
  };
  const texts = { Software: 'gill-server', [recipeKeyword]: JSON.stringify(toPublic(recipe)) };
  const encoded = await inSpan('encode PNG', {}, () => encodePicture(pixels.rgb, width, height, texts));
  const { signPicture } = parts;
  const signed = signPicture && (await inSpan('sign PNG', {}, () => signPicture(encoded.png, image.id)));
  const png = signed?.png ?? encoded.png;
  const fileKey = mediaKeys.picture(image.id, job.attempt);
  const thumbnailKey = mediaKeys.thumbnail(image.id, job.attempt);
  // a store that is away for a while costs no drawing
  const patiently = <T>(work: () => Promise<T>): Promise<T> =>
    retry(work, { what: 'the file store', signal, log: parts.log, timeoutMs: parts.outageMs });
  await Promise.all([
    patiently(() => parts.media.put(fileKey, png, 'image/png')),
    patiently(() => parts.media.put(thumbnailKey, encoded.thumbnail, 'image/webp')),
  ]);
  return {
    width,
    height,
    contentType: 'image/png',
    byteSize: png.length,
    sha256: createHash('sha256').update(png).digest('hex'),
    manifestSha256: signed?.manifestSha256,
    placeholder: encoded.placeholder,
    fileKey,
    thumbnailKey,
    recipe,
    sameness: image.replayOfId === null ? undefined : await patiently(() => compare(parts, job, image, pixels)),
    tensors: [
      { name: 'conditioning', ...conditioning.tensor, modelDigest: await patiently(() => makerOf(parts, image, card)) },
      { name: 'latent', ...drawn.latent },
      ...(parent ? [{ name: 'parent' as const, ...parent.tensor }] : []),
    ],
  };
}

/** Whose conditioning it is: words were encoded just now, and a replay was given what may have been another package's. */
const makerOf = async (
  { db }: WorkerParts,
  { recipe, replayOfId }: GeneratedImageSnapshot,
  card: ModelCard | undefined,
): Promise<string | undefined> =>
  recipe.conditioning === 'TEXT' || replayOfId === null
    ? card?.modelDigest
    : (await readKept(db, replayOfId, 'conditioning'))?.modelDigest;

/** As it leaves the house: ids are those of the API. */
const toPublic = (recipe: Recipe): Recipe =>
  recipe.parent
    ? { ...recipe, parent: { ...recipe.parent, imageId: toPublicId('image', recipe.parent.imageId) } }
    : recipe;

/** Undefined when what it repeats is gone by now. */
async function compare(
  parts: WorkerParts,
  job: ClaimedJob,
  image: GeneratedImageSnapshot,
  pixels: Pixels,
): Promise<Sameness | undefined> {
  const original = (await readImages(parts.db, job.viewerId, [image.replayOfId!])).get(image.replayOfId!);
  const file = original?.fileKey && (await parts.media.get(original.fileKey, maxFileBytes));
  return file ? comparePixels(await decodePixels(file), pixels) : undefined;
}
