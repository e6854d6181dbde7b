// However a turn is cut into passes, what is told of it are the states from its first position on, the last of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTurnStates, firstNeeded } from '../../../functions/llm/turn-states.ts';

const width = 3;
/** States that tell their position; the array is written over by the next pass, as the network's is. */
const buffer = new Float32Array(width * 64);
function statesAt(at: number, items: number): Float32Array {
  for (let i = 0; i < items; i++) buffer.fill(at + i, i * width, (i + 1) * width);
  return buffer.subarray(0, items * width);
}

test('the last states of the turn are told, wherever its passes begin and end', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 50 }),
      fc.array(fc.integer({ min: 1, max: 64 }), { maxLength: 12 }),
      fc.nat(70),
      (from, most, restored, passes, tokens) => {
        const span = { from, most };
        const kept = createTurnStates(span);
        const promptItems = restored + passes.reduce((sum, items) => sum + items, 0);
        // a prompt that was read before is read again from where it is needed
        const begin = Math.min(restored, firstNeeded(span, promptItems));
        let at = begin;
        const reply = Array.from({ length: tokens }, () => 1);
        for (const items of [restored - begin, ...passes].flatMap((items) => cut(items)).concat(reply)) {
          kept.add(at, statesAt(at, items), items);
          at += items;
          assert.ok(kept.held() < most + 64, `${kept.held()} are held of ${most}`);
        }
        const first = Math.max(from, at - most);
        const expected = Array.from({ length: Math.max(0, at - first) }, (_, i) => first + i);
        const told = kept.last();
        assert.deepEqual(
          Array.from({ length: told.length / width }, (_, i) => told[i * width]),
          expected,
        );
      },
    ),
  );
});

/** In passes that the buffer holds. */
const cut = (items: number): number[] =>
  Array.from({ length: Math.ceil(items / 64) }, (_, i) => Math.min(64, items - i * 64));
