// What the viewer says: words, pictures that go with them, and how many are to be drawn.
import type { Picture, ReplyPart } from '../../clients/ts/index.ts';
import type { PartInput, ReplyOptions } from '../../schema/generated/client-types.ts';

export interface Wish {
  readonly text: string;
  readonly pictures: readonly Picture[];
  /** Pictures to be drawn for it. */
  readonly takes: number;
}

export const toParts = ({ pictures, text }: Wish): PartInput[] => [
  ...pictures.map(({ id }) => ({ imageId: id })),
  ...(text === '' ? [] : [{ text }]),
];

export const toOptions = ({ takes, text }: Wish): { readonly options?: ReplyOptions } =>
  takes > 1 && text !== '' ? { options: { image: { takes } } } : {};

export const textOf = (parts: readonly ReplyPart[]): string =>
  parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');

export const picturesOf = (parts: readonly ReplyPart[]): readonly Picture[] =>
  parts.flatMap((part) => (part.kind === 'image' ? [part.image] : []));
