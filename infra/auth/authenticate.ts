// Who asks: from a bearer token to an identity. A token is one of the deployment's own (AUTH_TOKENS), one that a viewer made
// for a program, or one of the OpenID Connect issuer. Without any of these the server listens on loopback only
// (core/configuration.ts refuses anything else) and everyone is the viewer `local`.
import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../core/app-error.ts';
import { isApiToken } from './api-token.ts';
import { ownIdentity, type Identity } from './identity.ts';
import type { VerifyOidc } from './oidc.ts';

/** @param authorization the header's value, or what a WebSocket client sent in its place */
export type Authenticate = (authorization: string | undefined) => Promise<Identity>;

export interface Credentials {
  readonly tokens?: ReadonlyMap<string, string> | undefined;
  readonly oidc?: VerifyOidc | undefined;
  /** Looks a viewer's API token up; undefined for one that is unknown, revoked or expired. */
  readonly findApiToken?: ((token: string) => Promise<Identity | undefined>) | undefined;
}

/** Longer than any token in use, and short enough to hash for anyone. */
const maxTokenLength = 8_192;

/** @throws {AppError} UNAUTHENTICATED from the returned function */
export function createAuthenticate({ tokens, oidc, findApiToken }: Credentials): Authenticate {
  if (!tokens && !oidc) return () => Promise.resolve(ownIdentity('local'));
  const known = [...(tokens ?? [])].map(([token, name]) => ({ digest: digestOf(token), name }));
  return async (authorization) => {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined || token.length > maxTokenLength)
      throw new AppError('UNAUTHENTICATED', 'send "Authorization: Bearer <token>"');
    const digest = digestOf(token);
    // every token is compared, and in constant time, so that time tells nothing
    const [match] = known.filter((candidate) => timingSafeEqual(candidate.digest, digest));
    if (match) return ownIdentity(match.name);
    if (findApiToken && isApiToken(token)) {
      const found = await findApiToken(token);
      if (found) return found;
    } else if (oidc && token.split('.').length === 3) return oidc(token);
    throw new AppError('UNAUTHENTICATED', 'this token is not known here: it may be mistyped, revoked or expired');
  };
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
