// Things of which only so many exist, lent to whoever asked first. Must never lend one thing twice.

export interface Pool<T> {
  /**
   * Waits for its turn. @param choose picks among those that are free, in no order of their own; default the first
   * @throws the signal's reason, and then nothing was taken
   */
  readonly take: (signal: AbortSignal, choose?: (free: readonly T[]) => T) => Promise<T>;
  readonly give: (item: T) => void;
}

export function createPool<T>(items: readonly T[]): Pool<T> {
  const free = new Set(items);
  const waiting = new Set<() => void>();

  const pick = (choose: (free: readonly T[]) => T): T => {
    const item = choose([...free]);
    free.delete(item);
    return item;
  };
  return {
    take: (signal, choose = ([first]) => first!) => {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      if (free.size > 0 && waiting.size === 0) return Promise.resolve(pick(choose));
      return new Promise<T>((resolve, reject) => {
        const abort = (): void => {
          waiting.delete(proceed);
          reject(signal.reason as Error);
        };
        const proceed = (): void => {
          signal.removeEventListener('abort', abort);
          resolve(pick(choose));
        };
        waiting.add(proceed);
        signal.addEventListener('abort', abort, { once: true });
      });
    },
    give: (item) => {
      free.add(item);
      const [next] = waiting;
      if (!next) return;
      waiting.delete(next);
      next();
    },
  };
}
