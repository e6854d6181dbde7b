// Who asks: from a bearer token to a viewer's name. Without configured tokens the server listens on loopback only
// (core/configuration.ts refuses anything else) and everyone is the viewer `local`.
import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../core/app-error.ts';

/** @param authorization the header's value, or what a WebSocket client sent in its place @returns the viewer's name */
export type Authenticate = (authorization: string | undefined) => string;

/** @throws {AppError} UNAUTHENTICATED from the returned function */
export function createAuthenticate(tokens: ReadonlyMap<string, string> | undefined): Authenticate {
  if (!tokens) return () => 'local';
  const known = [...tokens].map(([token, name]) => ({ digest: digestOf(token), name }));
  return (authorization) => {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new AppError('UNAUTHENTICATED', 'send "Authorization: Bearer <token>"');
    const digest = digestOf(token);
    // every token is compared, and in constant time, so that time tells nothing
    const matches = known.filter((candidate) => timingSafeEqual(candidate.digest, digest));
    if (!matches[0]) throw new AppError('UNAUTHENTICATED', 'this token is not known: check AUTH_TOKENS');
    return matches[0].name;
  };
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
