// Pictures take turns with each other and give way to text, but are never forgotten; a failure is its own caller's alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createTurns, passesPerCall } from '../../../functions/engine/turns.ts';

const nothing = (): Promise<void> => Promise.resolve();

test('calls of pictures never overlap and keep their order', async () => {
  const turns = createTurns();
  const log: string[] = [];
  const call = (name: string) =>
    turns.picture(async () => {
      log.push(`${name} begins`);
      await setImmediate();
      log.push(`${name} ends`);
      return name;
    });
  assert.deepEqual(await Promise.all([call('a'), call('b'), call('c')]), ['a', 'b', 'c']);
  assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('a failed call rejects for its caller and lets the next one through', async () => {
  const turns = createTurns();
  const failed = turns.picture(() => Promise.reject(new Error('broken')));
  const next = turns.picture(() => Promise.resolve('fine'));
  await assert.rejects(failed, /broken/);
  assert.equal(await next, 'fine');
  await assert.rejects(
    turns.text(() => Promise.reject(new Error('broken'))),
    /broken/,
  );
});

test('text never waits for a picture; a picture begins a call after some passes of text, or when text has ended', async () => {
  const turns = createTurns();
  const writing = turns.write();
  let calls = 0;
  const call = (): Promise<void> => turns.picture(() => (calls++, nothing()));
  const first = call();
  for (let pass = 1; pass <= passesPerCall; pass++) {
    assert.equal(calls, 0, `a picture went before pass ${pass}`);
    await turns.text(nothing);
  }
  await first;
  assert.equal(calls, 1);
  const second = call();
  await setImmediate();
  assert.equal(calls, 1);
  writing[Symbol.dispose]();
  await second;
  assert.equal(calls, 2);

  const held = Promise.withResolvers<void>();
  const long = turns.picture(() => held.promise);
  await turns.text(nothing); // would hang here if it waited
  held.resolve();
  await long;
});
