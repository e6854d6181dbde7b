// What the workers say of themselves, read at most once a second however many ask; and what that means for whoever waits.
import type { Kysely } from 'kysely';
import type { Activity } from '../../core/activity.ts';
import { readFleet, type Fleet } from '../../infra/database/workers.ts';
import type { Database } from '../../infra/database/tables.ts';
import { estimateStart } from '../../infra/scaling/start-estimate.ts';

const cacheMs = 1_000;

export type FleetReader = () => Promise<Fleet>;

export function createFleetReader(db: Kysely<Database>): FleetReader {
  let newest: { readonly at: number; readonly fleet: Promise<Fleet> } | undefined;
  return () => {
    if (!newest || performance.now() - newest.at > cacheMs) {
      const fleet = readFleet(db);
      newest = { at: performance.now(), fleet };
      fleet.catch(() => (newest = undefined)); // a failure is told to those who waited, not kept
    }
    return newest.fleet;
  };
}

/**
 * A reply that waits for a worker is told whether one is there, how much of its weights, and how long starts have taken.
 * @param since when the reply began to wait
 */
export function explainWaiting(activity: Activity, since: Date, { workers, startsMs }: Fleet): Activity {
  if (activity.phase !== 'QUEUED') return activity;
  const healths = workers.flatMap((worker) =>
    worker.functions.filter(({ name }) => name === 'llm').map(({ health }) => health),
  );
  if (healths.some((health) => health.state === 'ready')) return activity;
  const loading = healths.find((health) => health.state === 'loading');
  if (!loading) {
    const estimatedMs = estimateStart(startsMs, Date.now() - since.getTime());
    return { ...activity, phase: 'WARMING', ...(estimatedMs === undefined ? {} : { estimatedMs }) };
  }
  return { ...activity, phase: 'LOADING_WEIGHTS', loadedBytes: loading.loadedBytes, totalBytes: loading.totalBytes };
}
