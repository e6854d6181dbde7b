// Files of a data set: JSON → checked values. Must never pass on what it has not checked, and names the place that is
// wrong.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError, coerceError } from '../../core/app-error.ts';

/** @param name what the errors call the text @throws {AppError} INVALID */
export function parseData<T>(schema: z.ZodType<T>, text: string, name: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new AppError('INVALID', `${name} is not JSON`, thrown);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new AppError('INVALID', `${name}: ${path.map(String).join('.') || 'the file'}: ${message}`);
}

/** @throws {AppError} INVALID when there is no such file */
export async function readText(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, ''); // some editors put a mark before the first character
  } catch (thrown) {
    throw new AppError('INVALID', `${file} cannot be read`, coerceError(thrown));
  }
}
