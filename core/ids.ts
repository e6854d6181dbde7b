// Public ids: a readable prefix and the row's UUID, opaque to clients. Must never be parsed outside this file.
import { v7 as uuidv7 } from 'uuid';

const prefixes = {
  viewer: 'vwr',
  conversation: 'cnv',
  message: 'msg',
  image: 'img',
  upload: 'upl',
  apiToken: 'tok',
} as const;
export type IdKind = keyof typeof prefixes;

/** A new row id: UUIDv7, so that rows of one time lie together. */
export const newId = (): string => uuidv7();

/** `msg_` + 22 characters of base64url. */
export function toPublicId(kind: IdKind, uuid: string): string {
  return `${prefixes[kind]}_${Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')}`;
}

/** @returns the kind and the row's UUID, or undefined for anything this server never made */
export function parsePublicId(id: string): { kind: IdKind; uuid: string } | undefined {
  const separator = id.indexOf('_');
  const kind = (Object.keys(prefixes) as IdKind[]).find((candidate) => prefixes[candidate] === id.slice(0, separator));
  const body = id.slice(separator + 1);
  if (!kind || !/^[A-Za-z0-9_-]{22}$/.test(body)) return undefined;
  const bytes = Buffer.from(body, 'base64url');
  // one id, one spelling: the last character carries four spare bits that must be zero
  if (bytes.toString('base64url') !== body) return undefined;
  const hex = bytes.toString('hex');
  return {
    kind,
    uuid: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'),
  };
}
