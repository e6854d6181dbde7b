// A user's text → token ids for the text tower, which was trained on short captions in lower case ("a red cat , rain").
// Must never fail on any text: what the tower cannot use is left out, and nothing left is told as an empty list.

/** Gives the ids of a string, without special tokens. */
export type Encode = (text: string) => readonly number[];

/** A word, its inner apostrophes and hyphens included, or a comma; any script. */
const tokens = /[\p{L}\p{N}\p{M}]+(?:['’-][\p{L}\p{N}\p{M}]+)*|,/gu;

/** The words of a caption: lower case, commas apart, everything else that is no word left out. */
export function normaliseWords(text: string): string[] {
  // compatibility forms first, so that full-width or decomposed letters are the letters the tower knows
  const words = text.normalize('NFKC').toLowerCase().replaceAll('’', "'").match(tokens) ?? [];
  // a comma only parts words
  return words.filter((word, i) => word !== ',' || (i > 0 && i < words.length - 1 && words[i - 1] !== ','));
}

/**
 * Ids of the first words that fit. Each word is encoded by itself with a leading space, a comma without, as in training.
 * @param maxIds positions of the text tower
 */
export function encodeWords(text: string, encode: Encode, maxIds: number): number[] {
  const ids: number[] = [];
  for (const word of normaliseWords(text)) {
    if (ids.length >= maxIds) break;
    ids.push(...encode(word === ',' ? word : ` ${word}`));
  }
  return ids.slice(0, maxIds);
}
