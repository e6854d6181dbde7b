// Life of a process of this program: start, one ready line, then until SIGTERM, SIGINT or the end of stdin (the parent is
// gone), and an orderly stop. Must never hang at the end: what does not stop in time is left to the system.
import { fstatSync } from 'node:fs';
import { coerceError } from '../../core/app-error.ts';
import { createLog } from '../../core/log.ts';

/** Longer than any part's own deadline, and before hosts kill, which most do after ten seconds. */
const stopTimeoutMs = 9_500;

/**
 * @param start gets a signal that aborts when the process is told to end while it still starts
 * @param component names the process in the one line that tells why a start failed
 */
export async function runProcess(
  component: string,
  start: (signal: AbortSignal) => Promise<AsyncDisposable>,
): Promise<void> {
  const ending = new AbortController();
  const end = (): void => {
    if (ending.signal.aborted) return;
    ending.abort();
    // also where it still starts
    setTimeout(() => {
      createLog(component, 'info').error(
        { stopTimeoutMs },
        'something did not stop in time: the process ends without it',
      );
      process.exit(1);
    }, stopTimeoutMs);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  onParentGone(end);
  let part: AsyncDisposable;
  try {
    part = await start(ending.signal);
  } catch (thrown) {
    if (!ending.signal.aborted) {
      createLog(component, 'info').error({ err: coerceError(thrown) }, coerceError(thrown).message);
      process.exitCode = 1;
    }
    process.exit();
  }
  if (!ending.signal.aborted) await new Promise((resolve) => ending.signal.addEventListener('abort', resolve));
  try {
    await part[Symbol.asyncDispose]();
  } catch (thrown) {
    createLog(component, 'info').error({ err: coerceError(thrown) }, 'stopping failed');
    process.exitCode = 1;
  }
  process.exit();
}

/** Calls back when the process that started this one is gone: then the pipe it held as our stdin ends. */
export function onParentGone(callback: () => void): void {
  const stdin = fstatSync(0);
  // only a pipe has a parent at its other end: a terminal or /dev/null ends for other reasons
  if (!stdin.isFIFO() && !stdin.isSocket()) return;
  process.stdin.once('end', callback).once('error', callback);
  process.stdin.resume();
}

/** The one line that tells a supervisor that this process does its work now. */
export function reportReady(fields: { readonly port?: number; readonly url?: string } = {}): void {
  process.stdout.write(`${JSON.stringify({ type: 'ready', ...fields })}\n`);
}
