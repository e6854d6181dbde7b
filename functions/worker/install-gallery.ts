// The pictures that come with a model package, put into everyone's gallery when a worker starts: files into S3 first, then rows,
// each once however many workers start. Must never keep a worker from its jobs: whatever is wrong with them is logged.
import { readFile } from 'node:fs/promises';
import type { Kysely } from 'kysely';
import sharp from 'sharp';
import { coerceError } from '../../core/app-error.ts';
import type { Log } from '../../core/log.ts';
import { packagedIds } from '../../infra/database/package-owner.ts';
import {
  putPackaged,
  readPackaged,
  retirePackaged,
  type PackagedPicture,
} from '../../infra/database/package-gallery.ts';
import type { Database } from '../../infra/database/tables.ts';
import { mediaKeys, type MediaStore } from '../../infra/media/media-store.ts';
import type { ModelPackage } from '../engine/model-package.ts';
import { readGallery, type GalleryPicture } from '../engine/packaged-gallery.ts';
import { hashThumb, thumbnailOf } from './encode-picture.ts';

export interface GalleryStores {
  readonly db: Kysely<Database>;
  readonly media: MediaStore;
  readonly log: Log;
}

interface Described extends GalleryPicture {
  readonly itemId: string;
  readonly imageId: string;
}

const picturesAtOnce = 32;

/** @returns how many pictures were put there; those that were there already are not counted */
export async function installGallery(
  { db, media, log }: GalleryStores,
  model: ModelPackage,
  signal: AbortSignal,
): Promise<number> {
  try {
    const pictures = (await readGallery(model)).map((picture): Described => ({
      ...picture,
      ...packagedIds(picture.sha256, picture.title),
    }));
    const there = await readPackaged(db, model.digest);
    const missing = pictures.filter(({ itemId }) => !there.has(itemId));
    for (let at = 0; at < missing.length; at += picturesAtOnce) {
      signal.throwIfAborted();
      const some = missing.slice(at, at + picturesAtOnce);
      await putPackaged(db, model.digest, await Promise.all(some.map((picture) => store(media, picture))));
    }
    await retirePackaged(db, new Set(pictures.map(({ itemId }) => itemId)));
    if (missing.length > 0)
      log.info({ pictures: missing.length }, 'the pictures of the model package are in the gallery');
    return missing.length;
  } catch (thrown) {
    if (!signal.aborted)
      log.error({ err: coerceError(thrown) }, 'the pictures of the model package are not in the gallery');
    return 0;
  }
}

async function store(media: MediaStore, picture: Described): Promise<PackagedPicture> {
  const { itemId, imageId, title, creator, licence, source: origin, sha256, embedding, path } = picture;
  const bytes = await readFile(path);
  const { width, height } = await sharp(bytes).metadata();
  const [thumbnail, placeholder] = await Promise.all([thumbnailOf(sharp(bytes)), hashThumb(sharp(bytes))]);
  const fileKey = mediaKeys.cleaned(imageId, 1, 'webp');
  const thumbnailKey = mediaKeys.thumbnail(imageId, 1);
  await Promise.all([media.put(fileKey, bytes, 'image/webp'), media.put(thumbnailKey, thumbnail, 'image/webp')]);
  const facts = { width, height, byteSize: bytes.length, sha256, placeholder, fileKey, thumbnailKey, embedding };
  return { itemId, imageId, title, creator, licence, origin, ...facts };
}
