// What a start of this worker took for the one who waited for it: told in its report, so that the next one who waits is given
// an estimate. Must never count a wait behind other work, or for anything but a start.
import type { Kysely } from 'kysely';
import { readFleet } from '../../infra/database/workers.ts';
import type { ClaimedJob } from '../../infra/database/jobs.ts';
import type { Database } from '../../infra/database/tables.ts';
import { longestStartMs } from '../../infra/scaling/start-estimate.ts';

export interface LearnStart {
  /** Resolves before this worker first reports itself, or it would find itself among the others. */
  readonly looked: Promise<void>;
  readonly onClaim: (job: Pick<ClaimedJob, 'kind' | 'attempt' | 'waitedMs'>) => void;
  /** Undefined unless a reply waited for this worker alone. */
  readonly startMs: () => number | undefined;
}

export function createLearnStart(db: Kysely<Database>): LearnStart {
  const startedAt = performance.now();
  let alone = false;
  let first = true;
  let startMs: number | undefined;
  return {
    looked: readFleet(db).then(
      ({ workers }) => void (alone = workers.length === 0),
      () => undefined, // nothing is learned: an estimate is a courtesy
    ),
    onClaim({ kind, attempt, waitedMs }) {
      if (kind !== 'reply' || !first) return;
      first = false;
      const wokeUs = waitedMs > performance.now() - startedAt; // it was there before this worker was
      if (alone && wokeUs && attempt === 1 && waitedMs <= longestStartMs) startMs = Math.round(waitedMs);
    },
    startMs: () => startMs,
  };
}
