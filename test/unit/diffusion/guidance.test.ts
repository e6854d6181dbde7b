// Guidance: which predictions are asked for, and what becomes of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { guided, rowsFor, weightsAt, type Predict, type Row } from '../../../functions/diffusion/guidance.ts';

const never = new AbortController().signal;
const said: Readonly<Record<Row, number>> = { told: 7, untold: 3, alone: 2 };

/** A network that says one number a row, and only in the rows that were asked for. */
const network =
  (rows: readonly Row[]): Predict =>
  () =>
    Promise.resolve({
      told: Float32Array.of(said.told),
      ...Object.fromEntries(rows.map((row) => [row, Float32Array.of(said[row])])),
    });

async function predict(time: number, guidance: number, parentGuidance?: number): Promise<number> {
  const weights = { guidance, parentGuidance };
  return (await guided(network(rowsFor(weights)), 'flow', weights)(new Float32Array(1), time, never))[0]!;
}

test('a weight of 1 asks for no row of its own', () => {
  assert.deepEqual(rowsFor({ guidance: 1 }), ['told']);
  assert.deepEqual(rowsFor({ guidance: 3 }), ['told', 'untold']);
  assert.deepEqual(rowsFor({ guidance: 1, parentGuidance: 1 }), ['told']);
  assert.deepEqual(rowsFor({ guidance: 3, parentGuidance: 1 }), ['told', 'untold']);
  assert.deepEqual(rowsFor({ guidance: 3, parentGuidance: 1.5 }), ['told', 'untold', 'alone']);
  assert.deepEqual(rowsFor({ guidance: 1, parentGuidance: 0 }), ['told', 'untold', 'alone']);
});

test('both weights are held back near pure noise, and never raised', () => {
  assert.deepEqual(weightsAt(1, { guidance: 3, parentGuidance: 2 }), { guidance: 1.5, parentGuidance: 1 });
  assert.deepEqual(weightsAt(0.97, { guidance: 1.2, parentGuidance: 0.5 }), { guidance: 1.2, parentGuidance: 0.5 });
  assert.deepEqual(weightsAt(0.96, { guidance: 3, parentGuidance: 2 }), { guidance: 3, parentGuidance: 2 });
});

test('without a parent the difference that the condition makes is weighed', async () => {
  assert.equal(await predict(0.5, 3), 3 + 3 * (7 - 3));
  assert.equal(await predict(1, 3), 3 + 1.5 * (7 - 3));
});

test('rows that are left out change nothing', async () => {
  const full = (w: number, k: number): number => 2 + k * (3 - 2) + w * (7 - 3);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 1.5, 3), fc.constantFrom(0, 0.5, 1, 2), async (w, k) => {
      assert.equal(await predict(0.5, w, k), full(w, k));
    }),
  );
  assert.equal(await predict(1, 3, 2), full(1.5, 1));
});
