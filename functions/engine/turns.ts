// Who may use the cores: text and pictures of one process share one pool of threads. Text goes first, since someone reads
// along: it never waits, and a picture begins a call of its network only after a few passes of text. Must never let a
// failed call stop those behind it, nor a picture wait for ever while text goes on.

export interface Turns {
  /** A pass of text: begins at once. */
  readonly text: <T>(work: () => Promise<T>) => Promise<T>;
  /** A call of a picture's network: one at a time in the order asked, each with its share beside text. */
  readonly picture: <T>(work: () => Promise<T>) => Promise<T>;
  /** Says that text has passes to come, until it is disposed. */
  readonly write: () => Disposable;
}

/**
 * Passes of text between two calls of a picture's network while text is written. By test/drill/measure-fairness.ts, 4
 * leaves most tokens undisturbed. `node test/drill/measure-fairness.ts` prints what each costs the other.
 */
export const passesPerCall = 4;

export function createTurns(): Turns {
  let writers = 0;
  /** Passes of text since a picture's last call began. */
  let passes = 0;
  let calling = false;
  const waiting: (() => void)[] = [];

  /** Lets the next call begin, if it is its turn. */
  const settle = (): void => {
    if (calling || (writers > 0 && passes < passesPerCall)) return;
    const begin = waiting.shift();
    if (!begin) return;
    calling = true;
    passes = 0;
    begin();
  };

  return {
    text: async (work) => {
      try {
        return await work();
      } finally {
        passes++;
        settle();
      }
    },
    picture: async (work) => {
      const turn = Promise.withResolvers<void>();
      waiting.push(turn.resolve);
      settle();
      await turn.promise;
      try {
        return await work();
      } finally {
        calling = false;
        settle();
      }
    },
    write: () => {
      writers++;
      return {
        [Symbol.dispose]: () => {
          writers--;
          settle();
        },
      };
    },
  };
}
