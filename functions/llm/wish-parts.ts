// How many pictures a message asks for and what it says of each, from what a network found of each of its tokens. Must never cut a word or a
// character in two, nor hand on what says nothing.

/** What a message says of one token: nothing of a picture, something of one (1, 2 …), or of all. */
export type OfPicture = number;

export interface ReadMessage {
  /** As it was written. */
  readonly text: string;
  /** What the network was given of it: one piece a token, from the beginning on; bytes of UTF-8. */
  readonly pieces: readonly Uint8Array[];
  /** Of each piece. */
  readonly of: readonly OfPicture[];
  /** The one that stands for all pictures. */
  readonly all: OfPicture;
  /** Whether tokens behind the pieces were left out. */
  readonly isCut: boolean;
}

export interface WishParts {
  /** One at least. */
  readonly count: number;
  /** What is said of each and of all, in the order of the pictures; none where that is not clear. */
  readonly parts: readonly string[];
}

/** Words that tell nothing of a picture by themselves. */
const idle = /\b(?:a|an|the|and|then|of|in|on|one|it)\b/giu;
const saysSomething = (part: string): boolean => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(part.replace(idle, ''));
/** How a piece begins that goes on with a word or a character, and how one ends with which something can go on. */
const goesOn = /^(?:\p{L}|\p{N}|\p{M}|\uFFFD|\u200D|\uFE0F)/u;
const isOpen = /(?:\p{L}|\p{N}|\p{M}|\uFFFD|\u200D)$/u;

/** @param counted pictures that the network counts */
export function readParts(counted: number, message: ReadMessage): WishParts {
  const of = wholeWords(message);
  // of the last picture something is said, unless all is said of all of them
  let count = counted;
  const isTold = (picture: number): boolean => of.includes(picture);
  if (of.some((each) => each > 0 && each !== message.all)) while (count > 1 && !isTold(count)) count--;
  if (count === 1 || message.isCut) return { count, parts: [] };
  const pieces = asWritten(message);
  const parts = Array.from({ length: count }, (_, i) => saidOf(pieces, of, [i + 1, message.all]));
  return { count, parts: parts.every(saysSomething) ? parts : [] };
}

/** The pieces of a word are of what its first one is. */
function wholeWords({ pieces, of }: ReadMessage): readonly OfPicture[] {
  const said = pieces.map((piece) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(piece));
  const whole: OfPicture[] = [];
  for (const [i, piece] of said.entries())
    whole.push(i > 0 && goesOn.test(piece) && isOpen.test(said[i - 1]!) ? whole[i - 1]! : of[i]!);
  return whole;
}

/** The pieces in the letters of the message, where the network was given others and as many bytes. */
function asWritten({ text, pieces }: ReadMessage): readonly Uint8Array[] {
  const given = pieces.reduce((sum, { length }) => sum + length, 0);
  const bytes = new TextEncoder().encode(text);
  if (bytes.length !== given) return pieces;
  let at = 0;
  return pieces.map(({ length }) => bytes.subarray(at, (at += length)));
}

/** Neighbours as they stood, others with a space between. */
function saidOf(pieces: readonly Uint8Array[], of: readonly OfPicture[], wanted: readonly OfPicture[]): string {
  const runs: number[][] = [];
  for (const [i, piece] of pieces.entries()) {
    if (!wanted.includes(of[i]!)) continue;
    if (i === 0 || !wanted.includes(of[i - 1]!)) runs.push([]);
    runs.at(-1)!.push(...piece);
  }
  return runs.map((run) => new TextDecoder().decode(Uint8Array.from(run)).trim()).join(' ').trim(); // prettier-ignore
}
