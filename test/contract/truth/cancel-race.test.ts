// A cancel that the writer of a reply and the watcher of its fence notice at once is a cancel, and no failure of the reply.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { silentLog } from '../../../core/log.ts';
import { newId } from '../../../core/ids.ts';
import type { WorkerParts } from '../../../functions/worker/parts.ts';
import { runReply } from '../../../functions/worker/run-reply.ts';
import { cancelMessage } from '../../../infra/database/cancel.ts';
import { claimJob } from '../../../infra/database/jobs.ts';
import { createWorld, type World } from '../../harness/world.ts';
import { recordedDiffusion, recordedLlm } from '../../recordings/recorded-function.ts';

let world: World;
before(async () => (world = await createWorld()));
after(() => world[Symbol.asyncDispose]());

for (const isWatched of [false, true]) {
  test(`a cancel that a write finds ${isWatched ? 'and the watcher too' : 'first'}`, async () => {
    const { replyId } = await world.send();
    const { id } = await world.db
      .selectFrom('job')
      .select('id')
      .where('message_id', '=', replyId)
      .executeTakeFirstOrThrow();
    const job = await claimJob(world.db, id, newId(), 60_000);
    const watcher = new AbortController();
    const why = new Error('the fence is lost');
    const llm = recordedLlm({
      before: async (position, _, signal) => {
        if (position === 4) {
          await cancelMessage(world.db, { viewerId: world.viewerId, messageId: replyId });
          // the write that finds the fence lost stops the run; the watcher comes while that is being told
          if (isWatched) signal.addEventListener('abort', () => watcher.abort(why), { once: true });
        }
        if (position > 6) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    });
    const { db, bus, media } = world;
    const times = { leaseMs: 60_000, outageMs: 10_000, textBatchMs: 1 };
    const functions = { llm, diffusion: recordedDiffusion(), modelCard: () => undefined };
    const parts: WorkerParts = { db, bus, media, log: silentLog, ...functions, ...times };
    const running = runReply(parts, job!, watcher.signal);
    if (isWatched) await assert.rejects(running, why);
    else assert.deepEqual(await running, { kind: 'lost' });
    assert.equal((await world.read(replyId)).status, 'CANCELLED');
  });
}
