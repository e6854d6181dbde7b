// Who may knock: checks every door makes before it reads a request. On loopback without tokens anyone on this machine is
// the viewer, so a page of another site must not reach the server through the visitor's browser: neither by a foreign
// Origin, nor by a name that resolves to 127.0.0.1 (DNS rebinding).
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../../core/configuration.ts';
import { limits } from '../../../core/limits.ts';
import { AppError, coerceError } from '../../../core/app-error.ts';
import type { Authenticate } from '../../../infra/auth/authenticate.ts';
import type { Identity } from '../../../infra/auth/identity.ts';
import { ensureViewer, findViewer, type Viewer } from '../../../infra/database/viewers.ts';
import type { Services } from '../context.ts';

/** A viewer and what its credential allows, for as long as it holds. */
export interface Caller extends Viewer, Pick<Identity, 'rights' | 'expiresAtMs'> {}

export interface Admission {
  /** @throws {AppError} FORBIDDEN naming the header */
  readonly checkPlace: (request: IncomingMessage) => void;
  /** @throws {AppError} UNAUTHENTICATED */
  readonly admit: (authorization: string | undefined) => Promise<Caller>;
  /**
   * Looks at the credential behind something that stays open: when it runs out, and now and then whether it was taken back.
   * @param onInvalid called once, with a sentence for the client
   */
  readonly keepAdmitted: (
    authorization: string | undefined,
    caller: Caller,
    onInvalid: (why: string) => void,
  ) => Disposable;
  /** Whether the name of an open connection still stands for its viewer: every operation over it asks. */
  readonly isCurrent: (viewer: Viewer) => Promise<boolean>;
  /** Forgets which viewer the name stands for, and looks at once at what that viewer has open here. */
  readonly forget: (name: string) => void;
  /** True for an origin whose pages may read the answers. */
  readonly allowsOrigin: (origin: string) => boolean;
}

export interface AdmissionOptions {
  readonly authenticate: Authenticate;
  /** Without tokens only loopback names are answered. */
  readonly hasTokens: boolean;
  readonly allowedOrigins: readonly string[];
  /** Default: limits.recheckCredentialMs. */
  readonly recheckMs?: number;
}

/** A name's viewer is looked up again after this long: another process may have deleted it. */
const keepViewerMs = 1_000;
const maxKeptViewers = 10_000;
/** What a timer can wait at most. */
const longestTimerMs = 2 ** 31 - 1;

export function createAdmission(services: Services, options: AdmissionOptions): Admission {
  const viewers = new Map<string, { readonly viewer: Promise<Viewer>; readonly at: number }>();
  /** By name: looks again at something that stays open. */
  const open = new Map<string, Set<() => Promise<void>>>();

  const allowsOrigin = (origin: string): boolean => options.allowedOrigins.includes(origin);

  /** Looked up lately. */
  const keptOf = (name: string): Promise<Viewer> | undefined => {
    const known = viewers.get(name);
    return known && performance.now() - known.at < keepViewerMs ? known.viewer : undefined;
  };

  const viewerOf = (name: string): Promise<Viewer> => keptOf(name) ?? keep(name, ensureViewer(services.db, name));

  function keep(name: string, viewer: Promise<Viewer>): Promise<Viewer> {
    if (viewers.size >= maxKeptViewers) viewers.clear();
    viewers.set(name, { viewer, at: performance.now() });
    viewer.catch(() => viewers.delete(name));
    return viewer;
  }

  async function admit(authorization: string | undefined): Promise<Caller> {
    const { name, rights, expiresAtMs } = await options.authenticate(authorization);
    return { ...(await viewerOf(name)), rights, expiresAtMs };
  }

  /** Asks and makes nothing: an account that is gone does not come back by what it left open. */
  async function isCurrent({ name, id }: Viewer): Promise<boolean> {
    const kept = keptOf(name);
    if (kept) return (await kept).id === id;
    const found = await findViewer(services.db, name);
    if (found) void keep(name, Promise.resolve(found));
    return found?.id === id;
  }

  return {
    allowsOrigin,
    admit,
    isCurrent,
    forget: (name) => {
      viewers.delete(name);
      for (const look of open.get(name) ?? []) void look();
    },
    keepAdmitted(authorization, caller, onInvalid) {
      let timer: NodeJS.Timeout | undefined;
      let over = false;
      let { expiresAtMs } = caller;
      const wait = (): void => {
        const leftMs = Math.max(0, (expiresAtMs ?? Infinity) - Date.now());
        const pauseMs = Math.min(options.recheckMs ?? limits.recheckCredentialMs, leftMs + 1, longestTimerMs);
        clearTimeout(timer); // a look out of turn has its own pause behind it
        timer = setTimeout(() => void look(), pauseMs);
      };
      const end = (why: string): void => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        onInvalid(why);
      };
      async function look(): Promise<void> {
        let isHere = true;
        try {
          const now = await options.authenticate(authorization);
          ({ expiresAtMs } = now);
          isHere = await isCurrent({ name: now.name, id: caller.id });
        } catch (thrown) {
          if (thrown instanceof AppError && thrown.code === 'UNAUTHENTICATED') {
            end(thrown.message);
            return;
          }
          // neither valid nor invalid: the database or the issuer is away
          services.log.warn({ err: coerceError(thrown) }, 'a credential could not be looked at again');
          // but what has run out by itself is over, whoever is away
          if (expiresAtMs !== undefined && Date.now() >= expiresAtMs) {
            end('the token has expired: get a new one');
            return;
          }
        }
        if (!isHere) end('this account was deleted');
        else if (!over) wait();
      }
      const looks = open.get(caller.name) ?? new Set();
      open.set(caller.name, looks.add(look));
      wait();
      return {
        [Symbol.dispose]() {
          over = true;
          clearTimeout(timer);
          looks.delete(look);
          if (looks.size === 0 && open.get(caller.name) === looks) open.delete(caller.name);
        },
      };
    },
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
  };
}
