// Who may knock: checks every door makes before it reads a request. On loopback without tokens anyone on this machine is
// the viewer, so a page of another site must not reach the server through the visitor's browser: neither by a foreign
// Origin, nor by a name that resolves to 127.0.0.1 (DNS rebinding).
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../../core/app-error.ts';
import { isLoopback } from '../../../core/configuration.ts';
import type { Authenticate } from '../../../infra/auth/authenticate.ts';
import { ensureViewer, type Viewer } from '../../../infra/database/viewers.ts';
import type { Services } from '../context.ts';

export interface Admission {
  /** @throws {AppError} FORBIDDEN naming the header */
  readonly checkPlace: (request: IncomingMessage) => void;
  /** @throws {AppError} UNAUTHENTICATED */
  readonly admit: (authorization: string | undefined) => Promise<Viewer>;
  /** True for an origin whose pages may read the answers. */
  readonly allowsOrigin: (origin: string) => boolean;
}

export interface AdmissionOptions {
  readonly authenticate: Authenticate;
  /** Without tokens only loopback names are answered. */
  readonly hasTokens: boolean;
  readonly allowedOrigins: readonly string[];
}

export function createAdmission(services: Services, options: AdmissionOptions): Admission {
  const viewers = new Map<string, Promise<Viewer>>();

  const allowsOrigin = (origin: string): boolean => options.allowedOrigins.includes(origin);

  return {
    allowsOrigin,
    checkPlace({ headers: { host, origin } }) {
      const name = host === undefined ? undefined : URL.parse(`http://${host}`)?.hostname.replaceAll(/[[\]]/g, '');
      if (!options.hasTokens && (name === undefined || !isLoopback(name))) {
        throw new AppError(
          'FORBIDDEN',
          `the Host header is "${host?.slice(0, 80) ?? ''}": without AUTH_TOKENS only localhost is answered`,
        );
      }
      if (origin === undefined || allowsOrigin(origin)) return;
      if (URL.parse(origin)?.host === host) return;
      throw new AppError(
        'FORBIDDEN',
        `pages of ${origin.slice(0, 80)} may not call this server: add the origin to GILL_ALLOWED_ORIGINS`,
      );
    },
    async admit(authorization) {
      const name = options.authenticate(authorization);
      const known = viewers.get(name) ?? ensureViewer(services.db, name);
      viewers.set(name, known);
      known.catch(() => viewers.delete(name));
      return known;
    },
  };
}

/** W3C trace context, where it is well formed. */
export function traceparentOf({ headers }: IncomingMessage): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)
    ? traceparent
    : undefined;
}
