// A queue in memory that does what SQS may: loses messages, doubles them, delivers them late, fails to take them, and delivers
// again what was not taken away.
import { setTimeout as delay } from 'node:timers/promises';
import type { BellQueue } from '../../infra/bus/sqs-queue.ts';

export interface FaultyQueue extends BellQueue {
  readonly sent: () => number;
  readonly delivered: () => number;
}

export function createFaultyQueue(random: () => number, visibilityMs = 200): FaultyQueue {
  const bells: { readonly id: string; visibleAt: number }[] = [];
  let sent = 0;
  let delivered = 0;
  const put = (lateMs: number): void => {
    bells.push({ id: `${sent}-${bells.length}-${random()}`, visibleAt: performance.now() + lateMs });
  };
  return {
    sent: () => sent,
    delivered: () => delivered,
    send() {
      sent++;
      if (random() < 0.05) return Promise.reject(new Error('503 slow down'));
      if (random() < 0.2) return Promise.resolve(); // lost
      put(random() * 50);
      if (random() < 0.3) put(random() * 100); // doubled
      return Promise.resolve();
    },
    async receive(signal) {
      if (random() < 0.05) throw new Error('503 slow down');
      const until = performance.now() + 100;
      for (;;) {
        signal.throwIfAborted();
        const now = performance.now();
        const [bell] = bells.filter(({ visibleAt }) => visibleAt <= now);
        if (bell) {
          bell.visibleAt = now + visibilityMs;
          delivered++;
          return [bell.id];
        }
        if (now > until) return [];
        await delay(5, undefined, { signal });
      }
    },
    remove(receipt) {
      if (random() < 0.1) return Promise.reject(new Error('503 slow down')); // it will ring again
      const at = bells.findIndex(({ id }) => id === receipt);
      if (at >= 0) bells.splice(at, 1);
      return Promise.resolve();
    },
    count: () => Promise.resolve(bells.length),
  };
}
