// What was computed is counted, however an attempt ended: stopped while its prompt was read, or to be tried again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LlmFunction } from '../../../core/function-contract.ts';
import { cancelMessage } from '../../../infra/database/cancel.ts';
import { computeUse } from '../../../infra/database/budget.ts';
import { createWorld } from '../../harness/world.ts';
import { eventually } from '../../harness/eventually.ts';
import { recordedDiffusion, recordedLlm } from '../../recordings/recorded-function.ts';

/** So long something must have taken at least, by the clock that the worker reads too. */
const leastMs = 40;
const passed = async (): Promise<void> => {
  const from = performance.now();
  await eventually(() => performance.now() - from > leastMs);
};

test('a reply that is stopped while its prompt is read counts what reading took', async () => {
  await using world = await createWorld();
  const reading = Promise.withResolvers<void>();
  const llm = recordedLlm({
    before: async (position, _, signal) => {
      if (position !== 1) return; // behind `prompt`, before any text
      await passed();
      reading.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  });
  await using _worker = world.work({ llm });
  const { replyId } = await world.send();
  await reading.promise;
  await cancelMessage(world.db, { viewerId: world.viewerId, messageId: replyId });
  world.bus.ring('cancel');
  await eventually(async () => (await computeUse(world.db, world.viewerId)).usedMs >= leastMs);
});

test('attempts that are to be tried again count, of replies and of pictures', async () => {
  await using world = await createWorld();
  const retryable = { type: 'error', code: 'INTERNAL', message: 'once more', retryable: true } as const;
  let [replies, pictures] = [0, 0];
  const good = recordedLlm();
  const llm: LlmFunction = {
    ...good,
    run: async (input, emit, signal) => {
      if (++replies > 1) return good.run(input, emit, signal);
      emit({ type: 'prompt', promptTokens: 5, cachedTokens: 0, droppedTurns: 0 });
      await passed();
      emit({ type: 'text', text: 'x' });
      emit(retryable);
    },
  };
  const drawing = recordedDiffusion();
  const diffusion: typeof drawing = {
    ...drawing,
    run: async (input, emit, signal) => {
      if (++pictures > 1) return drawing.run(input, emit, signal);
      await passed();
      emit({ type: 'step', step: 1, steps: 4, estimatedMs: 1 });
      emit(retryable);
    },
  };
  await using _worker = world.work({ llm, diffusion });
  const { replyId } = await world.send();
  await eventually(async () => (await world.read(replyId)).status === 'COMPLETED', 20_000);
  const rows = await world.db.selectFrom('usage').select(['prompt_tokens', 'image_steps', 'compute_ms']).execute();
  const long = rows.filter(({ compute_ms: ms }) => ms >= leastMs);
  assert.deepEqual(
    [long.some((row) => row.prompt_tokens === 5), long.some((row) => row.image_steps === 1)],
    [true, true],
    JSON.stringify(rows),
  );
});
