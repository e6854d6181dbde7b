// Whether one conditioning says anything that another does not: token by token, so that one changed thing among sixteen counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saysOtherThings } from '../../../core/conditioning.ts';
import { floatToHalf, toWire } from '../../../functions/engine/half.ts';
import { uniform } from '../../harness/formula.ts';

const [tokens, width] = [16, 32];
const wire = (values: Float32Array, shape: readonly number[] = [tokens, width]) => toWire(shape, floatToHalf(values));
const scene = uniform(1, tokens * width);
const noise = uniform(2, tokens * width);

test('the same, and the same with a little noise everywhere, say nothing new', () => {
  assert.equal(saysOtherThings(wire(scene), wire(scene)), false);
  const jittered = scene.map((value, i) => value + 0.15 * noise[i]!);
  assert.equal(saysOtherThings(wire(jittered), wire(scene)), false);
});

test('one token of sixteen that is another says something else, and so does one where there was nothing', () => {
  const other = scene.slice();
  other.set(noise.subarray(5 * width, 6 * width), 5 * width);
  assert.equal(saysOtherThings(wire(other), wire(scene)), true);
  assert.equal(saysOtherThings(wire(scene), wire(new Float32Array(tokens * width))), true);
});

test('what cannot be compared differs, and ends', () => {
  assert.equal(saysOtherThings(wire(scene), wire(scene.subarray(width), [tokens - 1, width])), true);
  for (const shape of [[], [tokens, 0], [tokens, -1], [3, 7]]) assert.equal(saysOtherThings(wire(scene, shape), wire(scene)), true); // prettier-ignore
});
