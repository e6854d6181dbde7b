// Slots are lent in the order they were asked for, and a cancelled wait takes none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '../../../functions/llm/pool.ts';

const never = new AbortController().signal;

test('whoever asked first is served first, and nobody overtakes', async () => {
  const pool = createPool(['a', 'b']);
  assert.deepEqual([await pool.take(never, (free) => free.at(-1)!), await pool.take(never)], ['b', 'a']);
  const order: string[] = [];
  const waits = ['first', 'second', 'third'].map((name) =>
    pool.take(never).then((item) => order.push(`${name} ${item}`)),
  );
  pool.give('a');
  pool.give('b');
  pool.give('a');
  await Promise.all(waits);
  assert.deepEqual(order, ['first a', 'second b', 'third a']);
});

test('a cancelled wait rejects with its reason, takes nothing and holds nobody up', async () => {
  const pool = createPool(['only']);
  await pool.take(never);
  const controller = new AbortController();
  const cancelled = pool.take(controller.signal);
  const next = pool.take(never);
  const reason = new Error('gone');
  controller.abort(reason);
  await assert.rejects(cancelled, reason);
  pool.give('only');
  assert.equal(await next, 'only');
  await assert.rejects(pool.take(AbortSignal.abort(reason)), reason);
  pool.give('only');
  assert.equal(await pool.take(never), 'only');
});
