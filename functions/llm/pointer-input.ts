// What the pointer reads (training/networks/pointer.py, `batch`): the words of a message and those that earlier pictures were asked for with,
// each with its rows of the tables that are added to it. Must never leave a word out that was learned with, nor put one in.

/** A picture of the dialogue by what was said before it. */
export interface AskedPicture {
  /** Of the message that it answers, or of what it says of this picture. */
  readonly words: string;
  /** Its place among the pictures of that answer, from 0 on. */
  readonly nth: number;
}

/** A word, or what begins a segment. */
export interface PointerItem {
  /** Undefined: a segment begins. */
  readonly id: number | undefined;
  /** Rows of the tables, in the order of `pointerTables`. */
  readonly rows: readonly [begin: number, word: number, first: number, last: number, nth: number, said: number];
}

/** Ids of a message or of a picture's words, cut to what one segment holds, and what each says however it is written. */
export interface Words {
  readonly ids: readonly number[];
  readonly names: readonly string[];
}

const [aWord, theMessage, aPicture] = [0, 1, 2] as const;
const [here, forOne, forSeveral, alone, shared] = [0, 1, 2, 3, 4] as const;
/** Where a picture begins: how many words of the message were said for it alone, so many at most, of so many letters at least. */
const [matches, mostMatches, leastLetters] = [5, 3, 3] as const;
export const saidRows = matches + mostMatches + 1;

/**
 * @param pictures oldest first, with their places in their replies
 * @returns segments: the message's, then each picture's
 */
export function layOutPointer(
  message: Words,
  pictures: readonly (Words & { readonly nth: number })[],
): readonly (readonly PointerItem[])[] {
  const counts = new Map<string, number>();
  for (const { names } of pictures) for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const said = new Set(message.names);
  const segment = (
    begins: typeof theMessage | typeof aPicture,
    { ids, names }: Words,
    place: readonly [first: number, last: number, nth: number],
    saidOf: (name: string) => number,
    matched: number,
  ): readonly PointerItem[] => [
    { id: undefined, rows: [begins, 0, ...place, matched] },
    ...ids.map((id, i): PointerItem => ({ id, rows: [aWord, i + 1, ...place, saidOf(names[i]!)] })),
  ];
  const ofPicture = (name: string): number => (!said.has(name) ? here : counts.get(name) === 1 ? alone : shared);
  const matchesOf = ({ names }: Words): number =>
    new Set(names.filter((name) => ofPicture(name) === alone && Array.from(name).length >= leastLetters)).size;
  return [
    segment(theMessage, message, [0, 0, 0], (name) => Math.min(forSeveral, (counts.get(name) ?? 0) * forOne), here),
    ...pictures.map((picture, i) => {
      const place = [i + 1, pictures.length - i, picture.nth] as const;
      return segment(aPicture, picture, place, ofPicture, matches + Math.min(mostMatches, matchesOf(picture)));
    }),
  ];
}
