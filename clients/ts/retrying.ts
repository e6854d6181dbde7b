// Trying again with growing pauses. Only for what is safe to send twice: reads, and mutations under an idempotency key.
import { toClientError } from './client-error.ts';

const firstPauseMs = 200;
const longestPauseMs = 4_000;
const attempts = 6;

/** Resolves after a pause that doubles with each failure, with some chance in it, or as soon as the signal fires. */
export function pause(failures: number, signal: AbortSignal): Promise<void> {
  const longestMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, longestMs * (0.5 + Math.random() / 2));
  const leave = (): void => resolve();
  signal.addEventListener('abort', leave, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  });
}

/** @throws {ClientError} of the last attempt */
export async function retrying<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (thrown) {
      const error = toClientError(thrown);
      if (!error.retryable || failures === attempts || signal.aborted) throw error;
      await pause(failures, signal);
    }
  }
}
