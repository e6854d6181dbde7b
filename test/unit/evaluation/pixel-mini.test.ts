// Pixels folded into the cells that the mini after GLIDE draws on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromCells, toCells } from '../../../evaluation/model/pixel-mini.ts';

test('a cell holds its square of pixels, colour by colour, row by row', () => {
  const side = 24; // r = 2
  const planes = Float32Array.from({ length: 3 * side * side }, (_, i) => i);
  const cells = toCells(planes, side); // (12, 12, 12)
  const at = (channel: number, y: number, x: number): number => cells[(channel * 12 + y) * 12 + x]!;
  // channel = (colour · r + row) · r + column
  assert.equal(at(0, 0, 0), 0);
  assert.equal(at(1, 0, 0), 1);
  assert.equal(at(2, 0, 0), side);
  assert.equal(at(7, 3, 5), (1 * side + 3 * 2 + 1) * side + 5 * 2 + 1);
});

test('folding and unfolding lose nothing', () => {
  for (const side of [48, 96]) {
    const planes = Float32Array.from({ length: 3 * side * side }, (_, i) => Math.sin(i));
    assert.deepEqual(fromCells(toCells(planes, side), side), planes);
  }
});
