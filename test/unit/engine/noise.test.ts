// Draws are a function of (seed, index): the same on every machine, and as normal as they claim to be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gaussianNoise, philox } from '../../../functions/engine/noise.ts';

test('philox4x32-10 gives the known answers of its authors (Random123, kat_vectors)', () => {
  assert.deepEqual(philox([0, 0, 0, 0], [0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  const ones = 0xffff_ffff;
  assert.deepEqual(philox([ones, ones, ones, ones], [ones, ones]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  assert.deepEqual(
    philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  );
});

test('golden values', () => {
  assert.deepEqual(
    [...gaussianNoise(7n, 6)],
    [
      0.00029156741220504045, -0.30484697222709656, 1.78875732421875, 1.0678725242614746, 0.3764035105705261,
      -1.287011742591858,
    ],
  );
  assert.deepEqual([...gaussianNoise(18_446_744_073_709_551_615n, 2)], [1.0985957384109497, 0.6323022246360779]);
});

test('an element depends on seed and index only, not on how many are drawn', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(200), fc.nat(200), (seed, short, more) => {
      const longer = gaussianNoise(seed, short + more);
      assert.deepEqual(gaussianNoise(seed, short), longer.subarray(0, short));
    }),
  );
});

test('both halves of the seed matter', () => {
  const first = (seed: bigint): number => gaussianNoise(seed, 1)[0]!;
  assert.notEqual(first(1n), first(2n));
  assert.notEqual(first(1n), first(1n + 2n ** 32n));
});

test('mean 0, variance 1, fourth moment 3, and neighbours uncorrelated', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (seed) => {
      const n = 40_000;
      const x = gaussianNoise(seed, n);
      const mean = (f: (i: number) => number): number => x.reduce((sum, _, i) => sum + f(i), 0) / n;
      // six standard errors of each estimate: about one false alarm in 10^8 draws
      const near = (actual: number, expected: number, deviation: number): void =>
        assert.ok(Math.abs(actual - expected) < (6 * deviation) / Math.sqrt(n), `${actual} is not about ${expected}`);
      near(
        mean((i) => x[i]!),
        0,
        1,
      );
      near(
        mean((i) => x[i]! ** 2),
        1,
        Math.sqrt(2),
      );
      near(
        mean((i) => x[i]! ** 4),
        3,
        Math.sqrt(96),
      );
      near(
        mean((i) => (i % 2 === 0 ? 2 * x[i]! * x[i + 1]! : 0)),
        0,
        Math.SQRT2,
      );
    }),
    { numRuns: 20 },
  );
});
