// An OpenID Connect issuer on a free port: discovery, keys, and tokens as good or as bad as a test wants them.
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';

export interface TestIssuer extends AsyncDisposable {
  readonly url: string;
  readonly audience: string;
  /** A good one, changed. Times are in seconds from now. */
  readonly token: (change?: TokenChange) => Promise<string>;
  /** The same payload with a header and signature of one's own. */
  readonly forged: (kind: 'none' | 'HS256 with the public key') => Promise<string>;
  /** Signs with a new key from now on; the old one is published beside it until `forget`. */
  readonly rotate: () => Promise<void>;
  readonly forget: () => void;
  readonly keyRequests: () => number;
  away: boolean;
  /** Where discovery says that the keys are. */
  keysUrl: string;
}

export interface TokenChange {
  /** A good one is text. */
  readonly sub?: unknown;
  readonly iss?: string;
  readonly aud?: string;
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  /** Signs with a key that is published nowhere. */
  readonly stranger?: boolean;
  readonly without?: 'exp' | 'sub';
}

export async function startTestIssuer(): Promise<TestIssuer> {
  const audience = 'gill';
  let keys = await newKeys();
  let published = [keys.jwk];
  let keyRequests = 0;
  const server = createServer((request, response) => {
    if (issuer.away) response.writeHead(503).end();
    else if (request.url === '/.well-known/openid-configuration')
      response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: issuer.keysUrl }));
    else {
      keyRequests++;
      response.end(JSON.stringify({ keys: published }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
  const payloadOf = ({ sub = 'ada', iss = url, aud = audience, exp = 300, nbf, iat = 0, without }: TokenChange) => ({
    iss,
    aud,
    iat: nowSeconds() + iat,
    ...(without === 'sub' ? {} : { sub: sub as string }), // jose would not believe that anyone does otherwise
    ...(without === 'exp' ? {} : { exp: nowSeconds() + exp }),
    ...(nbf === undefined ? {} : { nbf: nowSeconds() + nbf }),
  });

  const issuer: TestIssuer = {
    url,
    audience,
    away: false,
    keysUrl: `${url}/keys`,
    keyRequests: () => keyRequests,
    async token(change = {}) {
      const signer = change.stranger ? await newKeys(keys.jwk.kid) : keys;
      return new SignJWT(payloadOf(change))
        .setProtectedHeader({ alg: 'ES256', kid: keys.jwk.kid! })
        .sign(signer.privateKey);
    },
    forged(kind) {
      const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const body = encode(payloadOf({}));
      if (kind === 'none') return Promise.resolve(`${encode({ alg: 'none', kid: keys.jwk.kid })}.${body}.`);
      const head = `${encode({ alg: 'HS256', kid: keys.jwk.kid })}.${body}`;
      const signature = createHmac('sha256', JSON.stringify(keys.jwk)).update(head).digest('base64url');
      return Promise.resolve(`${head}.${signature}`);
    },
    async rotate() {
      keys = await newKeys();
      published = [...published, keys.jwk];
    },
    forget() {
      published = [keys.jwk];
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return issuer;
}

async function newKeys(kid: string = randomUUID()): Promise<{ readonly privateKey: CryptoKey; readonly jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}
