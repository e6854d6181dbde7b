// Bells between processes: "look again at this". A hint only: a bell may be lost, doubled or late, and whoever waits for
// one also looks by itself. Must never carry data.

export interface Bus extends AsyncDisposable {
  /** Never waits and never throws. */
  readonly ring: (topic: Topic) => void;
  /** Calls `onBell` at each ring until disposed; also once after the connection was lost, since bells may be missing. */
  readonly listen: (topic: Topic, onBell: () => void) => Disposable;
  /** Whether rings of other processes come for every topic. Where they do not, whoever watches something looks more often. */
  readonly hearsOthers: boolean;
}

/**
 * `jobs`: something may be claimable. `message:<id>`: events or state of a reply. `image:<id>`: state of a picture.
 * `conversation:<id>`: messages came, ended or went. `cancel`: some job lost its fence.
 */
export type Topic = 'jobs' | 'cancel' | `message:${string}` | `image:${string}` | `conversation:${string}`;

/** Listeners by topic: what every kind of bus needs inside. */
export interface Listeners {
  readonly add: (topic: Topic, onBell: () => void) => Disposable;
  readonly call: (topic: string) => void;
  readonly callAll: () => void;
  readonly count: () => number;
}

export function createListeners(): Listeners {
  const byTopic = new Map<string, Set<() => void>>();
  return {
    add(topic, onBell) {
      // each listener is its own object, so that the same function may listen twice
      const listener = (): void => onBell();
      const listeners = byTopic.get(topic) ?? new Set();
      byTopic.set(topic, listeners.add(listener));
      return {
        [Symbol.dispose]() {
          listeners.delete(listener);
          if (listeners.size === 0 && byTopic.get(topic) === listeners) byTopic.delete(topic);
        },
      };
    },
    call(topic) {
      for (const listener of byTopic.get(topic) ?? []) listener();
    },
    callAll() {
      for (const listeners of [...byTopic.values()]) for (const listener of listeners) listener();
    },
    count: () => [...byTopic.values()].reduce((sum, listeners) => sum + listeners.size, 0),
  };
}
