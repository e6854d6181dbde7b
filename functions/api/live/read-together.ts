// Many tails that look at the same time are answered by one query: whoever asks while queries are under way is gathered for
// the next one. Must never let one that never ends keep everybody from looking.
import DataLoader from 'dataloader';
import { AppError } from '../../../core/app-error.ts';

/** A query's text and its parameters stay of a size that PostgreSQL plans quickly. */
const mostAtOnce = 500;
/** Of the API's connections, which operations need too. One that is slow holds up a third of those who look. */
const mostUnderWay = 3;
/** A connection whose other end is gone says nothing for many minutes. */
const deadlineMs = 10_000;

/**
 * @param read answers in the order of what is wanted; an error in one place is the asker's alone
 * @returns what asks for one; it rejects with DATABASE when nothing was answered for ten seconds
 */
export function readTogether<Wanted, Found>(
  read: (wanted: readonly Wanted[]) => Promise<readonly (Found | Error)[]>,
): (wanted: Wanted) => Promise<Found> {
  let underWay = 0;
  const gathered: (() => void)[] = [];
  const next = (): void => {
    const dispatch = gathered.shift();
    if (!dispatch) underWay--;
    else dispatch();
  };
  const loader = new DataLoader<Wanted, Found>((wanted) => inTime(() => read(wanted)).finally(next), {
    // each look wants what is, never what was
    cache: false,
    maxBatchSize: mostAtOnce,
    batchScheduleFn: (dispatch) => {
      gathered.push(dispatch);
      if (underWay >= mostUnderWay) return;
      underWay++;
      setImmediate(next); // bells come many at a time
    },
  });
  return (wanted) => loader.load(wanted);
}

async function inTime<Result>(ask: () => Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new AppError('DATABASE', `no answer for ${deadlineMs / 1000} s to what live streams ask`)),
    deadlineMs,
  );
  try {
    return await Promise.race([ask(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
