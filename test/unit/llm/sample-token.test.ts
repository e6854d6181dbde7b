// Sampling: greedy, nucleus, penalty, and draws that are a function of (seed, position).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sampleToken, uniform, type SamplingOptions } from '../../../functions/llm/sample-token.ts';

const plain: SamplingOptions = { temperature: 1, topP: 1, repetitionPenalty: 1, seed: 7n };
const none = new Set<number>();
const logitLists = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 2, maxLength: 60 });

/** The nucleus by definition: sort, add up, stop. */
function nucleusBySorting(logits: readonly number[], temperature: number, topP: number): Set<number> {
  const peak = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp((logit - peak) / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  const kept = new Set<number>();
  let sum = 0;
  for (const id of weights
    .keys()
    .toArray()
    .sort((a, b) => weights[b]! - weights[a]! || a - b)) {
    if (kept.size > 0 && sum >= topP * total * (1 - 1e-12)) break;
    kept.add(id);
    sum += weights[id]!;
  }
  return kept;
}

describe('a sampled token', () => {
  test('is the likeliest at temperature 0, whatever the seed', () => {
    fc.assert(
      fc.property(logitLists, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(4000), (list, seed, position) => {
        const id = sampleToken(Float32Array.from(list), { ...plain, temperature: 0, seed }, none, position);
        assert.equal(Math.fround(list[id]!), Math.max(...list.map(Math.fround)));
      }),
    );
  });

  test('lies in the nucleus', () => {
    const temperatures = fc.double({ min: 0.1, max: 2, noNaN: true });
    const masses = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(logitLists, temperatures, masses, fc.nat(4000), (list, temperature, topP, position) => {
        const logits = Float32Array.from(list);
        const id = sampleToken(logits.slice(), { ...plain, temperature, topP }, none, position);
        assert.ok(nucleusBySorting([...logits], temperature, topP).has(id));
      }),
      { numRuns: 500 },
    );
  });

  test('comes as often as its probability says, within the nucleus', () => {
    const logits = Float32Array.from([Math.log(0.5), Math.log(0.3), Math.log(0.15), Math.log(0.05)]);
    const counts = [0, 0, 0, 0];
    const draws = 20_000;
    for (let position = 0; position < draws; position++) {
      counts[sampleToken(logits.slice(), { ...plain, topP: 0.9 }, none, position)]!++;
    }
    const expected = [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0];
    for (const [id, share] of expected.entries()) assert.ok(Math.abs(counts[id]! / draws - share) < 0.015, `${id}`);
  });

  test('depends on seed and position, and on nothing drawn before', () => {
    fc.assert(
      fc.property(logitLists, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(4000), (list, seed, position) => {
        const draw = (): number => sampleToken(Float32Array.from(list), { ...plain, seed }, none, position);
        assert.equal(draw(), draw());
        const u = uniform(seed, position);
        assert.ok(u >= 0 && u < 1);
      }),
    );
    const values = new Set(Array.from({ length: 1000 }, (_, i) => uniform(BigInt(i % 10), Math.floor(i / 10))));
    assert.equal(values.size, 1000);
    assert.notEqual(uniform(1n, 0), uniform(1n << 32n, 0), 'both halves of the seed count');
  });

  test('is repeated less when it stood before: positive logits shrink, negative ones sink', () => {
    const options = { ...plain, temperature: 0, repetitionPenalty: 1.5 };
    assert.equal(sampleToken(Float32Array.of(3, 2.5, 0), options, none, 0), 0);
    assert.equal(sampleToken(Float32Array.of(3, 2.5, 0), options, new Set([0]), 0), 1);
    assert.equal(sampleToken(Float32Array.of(-2, -2.5, -9), options, new Set([0]), 0), 1);
  });

  test('is never one that is forbidden', () => {
    for (let position = 0; position < 200; position++) {
      assert.notEqual(sampleToken(Float32Array.of(0, -Infinity, 0.1), { ...plain, temperature: 2 }, none, position), 1);
    }
  });

  test('of a whole vocabulary takes less time than the network', () => {
    const logits = Float32Array.from({ length: 49_152 }, (_, i) => Math.sin(i) * 3);
    const times = Array.from({ length: 15 }, (_, position) => {
      const startedAt = performance.now();
      sampleToken(logits.slice(), { ...plain, temperature: 2, topP: 0.95 }, none, position);
      return performance.now() - startedAt;
    });
    assert.ok(Math.min(...times) < 10, `it took ${Math.min(...times)} ms`);
  });
});
