// What someone is told who waits for a sleeping worker: nothing that no start has shown, and never less than nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { estimateStart } from '../../../infra/scaling/start-estimate.ts';

test('the median of what starts took, less what was waited, in steps of five seconds', () => {
  assert.equal(estimateStart([], 0), undefined);
  assert.equal(estimateStart([180_000], 0), 180_000);
  assert.equal(estimateStart([100_000, 180_000, 1_700_000], 0), 180_000, 'one start behind a missing quota');
  assert.equal(estimateStart([180_000], 61_000), 120_000);
  assert.equal(estimateStart([180_000], 180_000), undefined, 'it takes longer than usual: nobody knows');
  assert.equal(estimateStart([180_000], -90_000), 180_000, 'clocks that differ');
  assert.equal(estimateStart([...Array<number>(9).fill(60_000), ...Array<number>(9).fill(600_000)], 0), 60_000);
});

test('whatever starts took: it shrinks while one waits, and stays within what was seen', () => {
  const starts = fc.array(fc.nat(1_800_000), { maxLength: 20 });
  fc.assert(
    fc.property(starts, fc.nat(2_000_000), fc.nat(100_000), (startsMs, waitedMs, moreMs) => {
      const now = estimateStart(startsMs, waitedMs);
      const later = estimateStart(startsMs, waitedMs + moreMs);
      if (now === undefined) assert.equal(later, undefined);
      else assert.ok(now > 0 && now <= Math.max(...startsMs) + 5_000 && (later ?? 0) <= now);
    }),
  );
});
