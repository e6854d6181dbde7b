// What a run has measured, one JSON object a line, appended as it comes. Must never lose a measured cell to a kill, nor
// count one twice: a line that a kill cut short is taken away when the file is opened again.
import { constants } from 'node:fs';
import { open, readFile, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../core/app-error.ts';
import type { Cell } from './task.ts';

const record = z.strictObject({
  item: z.string(),
  condition: z.string(),
  seed: z.int(),
  values: z.record(z.string(), z.number()),
  /** File of the picture, relative to the run's folder. */
  picture: z
    .string()
    .regex(/^pictures\/[\w-]+\/\d+-\d+\.png$/)
    .optional(),
  said: z.string().optional(),
  speed: z
    .strictObject({
      firstTokenMs: z.number().optional(),
      firstPreviewMs: z.number().optional(),
      firstPictureMs: z.number().optional(),
      modelCpuMs: z.number().optional(),
    })
    .optional(),
  /** Of the whole cell, by the clock, and over all cores. */
  wallMs: z.number(),
  cpuMs: z.number(),
});
export type EvaluationRecord = z.infer<typeof record>;

export interface Records extends AsyncDisposable {
  /** In no particular order: a resumed run appends where it had stopped. */
  readonly all: ReadonlyMap<string, EvaluationRecord>;
  readonly append: (measured: EvaluationRecord) => Promise<void>;
}

export const cellKey = ({ item, condition, seed }: Pick<Cell, 'item' | 'condition' | 'seed'>): string =>
  JSON.stringify([item, condition, seed]);

/** Makes the file when there is none. @throws {AppError} INVALID naming a line that is no record */
export async function openRecords(path: string): Promise<Records> {
  const file = await open(path, constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY);
  try {
    const text = await readFile(path, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
    const all = new Map<string, EvaluationRecord>();
    for (const [i, line] of whole.split('\n').slice(0, -1).entries()) {
      const parsed = parseLine(line);
      if (!parsed)
        throw new AppError('INVALID', `${path}, line ${i + 1} is no record of this program: move the file away`);
      all.set(cellKey(parsed), parsed);
    }
    return {
      all,
      append: async (measured) => {
        await file.appendFile(`${JSON.stringify(measured)}\n`);
        all.set(cellKey(measured), measured);
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

function parseLine(line: string): EvaluationRecord | undefined {
  try {
    return record.parse(JSON.parse(line));
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof z.ZodError) return undefined;
    throw thrown;
  }
}
