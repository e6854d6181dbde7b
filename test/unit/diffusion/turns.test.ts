// One call at a time, in the order asked; a failure is its own caller's alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createTurns } from '../../../functions/diffusion/turns.ts';

test('calls never overlap and keep their order', async () => {
  const takeTurn = createTurns();
  const log: string[] = [];
  const call = (name: string) =>
    takeTurn(async () => {
      log.push(`${name} begins`);
      await setImmediate();
      log.push(`${name} ends`);
      return name;
    });
  assert.deepEqual(await Promise.all([call('a'), call('b'), call('c')]), ['a', 'b', 'c']);
  assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('a failed call rejects for its caller and lets the next one through', async () => {
  const takeTurn = createTurns();
  const failed = takeTurn(() => Promise.reject(new Error('broken')));
  const next = takeTurn(() => Promise.resolve('fine'));
  await assert.rejects(failed, /broken/);
  assert.equal(await next, 'fine');
});
