// What the viewer wrote, checked before any transaction: text, titles, numbers in range. Each check gives back the first
// thing that is wrong, with its place in the input, or nothing. Must never repair input silently.
import { limits } from '../../core/limits.ts';
import type { PartInput, UserErrorCode } from '../../schema/generated/resolver-types.ts';

export interface InputError {
  readonly code: UserErrorCode;
  /** Names the value and the limit, and says what to do. */
  readonly message: string;
  readonly path: readonly string[];
}

/** Fillers such as U+3164 are letters by name, and U+2800 is a pattern of no dots. */
const visible = /[^\p{White_Space}\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Text that people will read: something visible, no NUL, whole code points, not too long. */
export function checkText(text: string, maxCodePoints: number, path: readonly string[]): InputError | undefined {
  if (text.trim() === '') return { code: 'INVALID', message: 'the text is empty: write something', path };
  // a code point is at most two code units, so this needs no walk over a megabyte
  if (text.length > maxCodePoints) {
    const codePoints = text.length > maxCodePoints * 2 ? `more than ${maxCodePoints}` : Array.from(text).length;
    if (typeof codePoints === 'string' || codePoints > maxCodePoints) {
      return {
        code: 'TOO_LARGE',
        message: `the text has ${codePoints} characters, the limit is ${maxCodePoints}: shorten it`,
        path,
      };
    }
  }
  if (text.includes('\0'))
    return {
      code: 'INVALID',
      message: `the text holds a NUL character at position ${text.indexOf('\0')}: remove it`,
      path,
    };
  if (!text.isWellFormed())
    return { code: 'INVALID', message: 'the text holds half of a character (an unpaired surrogate): remove it', path };
  if (!visible.test(text))
    return { code: 'INVALID', message: 'the text holds only characters that nobody sees: write something', path };
  return undefined;
}

/** The parts of a message; @oneOf makes sure that each is of one kind. */
export function checkParts(parts: readonly PartInput[]): InputError | undefined {
  if (parts.length === 0) return { code: 'INVALID', message: 'a message needs at least one part', path: ['parts'] };
  if (parts.length > limits.maxPartsPerMessage) {
    return {
      code: 'TOO_LARGE',
      message: `the message has ${parts.length} parts, the limit is ${limits.maxPartsPerMessage}: send fewer`,
      path: ['parts'],
    };
  }
  const images = parts.filter(({ text }) => text === undefined).length;
  if (images > limits.maxImagesPerMessage) {
    return {
      code: 'TOO_LARGE',
      message: `the message has ${images} pictures, the limit is ${limits.maxImagesPerMessage}: send fewer`,
      path: ['parts'],
    };
  }
  return first(
    parts.map(({ text }, i) =>
      text === undefined ? undefined : checkText(text, limits.maxTextCodePoints, ['parts', String(i), 'text']),
    ),
  );
}

export function checkRange(
  value: number | null | undefined,
  { min, max, above = false }: { readonly min: number; readonly max: number; readonly above?: boolean },
  path: readonly string[],
): InputError | undefined {
  if (value === null || value === undefined) return undefined;
  const tooSmall = above ? value <= min : value < min;
  if (!tooSmall && value <= max) return undefined;
  const range = above ? `above ${min} and at most ${max}` : `from ${min} to ${max}`;
  return { code: 'INVALID', message: `${path.at(-1) ?? 'the value'} is ${value}, it must be ${range}`, path };
}

/** An unsigned 64-bit number in decimal, one spelling for each. */
export function checkSeed(value: string | null | undefined, path: readonly string[]): InputError | undefined {
  if (value === null || value === undefined) return undefined;
  if (/^(0|[1-9]\d{0,19})$/.test(value) && BigInt(value) < 2n ** 64n) return undefined;
  return {
    code: 'INVALID',
    message: `"${value.slice(0, 40)}" is no seed: an unsigned 64-bit number in decimal, up to ${2n ** 64n - 1n}`,
    path,
  };
}

export const first = (errors: readonly (InputError | undefined)[]): InputError | undefined =>
  errors.find((error) => error !== undefined);
