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

/** Reads, decodes and sees a picture of which nothing is kept, and keeps it. @throws as `seePicture` does */
export async function lookAt(
  parts: WorkerParts,
  { imageSizes, modelDigest }: ModelCard,
  { imageId, fileKey }: PictureFile,
  signal: AbortSignal,
): Promise<Sight> {
  const [size] = imageSizes;
  if (!size || !parts.vision) throw new AppError('INTERNAL', 'lookAt was called without asking findSeer');
  const { width, height } = size;

  let rgb: string;
  try {
    const file = await parts.media.get(fileKey, maxPictureBytes);
    if (!file) return unseen(`its file ${fileKey} is gone`, false);
    rgb = (await fillSize(file, width, height)).toString('base64');
  } catch (thrown) {
    const error = coerceError(thrown);
    return unseen(`its file ${fileKey} cannot be read: ${error.message}`, isStorage(error));
  }

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
    await parts.vision.run({ contract: 1, picture: { width, height, rgb } }, onEvent, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return unseen(`the image encoder broke: ${coerceError(thrown).message}`, true);
  }
  if (failure) return unseen(failure.message, failure.retryable);
  if (!made) return unseen('the image encoder ended without an answer', true);
  const seen = { rows: made.rows, embedding: made.embedding };
  await keepSeen(parts.db, modelDigest, imageId, seen);
  return { kind: 'seen', seen, computeMs };
}

const unseen = (reason: string, retryable: boolean): Unseen => ({ kind: 'unseen', reason, retryable });

const isStorage = (error: Error): boolean => error instanceof AppError && error.code === 'STORAGE';
