// Where a reply's picture belongs: behind its first finished sentence. Must never need more than one token of looking
// ahead, so that text is not held back.

export interface PicturePlace {
  /** Cuts new text at the place, if it lies in it: `before`, then the picture, then `after`. */
  readonly push: (text: string) => { readonly before: string; readonly after: string } | undefined;
}

/** A sentence's end, closing quotes and brackets included, which white space must follow. */
const sentenceEnd = /(?:[.!?…]+["'”’)\]]*(?=\s)|[。！？]+[”』」）]*)/gu;
/** A full stop behind these is none. */
const abbreviation = /\b(?:Mr|Mrs|Ms|Dr|St|vs|e\.g|i\.e)\.$/;
/** The longest thing that can turn what follows into a sentence's end. */
const keptCharacters = 32;

/** Whether a next sentence may begin behind the text. */
export const endsSentence = (text: string): boolean => /(?:[.!?…]+["'”’)\]]*|[。！？]+[”』」）]*)$/u.test(text);

/** As GILL's reference code has it: whatever the full stop is for. */
const fullStop = /\./g;

/**
 * @param written text of the reply that is there already; a place in it that was passed by is made up for at once
 * @param atFullStop the first full stop ends the sentence, and nothing else does
 */
export function createPicturePlace(written: string, atFullStop = false): PicturePlace {
  let tail = written;
  return {
    push: (text) => {
      const all = tail + text;
      for (const { index, 0: end } of all.matchAll(atFullStop ? fullStop : sentenceEnd)) {
        const cut = index + end.length;
        if (!atFullStop && abbreviation.test(all.slice(0, cut))) continue;
        const place = Math.max(0, cut - tail.length);
        return { before: text.slice(0, place), after: text.slice(place) };
      }
      tail = all.slice(-keptCharacters);
      return undefined;
    },
  };
}
