// Waits for a condition instead of for a time. Must never be given a condition that is true by accident.
import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `condition` holds. @throws when it does not within `timeoutMs` */
export async function eventually(condition: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`);
    await delay(5);
  }
}
