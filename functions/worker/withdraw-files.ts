// Files put for a picture whose rows went meanwhile, with its conversation or its viewer: no row names them, so they go too.
// Must never remove a file of a picture that is there: an earlier answer may only have got lost.
import { coerceError } from '../../core/app-error.ts';
import { isPictureThere } from '../../infra/database/picture-use.ts';
import type { WorkerParts } from './parts.ts';

/** Never throws: what cannot be removed now, the second look of whoever removed the rows finds (infra/database/late-files.ts). */
export async function withdrawFiles(
  { db, media, log }: Pick<WorkerParts, 'db' | 'media' | 'log'>,
  imageId: string,
  keys: readonly string[],
): Promise<void> {
  try {
    if (!(await isPictureThere(db, imageId))) await media.deleteMany(keys);
  } catch (thrown) {
    log.warn({ err: coerceError(thrown), imageId }, 'files of a removed picture could not be removed yet');
  }
}
