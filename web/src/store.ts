// A value that components watch. Must never change a state in place: React compares by identity.
import { useSyncExternalStore } from 'react';

export interface Readable<State> {
  readonly get: () => State;
  readonly subscribe: (listener: () => void) => () => void;
}

export interface Store<State> extends Readable<State> {
  readonly set: (change: Partial<State>) => void;
}

export function createStore<State extends object>(start: State): Store<State> {
  let state = start;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...change };
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export const useStore = <State>({ get, subscribe }: Readable<State>): State => useSyncExternalStore(subscribe, get);
