// What the viewer says: words, pictures that go with them, and how many are to be drawn.
import type { Picture, ReplyPart } from '../../clients/ts/index.ts';
import type { PartInput, ReplyOptions } from '../../schema/generated/client-types.ts';

export interface Wish {
  readonly text: string;
  readonly pictures: readonly Picture[];
  /** Pictures to be drawn for it. */
  readonly takes: number;
  /** A picture is asked for outright: whether one is wanted is no question. */
  readonly isForPicture?: boolean;
}

/** The largest `imageBias`. */
export const surelyWanted = 20;
/**
 * The bundled model's gate hesitates (0.3 to 0.8) where a drawn picture goes along with "make it night", for which it is sure
 * without one; "what is this?" stays far below.
 */
const likelyWanted = 1;

export const toParts = ({ pictures, text }: Wish): PartInput[] => [
  ...pictures.map(({ id }) => ({ imageId: id })),
  ...(text === '' ? [] : [{ text }]),
];

export function toOptions({ takes, text, pictures, isForPicture }: Wish): { readonly options?: ReplyOptions } {
  if (text === '') return {};
  const goesOn = pictures.some((picture) => picture.__typename === 'GeneratedImage');
  const imageBias = isForPicture ? surelyWanted : goesOn ? likelyWanted : 0;
  const options = { ...(imageBias > 0 && { imageBias }), ...(takes > 1 && { image: { takes } }) };
  return Object.keys(options).length > 0 ? { options } : {};
}

export const textOf = (parts: readonly ReplyPart[]): string =>
  parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');

export const picturesOf = (parts: readonly ReplyPart[]): readonly Picture[] =>
  parts.flatMap((part) => (part.kind === 'image' ? [part.image] : []));
