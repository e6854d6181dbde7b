// What a viewer is told of an error. Must never promise that something was done.
import type { ClientError } from '../../clients/ts/client-error.ts';

/** @param ifSilent what to say of it when the server does not answer */
export const sentenceOf = (
  { code, message }: ClientError,
  ifSilent = 'Your words are kept: try again in a moment.',
): string => (code === 'NETWORK' ? `The server does not answer. ${ifSilent}` : message);
