// Whether new work is let in, and what is under way: an orderly stop refuses the one and waits for the other. Subscriptions
// are no work in this sense: they are cut, and resume elsewhere by cursor.
import { AppError } from '../../../core/app-error.ts';

export interface Gate {
  /** To be disposed when the operation's answer has been sent. @throws {AppError} BUSY once it is closed */
  readonly enter: () => Disposable;
  readonly isOpen: () => boolean;
  /** Lets nobody in any more. Resolves when all who are inside have left, or after this time. */
  readonly close: (patienceMs: number) => Promise<void>;
}

export function createGate(): Gate {
  const inside = new Set<symbol>();
  let open = true;
  let onEmpty = (): void => undefined;
  return {
    isOpen: () => open,
    enter() {
      if (!open) throw new AppError('BUSY', 'this process stops: ask again, another one answers');
      const one = Symbol();
      inside.add(one);
      return {
        [Symbol.dispose]() {
          if (inside.delete(one) && inside.size === 0) onEmpty();
        },
      };
    },
    async close(patienceMs) {
      open = false;
      if (inside.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      onEmpty = () => resolve(undefined);
      const impatient = setTimeout(onEmpty, patienceMs);
      await promise;
      clearTimeout(impatient);
    },
  };
}
