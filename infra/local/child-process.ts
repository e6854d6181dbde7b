// Keeps one child process running: its ready line, its log lines, a new start with growing pauses after a crash, and an
// orderly stop. Must never start a child again that is to stop, nor leave one behind.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AppError, unreachable } from '../../core/app-error.ts';
import type { Log } from '../../core/log.ts';
import { parse, type LogRecord } from './readable-log.ts';

const firstPauseMs = 200;
const mostPauseMs = 10_000;
/** A child that has lived this long begins again with the shortest pause. */
const soundAfterMs = 60_000;

export interface ChildOptions {
  readonly name: string;
  /** Path of the script that Node runs. */
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  /** Every line the child writes but its ready line. */
  readonly onLine: (component: string, line: string) => void;
  readonly log: Log;
  /** From the start to the ready line. */
  readonly readyTimeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
}

/** What a child says of itself once it does its work. */
export interface ReadyLine {
  readonly port?: number;
  readonly url?: string;
}

export interface SupervisedChild extends AsyncDisposable {
  /** Undefined between a crash and the next start. */
  readonly pid: () => number | undefined;
  /** Ends the child at once, whatever it is doing, and for good. */
  readonly kill: () => void;
}

type State =
  | { readonly kind: 'running'; readonly child: ChildProcess; readonly startedAt: number }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'stopped' };

/**
 * Starts the child and waits for its ready line. A child that cannot even start once is given up; later it is started
 * again for ever. @throws {AppError} CONFIGURATION with the child's own last words
 */
export async function superviseChild(
  options: ChildOptions,
  signal: AbortSignal,
): Promise<{ readonly child: SupervisedChild; readonly ready: ReadyLine }> {
  const { name, log } = options;
  const firstReady = Promise.withResolvers<ReadyLine>();
  const exited = Promise.withResolvers<undefined>();
  let everReady = false;
  let pauseMs = firstPauseMs;
  let lastWords = '';
  let state: State = start();

  function start(): State {
    // in a group of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops its parts in order.
    // stdin is a pipe that ends with the supervisor, whatever kills it.
    const child = spawn(process.execPath, [options.script], {
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    child.stdin.on('error', () => undefined); // a child that is gone reads no more; its exit is handled below
    createInterface({ input: child.stdout }).on('line', onStdout);
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (/^\w*Error\b/.test(line)) lastWords = line;
      options.onLine(name, line);
    });
    child.once('error', (error) => log.error({ err: error, child: name }, `${name} cannot be started`));
    child.once('close', (code, killedBy) => onClose(child, code, killedBy));
    return { kind: 'running', child, startedAt: performance.now() };
  }

  function onStdout(line: string): void {
    const ready = readReadyLine(line);
    if (ready) {
      if (everReady) log.info({ child: name }, `${name} is back`);
      everReady = true;
      firstReady.resolve(ready);
      return;
    }
    const record = parse(line);
    if (record?.level === 'error') lastWords = sentence(record);
    options.onLine(name, line);
  }

  function onClose(child: ChildProcess, code: number | null, killedBy: NodeJS.Signals | null): void {
    if (state.kind !== 'running' || state.child !== child) {
      exited.resolve(undefined);
      return;
    }
    const how = killedBy ?? `exit code ${code ?? 'unknown'}`;
    if (!everReady) {
      state = { kind: 'stopped' };
      const words = lastWords || `it ended with ${how} and said nothing`;
      firstReady.reject(new AppError('CONFIGURATION', `${name} could not start: ${words}`));
      return;
    }
    if (performance.now() - state.startedAt > soundAfterMs) pauseMs = firstPauseMs;
    log.error({ child: name, how, pauseMs }, `${name} ended unexpectedly, starting it again`);
    state = { kind: 'waiting', timer: setTimeout(() => (state = start()), pauseMs) };
    pauseMs = Math.min(pauseMs * 2, mostPauseMs);
  }

  async function stop(): Promise<void> {
    const before = state;
    state = { kind: 'stopped' };
    switch (before.kind) {
      case 'running': {
        const { child } = before;
        child.kill('SIGTERM');
        child.stdin?.end();
        const late = setTimeout(() => {
          log.warn({ child: name, ms: options.stopTimeoutMs }, `${name} does not stop, killing it`);
          child.kill('SIGKILL');
        }, options.stopTimeoutMs);
        await exited.promise;
        clearTimeout(late);
        return;
      }
      case 'waiting':
        clearTimeout(before.timer);
        return;
      case 'stopped':
        return;
      default:
        unreachable(before);
    }
  }

  function kill(): void {
    const before = state;
    if (before.kind === 'waiting') clearTimeout(before.timer);
    if (before.kind === 'running') before.child.kill('SIGKILL');
    state = { kind: 'stopped' };
  }

  const onAbort = (): void => firstReady.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const late = setTimeout(() => {
    const seconds = options.readyTimeoutMs / 1_000;
    firstReady.reject(
      new AppError('CONFIGURATION', `${name} was not ready after ${seconds} s; its last words: ${lastWords || 'none'}`),
    );
  }, options.readyTimeoutMs);
  try {
    const ready = await firstReady.promise;
    const pid = (): number | undefined => (state.kind === 'running' ? state.child.pid : undefined);
    return { child: { pid, kill, [Symbol.asyncDispose]: stop }, ready };
  } catch (thrown) {
    await stop();
    throw thrown;
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', onAbort);
  }
}

/** What an error line says: the error itself where it holds one. */
function sentence({ msg, err }: LogRecord): string {
  if (typeof err === 'object' && err !== null && 'message' in err && typeof err.message === 'string')
    return err.message;
  return msg ?? '';
}

function readReadyLine(line: string): ReadyLine | undefined {
  if (!line.startsWith('{"type":"ready"')) return undefined;
  return JSON.parse(line) as ReadyLine;
}
