// Reads the pictures that come with a model package: what is said of each, and the vector that it is found by. Must never take a
// file that model.json does not name.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../core/app-error.ts';
import { halfBytes } from './half.ts';
import type { ModelPackage } from './model-package.ts';
import { readSafetensors } from './safetensors.ts';

const line = z.string().min(1).max(200);
const record = z.object({
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.webp$/),
  title: line,
  creator: line,
  licence: line,
  /** What it is and what it was made from. */
  source: line,
});

export interface GalleryPicture extends z.infer<typeof record> {
  /** Of the WebP file. */
  readonly path: string;
  /** Of the file, in hex. */
  readonly sha256: string;
  /** Half precision, base64. */
  readonly embedding: string;
}

/** @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it */
export async function readGallery(model: ModelPackage): Promise<readonly GalleryPicture[]> {
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
    return { ...picture, path, sha256, embedding };
  });
}
