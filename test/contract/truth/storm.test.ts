// Bells that lie and workers that vanish all the time: whatever the order, every message ends once and its log has no gap.
import { test } from 'node:test';
import type { Bus } from '../../../infra/bus/bus.ts';
import { seeded } from '../../harness/seeded.ts';
import { storm } from '../../harness/storm.ts';
import { createWorld } from '../../harness/world.ts';

/** A bell that is lost, doubled or late by chance. */
function faulty(bus: Bus, random: () => number): Bus {
  return {
    ...bus,
    ring(topic) {
      const chance = random();
      if (chance < 0.4) return;
      bus.ring(topic);
      if (chance > 0.7) setTimeout(() => bus.ring(topic), 20 * random()).unref();
    },
  };
}

for (const settings of [[], ["default_transaction_isolation = 'repeatable read'"]]) {
  test(`forty messages, three workers that vanish at random, faulty bells${settings.length > 0 ? ', repeatable read' : ''}`, async () => {
    await using stormy = await createWorld(settings);
    const random = seeded(42);
    await storm(stormy, random, () => faulty(stormy.bus, random));
  });
}
