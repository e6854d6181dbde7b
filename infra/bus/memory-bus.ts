// Bells within one process: tests, and API and worker in one.
import { createListeners, type Bus } from './bus.ts';

export interface MemoryBus extends Bus {
  /** Listeners right now: zero when nobody is left waiting. */
  readonly listenerCount: () => number;
}

export function createMemoryBus(): MemoryBus {
  const listeners = createListeners();
  return {
    ring: (topic) => setImmediate(() => listeners.call(topic)),
    listen: (topic, onBell) => listeners.add(topic, onBell),
    hearsOthers: true, // there are none
    listenerCount: () => listeners.count(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
