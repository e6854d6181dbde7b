// Watches over the embedded PostgreSQL: when it is gone, it is started again with growing pauses. Its port stays the same,
// so that everyone's connections come back by themselves.
import { setTimeout as delay } from 'node:timers/promises';
import { coerceError } from '../../core/app-error.ts';
import type { Log } from '../../core/log.ts';
import { isProcessAlive } from './operating-system.ts';
import { startPostgres, type EmbeddedPostgres, type PostgresOptions } from './postgres.ts';

const lookEveryMs = 500;
const firstPauseMs = 200;
const mostPauseMs = 10_000;

export interface SupervisedPostgres extends AsyncDisposable {
  readonly url: string;
  readonly how: EmbeddedPostgres['how'];
  readonly pid: () => number;
  /** Ends it at once; it recovers at the next start. */
  readonly kill: () => void;
}

export async function supervisePostgres(
  options: PostgresOptions,
  log: Log,
  signal: AbortSignal,
): Promise<SupervisedPostgres> {
  let server = await startPostgres(options, signal);
  const { url, how } = server;
  const stopping = new AbortController();

  async function watch(): Promise<void> {
    for (;;) {
      await delay(lookEveryMs, undefined, { signal: stopping.signal });
      if (isProcessAlive(server.pid)) continue;
      log.error({ pid: server.pid }, 'PostgreSQL ended unexpectedly, starting it again');
      server = await startAgain();
      log.info({ pid: server.pid, how: server.how }, 'PostgreSQL is back');
    }
  }

  async function startAgain(): Promise<EmbeddedPostgres> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, mostPauseMs)) {
      await delay(pauseMs, undefined, { signal: stopping.signal });
      try {
        return await startPostgres({ ...options, keepPort: true }, stopping.signal);
      } catch (thrown) {
        stopping.signal.throwIfAborted();
        log.error({ err: coerceError(thrown), pauseMs }, 'PostgreSQL cannot be started again yet');
      }
    }
  }

  const watching = watch().catch((thrown: unknown) => {
    if (!stopping.signal.aborted) log.error({ err: coerceError(thrown) }, 'nobody watches over PostgreSQL any more');
  });

  return {
    url,
    how,
    pid: () => server.pid,
    kill() {
      stopping.abort();
      // SIGQUIT is PostgreSQL's immediate shutdown: its children go too
      if (isProcessAlive(server.pid)) process.kill(server.pid, 'SIGQUIT');
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
      await server[Symbol.asyncDispose]();
    },
  };
}
