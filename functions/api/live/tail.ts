// One tail per thing that is watched, however many watch it: it looks when a bell rings and by itself besides (pace.ts), keeps
// what it found, and wakes its watchers. It lives while someone watches. Must never push: watchers take at their own pace.
import { AppError, coerceError } from '../../../core/app-error.ts';
import type { Log } from '../../../core/log.ts';
import type { Bus, Topic } from '../../../infra/bus/bus.ts';
import { paceFor, slower } from './pace.ts';

/** Something that happened: numbered without a gap. `cursor` resumes after it. */
export interface LogItem {
  readonly n: number;
  readonly cursor: string | undefined;
  readonly node: object;
}

/** Something that is, newest only. `version` counts its changes within one tail. */
export interface StateItem {
  readonly cursor: string | undefined;
  readonly node: object;
  readonly version: number;
}

/** What has been found so far. `ended`: nothing follows the log and the states; an error instead says why it broke off. */
export interface View {
  readonly log: readonly LogItem[];
  readonly states: ReadonlyMap<string, StateItem>;
  readonly ended: boolean | AppError;
}

export interface Tail {
  readonly view: () => View;
  /** Resolves at the next change; rejects with the signal's reason. */
  readonly changed: (signal: AbortSignal) => Promise<void>;
}

/** Makes the next view of the last one; returns the same object when nothing changed. */
export type Look = (last: View) => Promise<View>;

export interface TailRegistry {
  /** Resolves after the first look. Disposing the handle lets go of the tail. */
  readonly open: (topic: Topic, look: Look) => Promise<Tail & Disposable>;
  readonly count: () => number;
}

const emptyView: View = { log: [], states: new Map(), ended: false };

export function createTailRegistry(bus: Bus, log: Log): TailRegistry {
  const tails = new Map<Topic, { readonly tail: RunningTail; watchers: number }>();
  return {
    async open(topic, look) {
      const known = tails.get(topic);
      const entry = known ?? { tail: startTail(bus, log, topic, look), watchers: 0 };
      tails.set(topic, entry);
      entry.watchers++;
      let open = true;
      const handle = {
        view: entry.tail.view,
        changed: entry.tail.changed,
        [Symbol.dispose]() {
          if (!open) return;
          open = false;
          if (--entry.watchers > 0) return;
          entry.tail[Symbol.dispose]();
          if (tails.get(topic) === entry) tails.delete(topic);
        },
      };
      try {
        await entry.tail.firstLook;
        // who comes now is shown what is, also by a tail that nobody rings for; what it cannot look at it tries again by itself
        if (known && !bus.hearsOthers) await entry.tail.wake();
        return handle;
      } catch (thrown) {
        handle[Symbol.dispose]();
        throw thrown;
      }
    },
    count: () => tails.size,
  };
}

interface RunningTail extends Tail, Disposable {
  readonly firstLook: Promise<void>;
  /** Looks at once, and often again. */
  readonly wake: () => Promise<void>;
}

/** One line for all tails: they are many, and their database is one. */
const troubleQuietMs = 10_000;
let troubleToldAt = -Infinity;

function startTail(bus: Bus, log: Log, topic: Topic, look: Look): RunningTail {
  let view = emptyView;
  let waiters = new Set<(value: undefined) => void>();
  let looking: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  const pace = paceFor(bus.hearsOthers, topic);
  let waitMs = pace.fastestMs;
  let timer: NodeJS.Timeout | undefined;

  const lookAgain = (): Promise<void> => {
    again = true;
    looking ??= lookWhileAsked().finally(() => {
      looking = undefined;
      clearTimeout(timer);
      if (!stopped && view.ended === false) timer = setTimeout(lookByItself, waitMs);
    });
    return looking;
  };

  async function lookWhileAsked(): Promise<void> {
    while (again && !stopped && view.ended === false) {
      again = false;
      const next = await look(view);
      if (next === view) continue;
      view = next;
      waitMs = pace.fastestMs;
      const woken = waiters;
      waiters = new Set();
      for (const wake of woken) wake(undefined);
    }
  }

  // the bell is hung up before the first look, so that nothing falls between the two
  // when the database is away for a moment watchers wait and the poll tries again: the log is there
  const onTrouble = (thrown: unknown): void => {
    if (performance.now() - troubleToldAt < troubleQuietMs) return;
    troubleToldAt = performance.now();
    log.warn({ err: coerceError(thrown), topic }, 'live tails cannot look; they try again');
  };
  function lookByItself(): void {
    waitMs = slower(waitMs, pace);
    void lookAgain().catch(onTrouble);
  }
  function wake(): Promise<void> {
    waitMs = pace.fastestMs;
    return lookAgain().catch(onTrouble);
  }
  const bell = bus.listen(topic, () => void wake());
  return {
    firstLook: lookAgain(),
    wake,
    view: () => view,
    changed: (signal) => nextChange(waiters, signal),
    [Symbol.dispose]() {
      stopped = true;
      clearTimeout(timer);
      bell[Symbol.dispose]();
    },
  };
}

function nextChange(waiters: Set<(value: undefined) => void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const onAbort = (): void => reject(coerceError(signal.reason));
  if (signal.aborted) onAbort();
  waiters.add(resolve);
  signal.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => {
    waiters.delete(resolve);
    signal.removeEventListener('abort', onAbort);
  });
}
