// Waits for a neighbour that is not there yet: tries again with growing pauses until it answers or the time is up.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, coerceError } from '../../core/app-error.ts';
import type { Log } from '../../core/log.ts';

export interface RetryOptions {
  /** What is waited for, for the log: `PostgreSQL` … */
  readonly what: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly firstPauseMs?: number;
  readonly mostPauseMs?: number;
  /** After this long the last failure is thrown. */
  readonly timeoutMs?: number;
  /** Which failures are worth waiting for; all of them, unless it is given. */
  readonly when?: (thrown: unknown) => boolean;
}

/** A wrong configuration is not waited for. @throws what the last attempt threw, or the signal's reason */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { what, signal, log, firstPauseMs = 200, mostPauseMs = 5_000, timeoutMs = 60_000, when } = options;
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, mostPauseMs)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (thrown) {
      signal.throwIfAborted();
      const hopeless = thrown instanceof AppError && thrown.code === 'CONFIGURATION';
      if (hopeless || when?.(thrown) === false || performance.now() + pauseMs > deadline) throw thrown;
      log.warn({ reason: coerceError(thrown).message, pauseMs }, `${what} is not ready, trying again`);
    }
    await delay(pauseMs, undefined, { signal });
  }
}
