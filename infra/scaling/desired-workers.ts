// How many workers there should be. Pure: the controller in the cloud and tests share it.

export interface Load {
  /** Jobs nobody holds that could be claimed. */
  readonly waiting: number;
  /** Jobs a worker holds. */
  readonly running: number;
  /** Since anything last waited or ran. */
  readonly idleSeconds: number;
}

export interface ScalingRule {
  readonly maxWorkers: number;
  /** Jobs one worker computes at once. */
  readonly jobsPerWorker: number;
  /** An idle worker stays this long: a next message need not wait for a start. */
  readonly keepWarmSeconds: number;
}

/**
 * Enough for what waits and runs, never fewer while there is work (a worker that is stopped would hand jobs back), and none
 * once nothing came for a while.
 * @param now workers there are or are being started
 */
export function desiredWorkers(load: Load, rule: ScalingRule, now: number): number {
  const current = Math.min(now, rule.maxWorkers);
  const jobs = load.waiting + load.running;
  if (jobs === 0) return load.idleSeconds >= rule.keepWarmSeconds ? 0 : current;
  return Math.max(current, Math.min(rule.maxWorkers, Math.ceil(jobs / rule.jobsPerWorker)));
}
