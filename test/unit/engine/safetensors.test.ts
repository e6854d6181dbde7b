// The safetensors reader: reads what the format allows, and names what is wrong with a file that it cannot read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../../core/app-error.ts';
import { parseSafetensors, readSafetensors } from '../../../functions/engine/safetensors.ts';
import { isAppError } from '../../harness/is-app-error.ts';

function file(header: unknown, data: Uint8Array = new Uint8Array(0)): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const floats = Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
const header = {
  __metadata__: { format: 'pt' },
  a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
  b: { dtype: 'F16', shape: [4], data_offsets: [16, 24] },
};

test('tensors with names, shapes and values, at whatever address the data begins', () => {
  for (const padding of ['', ' ', '  ', '   ']) {
    const tensors = parseSafetensors(file(JSON.stringify(header) + padding, floats), 'file');
    assert.deepEqual([...tensors.keys()], ['a', 'b']);
    assert.deepEqual(tensors.get('a'), { type: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    assert.deepEqual(tensors.get('b')?.data, new Uint16Array(Float32Array.of(5, 6).buffer));
  }
});

test('int8 keeps its sign', () => {
  const tensors = parseSafetensors(
    file({ a: { dtype: 'I8', shape: [3], data_offsets: [0, 3] } }, Uint8Array.of(0, 127, 129)),
    'file',
  );
  assert.deepEqual(tensors.get('a'), { type: 'int8', shape: [3], data: Int8Array.of(0, 127, -127) });
});

const refusals: [what: string, bytes: Uint8Array, message: RegExp][] = [
  ['an empty file', new Uint8Array(0), /^file .*has 0 bytes/],
  ['a header longer than the file', file('{}').fill(0xff, 0, 6), /header should take/],
  ['a header that is not JSON', file('{"a":'), /header is not JSON/],
  ['a header that is not an object', file('[]'), /header is not an object/],
  ['an entry without offsets', file({ a: { dtype: 'F32', shape: [1] } }), /entry of "a" is malformed/],
  ['a negative offset', file({ a: { dtype: 'F32', shape: [1], data_offsets: [-4, 0] } }, floats), /"a" is malformed/],
  ['a type we do not read', file({ a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, floats), /F8_E4M3/],
  [
    'fewer bytes than the shape takes',
    file({ a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }, floats),
    /takes 12 bytes, not 8/,
  ],
  ['a truncated file', file(header, floats.subarray(0, 20)), /"b" ends at byte \d+, but the file has \d+/],
  [
    'tensors that overlap',
    file({ ...header, b: { ...header.b, data_offsets: [12, 20] } }, floats),
    /"b" begins at byte 12 of the data, inside another tensor/,
  ],
  [
    'a hole between tensors',
    file({ ...header, b: { ...header.b, data_offsets: [18, 26] } }, Buffer.concat([floats, floats])),
    /bytes 16 to 18 of the data, before "b"/,
  ],
  ['bytes behind the last tensor', file(header, Buffer.concat([floats, floats])), /last 24 bytes belong to no tensor/],
  [
    'a name that is there twice',
    file(
      `{"a":${JSON.stringify(header.a)},"b":${JSON.stringify(header.b)},"\\u0061":${JSON.stringify(header.a)}}`,
      floats,
    ),
    /names "a" twice/,
  ],
];

for (const [what, bytes, message] of refusals) {
  test(`${what} is refused with a sentence`, () =>
    assert.throws(() => parseSafetensors(bytes, 'file'), isAppError('MODEL_UNAVAILABLE', message)));
}

test('a missing file is named', () =>
  assert.rejects(
    readSafetensors('/nowhere/x.safetensors'),
    isAppError('MODEL_UNAVAILABLE', /\/nowhere\/x\.safetensors cannot be read/),
  ));

test('whatever the bytes, the reader answers or refuses, and never breaks', () => {
  const whole = file(header, floats);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
      const damaged = Buffer.from(whole.subarray(0, length));
      if (at < length) damaged[at] = byte;
      try {
        parseSafetensors(damaged, 'file');
      } catch (thrown) {
        assert.ok(thrown instanceof AppError, String(thrown));
      }
    }),
    { numRuns: 2000 },
  );
});
