// The pictures that come with a model package, put into everyone's gallery when a worker starts: files into S3 first, then rows,
// each once however many workers start. Must never keep a worker from its jobs: whatever is wrong with them is logged.
import { readFile } from 'node:fs/promises';
import type { Kysely } from 'kysely';
import sharp from 'sharp';
import { z } from 'zod';
import { AppError, coerceError } from '../../core/app-error.ts';
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
import { halfBytes } from '../engine/half.ts';
import type { ModelPackage } from '../engine/model-package.ts';
import { readSafetensors } from '../engine/safetensors.ts';
import { hashThumb, thumbnailOf } from './encode-picture.ts';

export interface GalleryStores {
  readonly db: Kysely<Database>;
  readonly media: MediaStore;
  readonly log: Log;
}

const line = z.string().min(1).max(200);
const record = z.object({
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.webp$/),
  title: line,
  creator: line,
  licence: line,
  source: line,
});

interface Described extends z.infer<typeof record> {
  readonly itemId: string;
  readonly imageId: string;
  readonly path: string;
  readonly sha256: string;
  readonly embedding: string;
}

const picturesAtOnce = 32;

/** @returns how many pictures were put there; those that were there already are not counted */
export async function installGallery(
  { db, media, log }: GalleryStores,
  model: ModelPackage,
  signal: AbortSignal,
): Promise<number> {
  try {
    const pictures = await readGallery(model);
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

/** @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it */
async function readGallery(model: ModelPackage): Promise<readonly Described[]> {
  const folder = model.manifest.gill?.gallery;
  if (folder === undefined) return [];
  const listPath = model.file(`${folder}/gallery.json`);
  const list = z.array(record).safeParse(JSON.parse(await readFile(listPath, 'utf8')));
  if (!list.success)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${listPath}: ${list.error.issues[0]?.path.join('.')}: ${list.error.issues[0]?.message}`,
    );
  const vectorsPath = model.file(`${folder}/embeddings.safetensors`);
  const vectors = (await readSafetensors(vectorsPath)).get('embeddings');
  if (vectors?.type !== 'float16' || vectors.shape.length !== 2 || vectors.shape[0] !== list.data.length)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${vectorsPath} has no half-precision "embeddings" of ${list.data.length} rows`,
    );
  const width = vectors.shape[1]!;
  return list.data.map((picture, i) => {
    const name = `${folder}/${picture.file}`;
    const path = model.file(name);
    const sha256 = model.manifest.files[name]!;
    const embedding = halfBytes(vectors.data.subarray(i * width, (i + 1) * width)).toString('base64');
    return { ...picture, ...packagedIds(sha256, picture.title), path, sha256, embedding };
  });
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
