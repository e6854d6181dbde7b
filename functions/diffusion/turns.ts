// One network call at a time, in the order they were asked for: pictures drawn together advance step by step in turn,
// and each call has all cores. Must never let a failed call stop those behind it.

/** Runs `work` when everything asked for before has ended. */
export type TakeTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(): TakeTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    // whoever asked learns of the failure; those behind only need to know that it is over
    last = mine.catch(() => undefined);
    return mine;
  };
}
