// Bearer tokens of an OpenID Connect issuer, checked against the keys it publishes. Only signatures by a private key are
// taken: with a shared secret, or none, whoever knows the public key could sign. Must never log or repeat a token.
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import { AppError, coerceError } from '../../core/app-error.ts';
import { isSafeForKeys, type OidcConfiguration } from '../../core/configuration.ts';
import { ownIdentity, type Identity } from './identity.ts';

/** Clocks of issuer and server may differ by this much. */
const clockToleranceSeconds = 30;
const timeoutMs = 5_000;
/** Keys are asked for again after this long, and at once (but not more often than the second) for an unknown key. */
const keepKeysMs = 600_000;
const cooldownMs = 30_000;

export type VerifyOidc = (token: string) => Promise<Identity>;

/** @returns a function that throws {AppError} UNAUTHENTICATED, or ISSUER_UNAVAILABLE where trying again can help */
export function createVerifyOidc(
  { issuer, audience, algorithms, jwksUrl }: OidcConfiguration,
  clock: () => number = Date.now,
): VerifyOidc {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;
  const openKeys = async (): Promise<ReturnType<typeof createRemoteJWKSet>> =>
    createRemoteJWKSet(new URL(jwksUrl ?? (await discover(issuer))), {
      timeoutDuration: timeoutMs,
      cacheMaxAge: keepKeysMs,
      cooldownDuration: cooldownMs,
    });

  return async (token) => {
    try {
      keys ??= openKeys();
      const { payload } = await jwtVerify(token, await keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['sub', 'exp'],
        currentDate: new Date(clock()),
      });
      return toIdentity(payload, issuer, clock());
    } catch (thrown) {
      // an issuer that was away when it was first asked is asked anew
      void keys?.catch(() => (keys = undefined));
      throw refusal(thrown);
    }
  };
}

function toIdentity({ sub, exp, iat }: JWTPayload, issuer: string, nowMs: number): Identity {
  // an issuer's claims are whatever it wrote: a number or a list would become a name by itself
  const subject: unknown = sub;
  if (typeof subject !== 'string' || subject === '' || subject.length > 255)
    throw new AppError('UNAUTHENTICATED', 'the token\'s claim "sub" must be text of 1 to 255 characters');
  if (iat !== undefined && iat * 1_000 > nowMs + clockToleranceSeconds * 1_000)
    throw new AppError('UNAUTHENTICATED', 'the token was issued in the future: check the clocks');
  // a subject means something only together with who issued it
  return ownIdentity(`${issuer}#${subject}`, (exp! + clockToleranceSeconds) * 1_000);
}

function refusal(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof errors.JWTExpired)
    return new AppError('UNAUTHENTICATED', 'the token has expired: get a new one');
  if (thrown instanceof errors.JWTClaimValidationFailed)
    return new AppError('UNAUTHENTICATED', `the token's claim "${thrown.claim}" is not what this server wants`);
  const unreachable = !(thrown instanceof errors.JOSEError) || thrown instanceof errors.JWKSTimeout;
  // jose throws its general error for an answer other than 200
  if (unreachable || thrown.code === 'ERR_JOSE_GENERIC' || thrown instanceof errors.JWKSInvalid)
    return new AppError('ISSUER_UNAVAILABLE', "the issuer's keys cannot be read: try again", coerceError(thrown));
  return new AppError('UNAUTHENTICATED', 'this token is not valid here: check its issuer, signature and algorithm');
}

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** Where the issuer says that its keys are (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const found = discovery.parse(await response.json());
  if (found.issuer !== issuer)
    throw new AppError('ISSUER_UNAVAILABLE', `${url} speaks for ${found.issuer}: correct OIDC_ISSUER`);
  if (!isSafeForKeys(found.jwks_uri))
    throw new AppError(
      'ISSUER_UNAVAILABLE',
      `${url} gives its keys over plain http: they could be changed on their way`,
    );
  return found.jwks_uri;
}
