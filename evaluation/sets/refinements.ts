// Refinement dialogues as training/test_sets.py writes them: a wish, then edits of the newest picture or of an earlier one.
import { z } from 'zod';
import { parseData, readText } from './parse-data.ts';

/** Of a file in `images/`: never a way out of it. */
const pictureName = z.string().regex(/^[^/\\]+$/, 'names no file of images/');

/** Each turn has noise of its own, counted from the dialogue's. */
export const maxTurns = 16;

const file = z.strictObject({
  dialogues: z.array(
    z.strictObject({
      id: z.string().min(1),
      /** `parent` counts earlier turns, -1 for the first, which has none. `picture` names the true one, as labels.json does. */
      turns: z
        .array(z.strictObject({ words: z.string().min(1), parent: z.int().min(-1), picture: pictureName }))
        .min(2)
        .max(maxTurns)
        .refine((turns) => turns.every(({ parent }, n) => (n === 0 ? parent === -1 : parent >= 0 && parent < n)), {
          error: 'the first turn has parent -1, every later one the place of an earlier turn',
        }),
    }),
  ),
});

export type Refinement = z.infer<typeof file>['dialogues'][number];

/** @throws {AppError} INVALID naming what is wrong */
export async function readRefinements(path: string): Promise<readonly Refinement[]> {
  return parseData(file, await readText(path), path).dialogues;
}
