// A user's text → token ids for a text tower that was trained on short captions in lower case ("a red cat , rain").
// Must never fail on any text: what the tower cannot use is left out, and nothing left is told as an empty list.

import type { Encode } from './word-tokenizer.ts';

/** A word of any script, its inner apostrophes and hyphens included, or a comma. */
const tokens = /[\p{L}\p{N}\p{M}]+(?:['-][\p{L}\p{N}\p{M}]+)*|,/gu;

// The captions describe; people ask. In front of a caption, "please draw me" makes the tower miss objects that it reads
// well without, so the usual ways to ask are taken off. Both patterns leave at least one word.
const asking =
  /^(?:(?:,|please|now|hi|hello|hey|(?:can|could|would|will) you|(?:can|could|may) (?:i|we)|i (?:want|would like)(?: you)?|i'd like(?: you)?|(?:a|an) (?:picture|drawing|painting|image|photo) of|(?:to )?(?:see|have|draw|paint|sketch|show|make|create|give)(?: me| us)?) )+/;
const thanking = /(?: (?:,|please|thanks|thank you|for (?:me|us)))+$/;

/** The words of a caption: lower case, commas apart, what is no word and what only asks left out. */
export function normaliseWords(text: string): string[] {
  // compatibility forms first, so that full-width or decomposed letters are the letters the tower knows
  const plain = text.normalize('NFKC').toLowerCase().replaceAll('’', "'");
  const words = plain.match(tokens) ?? [];
  // a comma only parts words
  const parted = words.filter((word, i) => word !== ',' || (i > 0 && i < words.length - 1 && words[i - 1] !== ','));
  if (parted.length === 0) return [];
  return parted.join(' ').replace(asking, '').replace(thanking, '').split(' ');
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
