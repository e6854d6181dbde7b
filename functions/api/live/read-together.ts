// Many tails that look at the same time are answered by one query: whoever asks while one is under way is gathered for the
// next. Must never make anyone wait for more than the query that runs and its own.
import DataLoader from 'dataloader';

/** A query's text and its parameters stay of a size that PostgreSQL plans quickly. */
const mostAtOnce = 500;

/**
 * @param read answers in the order of what is wanted; an error in one place is the asker's alone
 * @returns what asks for one
 */
export function readTogether<Wanted, Found>(
  read: (wanted: readonly Wanted[]) => Promise<readonly (Found | Error)[]>,
): (wanted: Wanted) => Promise<Found> {
  let isUnderWay = false;
  const gathered: (() => void)[] = [];
  const next = (): void => {
    const dispatch = gathered.shift();
    isUnderWay = dispatch !== undefined;
    dispatch?.();
  };
  const loader = new DataLoader<Wanted, Found>((wanted) => read(wanted).finally(next), {
    // each look wants what is, never what was
    cache: false,
    maxBatchSize: mostAtOnce,
    batchScheduleFn: (dispatch) => {
      gathered.push(dispatch);
      if (isUnderWay) return;
      isUnderWay = true;
      setImmediate(next); // bells come many at a time
    },
  });
  return (wanted) => loader.load(wanted);
}
