// GGUF parsing and int8 rounding on bytes written here by hand.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { dequantize, parseGguf } from '../../../functions/engine/gguf.ts';
import { floatToHalf } from '../../../functions/engine/half.ts';
import { blockSize, quantizeToInt8 } from '../../../functions/engine/quantize.ts';

const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n);
  return bytes;
};
const u64 = (n: number): Buffer => Buffer.concat([u32(n), u32(0)]);
const string = (text: string): Buffer => Buffer.concat([u64(text.length), Buffer.from(text)]);
const half = (value: number): Buffer => Buffer.from(floatToHalf(Float32Array.of(value)).buffer);

/** One tensor of shape (2, 32) in the given format, behind a scalar, a string and an array of strings. */
function write(format: number, data: Buffer, version = 3): Buffer {
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(1),
    u64(3),
    ...[string('words'), u32(9), u32(8), u64(2), string('a'), string('bc')],
    ...[string('count'), u32(4), u32(42)],
    ...[string('name'), u32(8), string('fox')],
    ...[string('w'), u32(2), u64(32), u64(2), u32(format), u64(0)],
  ]);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), data]);
}

describe('a GGUF file', () => {
  test('gives its scalars and skips its arrays', () => {
    const { metadata } = parseGguf(write(0, Buffer.alloc(256)));
    assert.deepEqual([...metadata], [['count', 42], ['name', 'fox']]); // prettier-ignore
  });

  test('gives weights in every format it may hold, whole or by rows', () => {
    const floats = Float32Array.from({ length: 64 }, (_, i) => i / 3);
    const plain = parseGguf(write(0, Buffer.from(floats.buffer))).tensor('w');
    assert.deepEqual(plain.shape, [2, 32]);
    assert.deepEqual(dequantize(plain), floats);
    assert.deepEqual(dequantize(plain, 1, 2), floats.slice(32));

    const nibbles = Buffer.from(Array.from({ length: 16 }, (_, i) => i | ((15 - i) << 4)));
    const block = Buffer.concat([half(0.5), half(-2), nibbles]);
    const q4 = dequantize(parseGguf(write(3, Buffer.concat([block, block]))).tensor('w'));
    assert.deepEqual([q4[0], q4[1], q4[15], q4[16], q4[31], q4[32]], [-2, -1.5, 5.5, 5.5, -2, -2]);

    const bytes = Buffer.from(Int8Array.from({ length: 32 }, (_, i) => i - 16).buffer);
    const q8 = parseGguf(write(8, Buffer.concat([half(0.25), bytes, half(2), bytes]))).tensor('w');
    assert.deepEqual([...dequantize(q8).slice(0, 3)], [-4, -3.75, -3.5]);
    assert.deepEqual([...dequantize(q8, 1, 2).slice(0, 2)], [-32, -30]);
  });

  test('that is damaged or unknown is refused in words', () => {
    assert.throws(() => parseGguf(Buffer.from('not a model')), /letters GGUF/);
    assert.throws(() => parseGguf(write(0, Buffer.alloc(256), 9)), /version 9/);
    assert.throws(() => parseGguf(write(0, Buffer.alloc(255))), /ends at byte/);
    assert.throws(() => parseGguf(write(77, Buffer.alloc(256))), /format 77/);
    assert.throws(() => parseGguf(write(0, Buffer.alloc(256)).subarray(0, 60)), /inside its header/);
    assert.throws(() => parseGguf(write(0, Buffer.alloc(256))).tensor('nothing'), /no tensor nothing/);
  });
});

test('int8 rounding is off by half a step at most, and exact at the largest weight of a block', () => {
  const weights = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), {
    minLength: 2 * blockSize,
    maxLength: 2 * blockSize,
  });
  fc.assert(
    fc.property(weights, (list) => {
      const matrix = quantizeToInt8(Float32Array.from(list), 2, blockSize);
      for (const [i, weight] of list.entries()) {
        const scale = matrix.scales[Math.floor(i / blockSize)]!;
        const restored = scale * (matrix.q[i]! - 128);
        assert.ok(Math.abs(restored - weight) <= scale * 0.5001 + 1e-30, `${weight} became ${restored}`);
      }
    }),
  );
});
