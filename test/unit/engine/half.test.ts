// Half precision: every one of the 65,536 values survives, and rounding is to nearest even.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../harness/is-app-error.ts';
import { floatToHalf, fromWire, halfToFloat, toWire } from '../../../functions/engine/half.ts';

const allHalves = Uint16Array.from({ length: 65_536 }, (_, i) => i);

/** The value of a half by the formula of IEEE 754. */
function byFormula(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + mantissa / 1024) * 2 ** (exponent - 15) : (mantissa / 1024) * 2 ** -14);
}

test('every half becomes the float that the standard says, and comes back as the same bits', () => {
  const floats = halfToFloat(allHalves);
  // as plain numbers: typed arrays are compared by their bits, and NaNs have many
  assert.deepEqual([...floats], Array.from(allHalves, byFormula));
  assert.deepEqual(floatToHalf(floats), allHalves);
});

test('rounding picks the nearest half, and the even one of two equally near', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: Math.fround(-65_519), max: Math.fround(65_519) }), (x) => {
      const [half] = floatToHalf(Float32Array.of(x));
      const error = Math.abs(byFormula(half!) - x);
      for (const neighbour of [half! - 1, half! + 1]) {
        const other = Math.abs(byFormula(neighbour & 0xffff) - x);
        if (Number.isNaN(other)) continue;
        assert.ok(error < other || (error === other && half! % 2 === 0), `${x} became ${byFormula(half!)}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test('half-way between two halves, the even one is taken', () => {
  const largest = 0x7bff;
  const halfway = Float32Array.from({ length: largest }, (_, half) => (byFormula(half) + byFormula(half + 1)) / 2);
  const wrong = floatToHalf(halfway).findIndex((rounded, half) => rounded !== half + (half % 2));
  assert.equal(wrong, -1, `between ${byFormula(wrong)} and the next half`);
});

test('what is too large becomes infinite', () => {
  assert.deepEqual(
    floatToHalf(Float32Array.of(65_519, 65_520, -1e30, Infinity)),
    Uint16Array.of(0x7bff, 0x7c00, 0xfc00, 0x7c00),
  );
});

test('a tensor travels and returns', () => {
  const halves = floatToHalf(Float32Array.of(1, -2, 0.5, 3, 4, 5));
  const wire = toWire([2, 3], halves);
  assert.deepEqual(fromWire(JSON.parse(JSON.stringify(wire))), halves);
});

test('a tensor with too few bytes is refused', () => {
  assert.throws(() => fromWire({ shape: [2, 3], fp16: 'AAAA' }), isAppError('INVALID', /12 bytes of fp16, but 3 came/));
});
