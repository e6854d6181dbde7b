// Work that no worker can do is ended with a reason instead of waiting for ever.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readFleet } from '../../../infra/database/workers.ts';
import { eventually } from '../../harness/eventually.ts';
import { createWorld } from '../../harness/world.ts';
import { recordedLlm } from '../../recordings/recorded-function.ts';

describe('a model that no worker can load', () => {
  const failed = { state: 'failed', message: 'model.json is not JSON' } as const;

  test('ends the replies that wait for it, and says why', async () => {
    await using lonely = await createWorld();
    await using _worker = lonely.work({ llm: recordedLlm({ health: () => failed }) });
    const { replyId } = await lonely.send();
    await eventually(async () => (await lonely.read(replyId)).status === 'FAILED');
    const { failure } = await lonely.read(replyId);
    assert.equal(failure?.code, 'MODEL_UNAVAILABLE');
    assert.match(failure.message, /model\.json is not JSON/);
  });

  test('is no reason to fail them while another worker has it', async () => {
    await using pair = await createWorld();
    await using _healthy = pair.work({ slots: { reply: 0, image: 0 }, times: { reportMs: 20 } });
    await eventually(async () => (await readFleet(pair.db)).workers.length === 1);
    const { replyId } = await pair.send();
    {
      await using _broken = pair.work({ llm: recordedLlm({ health: () => failed }), times: { reportMs: 20 } });
      await eventually(async () => (await readFleet(pair.db)).workers.length === 2);
    }
    assert.equal((await pair.read(replyId)).status, 'QUEUED');
  });
});
