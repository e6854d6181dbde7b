// What else than its JSON file a set is: which items are measured, in which order, by which pictures and labels. Must never let a
// run be gone on with, or brought together with another, over other pictures.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readPictureSize } from '../pictures/picture.ts';

/** Files that are looked at at once. */
const atOnce = 64;

/**
 * Pictures count by name, width and height: reading those of a published set would take longer than many a run, and the bytes of a
 * made one depend on the processor that packed it.
 * @param items their names, in order
 * @param pictures their files
 * @param labelsFile counts by its bytes; undefined: the set has none
 * @returns for the settings of a run
 * @throws {AppError} INVALID for a file that is no picture
 */
export async function digestOfSet(
  items: readonly string[],
  pictures: Iterable<string>,
  labelsFile: string | undefined,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(items));
  const files = [...new Set(pictures)].sort();
  for (let i = 0; i < files.length; i += atOnce) {
    const some = files.slice(i, i + atOnce);
    for (const [k, { width, height }] of (await Promise.all(some.map(readPictureSize))).entries())
      hash.update(JSON.stringify([path.basename(some[k]!), width, height]));
  }
  if (labelsFile !== undefined) hash.update(await readFile(labelsFile));
  return `${files.length}, ${hash.digest('hex').slice(0, 12)}`;
}
