// What the model sees of a picture: kept from the first time, computed otherwise. Must never end a reply because a picture
// cannot be seen: why not is a value.
import { AppError, coerceError } from '../../core/app-error.ts';
import type { FunctionError, ModelCard, VisionEvent } from '../../core/function-contract.ts';
import {
  keepSeen,
  readPictureFiles,
  readSeen,
  type PictureFile,
  type SeenImage,
} from '../../infra/database/seen-images.ts';
import type { Pixels } from './compare-pixels.ts';
import { fillSize, maxPictureBytes } from './fill-size.ts';
import type { WorkerParts } from './parts.ts';

export type Sight =
  /** `computeMs` is 0 where it was kept. */
  { readonly kind: 'seen'; readonly seen: SeenImage; readonly computeMs: number } | Unseen;

export interface Unseen {
  readonly kind: 'unseen';
  readonly reason: string;
  /** Whether asking again later may help: the function is loading, busy or away, not the picture broken or gone. */
  readonly retryable: boolean;
}

/** Whether pictures can be seen here, and with which package. */
export function findSeer({ modelCard, vision }: WorkerParts): Unseen | { readonly kind: 'seer'; card: ModelCard } {
  const card = modelCard();
  if (!card) return unseen('it is not known yet what the model package offers', true);
  if (!card.readsImages) return unseen('the model package has no image encoder', false);
  if (!vision) return unseen('no vision function is configured: set FUNCTIONS_VISION_URL', false);
  const health = vision.health();
  if (health.state === 'loading') return unseen('the image encoder is still loading', true);
  if (health.state === 'failed') return unseen(`the image encoder cannot be used: ${health.message}`, true);
  return { kind: 'seer', card };
}

/**
 * What the package of this worker makes of a picture of the viewer.
 * @param imageId of a picture, or of an item of the gallery
 * @throws {AppError} DATABASE; the signal's reason
 */
export async function seePicture(
  parts: WorkerParts,
  viewerId: string,
  imageId: string,
  signal: AbortSignal,
): Promise<Sight> {
  const seer = findSeer(parts);
  if (seer.kind === 'unseen') return seer;
  const file = (await readPictureFiles(parts.db, viewerId, [imageId])).get(imageId);
  if (!file) return unseen('the picture is not finished, or gone', false);
  const kept = (await readSeen(parts.db, seer.card.modelDigest, [file.imageId])).get(file.imageId);
  return kept ? { kind: 'seen', seen: kept, computeMs: 0 } : lookAt(parts, seer.card, file, signal);
}

/** Reads, decodes and sees a picture of which nothing is kept, and keeps it. @throws the signal's reason */
export async function lookAt(
  parts: WorkerParts,
  card: ModelCard,
  { imageId, fileKey }: PictureFile,
  signal: AbortSignal,
): Promise<Sight> {
  let pixels: Pixels;
  try {
    const file = await parts.media.get(fileKey, maxPictureBytes);
    if (!file) return unseen(`its file ${fileKey} is gone`, false);
    const { width, height } = sizeOf(card);
    pixels = { width, height, rgb: await fillSize(file, width, height) };
  } catch (thrown) {
    const error = coerceError(thrown);
    return unseen(`its file ${fileKey} cannot be read: ${error.message}`, isStorage(error));
  }
  return lookAtPixels(parts, card, imageId, pixels, signal);
}

/** Sees a picture whose pixels are here, and keeps what it is seen as. @throws the signal's reason */
export async function lookAtPixels(
  parts: WorkerParts,
  card: ModelCard,
  imageId: string,
  pixels: Pixels,
  signal: AbortSignal,
): Promise<Sight> {
  const { width, height } = sizeOf(card);
  const isWhole = pixels.width === width && pixels.height === height;
  const rgb = Buffer.from(isWhole ? pixels.rgb : await fillSize(pixels, width, height)).toString('base64');

  let made: Extract<VisionEvent, { type: 'seen' }> | undefined;
  let failure: FunctionError | undefined;
  let computeMs = 0;
  const onEvent = (event: VisionEvent): void => {
    switch (event.type) {
      case 'seen':
        made = event;
        return;
      case 'usage':
        computeMs = event.computeMs;
        return;
      case 'error':
        failure = event;
        return;
      case 'done':
        return;
    }
  };
  try {
    await parts.vision!.run({ contract: 2, picture: { width, height, rgb } }, onEvent, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return unseen(`the image encoder broke: ${coerceError(thrown).message}`, true);
  }
  if (failure) return unseen(failure.message, failure.retryable);
  if (!made) return unseen('the image encoder ended without an answer', true);
  const seen = { rows: made.rows, embedding: made.embedding };
  try {
    await keepSeen(parts.db, card.modelDigest, imageId, seen);
  } catch (thrown) {
    parts.log.warn({ err: coerceError(thrown), imageId }, 'what was seen of a picture is not kept');
  }
  return { kind: 'seen', seen, computeMs };
}

/** @throws {AppError} INTERNAL where `findSeer` was not asked */
function sizeOf({ imageSizes: [size] }: ModelCard): { readonly width: number; readonly height: number } {
  if (!size) throw new AppError('INTERNAL', 'a picture was looked at without asking findSeer');
  return size;
}

const unseen = (reason: string, retryable: boolean): Unseen => ({ kind: 'unseen', reason, retryable });

const isStorage = (error: Error): boolean => error instanceof AppError && error.code === 'STORAGE';
