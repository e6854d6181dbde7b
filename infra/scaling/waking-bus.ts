// A bus whose bell for `jobs` also starts a worker where none runs, so that a first message need not wait for the controller's
// next minute. Must never delay or fail a mutation: the controller makes up for a waking that failed.
import { coerceError } from '../../core/app-error.ts';
import type { Log } from '../../core/log.ts';
import type { Bus } from '../bus/bus.ts';
import type { WorkerService } from './wake.ts';

/** Asked at most this often: a busy API rings many times a second. */
const quietMs = 10_000;

export function createWakingBus(
  bus: Bus,
  service: WorkerService,
  log: Log,
  clock = (): number => performance.now(),
): Bus {
  let lastAt = -Infinity;
  let waking: Promise<void> | undefined;

  async function wake(): Promise<void> {
    try {
      if ((await service.desired()) === 0) await service.ask(1);
    } catch (thrown) {
      lastAt = -Infinity; // the next bell tries again
      log.warn({ err: coerceError(thrown) }, 'no worker could be woken: the controller looks within a minute');
    }
  }

  return {
    ring(topic) {
      bus.ring(topic);
      if (topic !== 'jobs' || waking || clock() - lastAt < quietMs) return;
      lastAt = clock();
      waking = wake().finally(() => (waking = undefined));
    },
    listen: (topic, onBell) => bus.listen(topic, onBell),
    hearsOthers: bus.hearsOthers,
    async [Symbol.asyncDispose]() {
      await waking;
      await bus[Symbol.asyncDispose]();
    },
  };
}
