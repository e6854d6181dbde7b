// Linear layers whose matrix is stored in int8 with a scale for each row compute what those numbers stand for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floatToHalf } from '../../../functions/engine/half.ts';
import { createLayers } from '../../../functions/engine/layers.ts';
import { createGraph } from '../../../functions/engine/onnx-graph.ts';
import { createTensor, openSession } from '../../../functions/engine/onnx-runtime.ts';
import type { Safetensors, StoredTensor } from '../../../functions/engine/safetensors.ts';
import { isAppError } from '../../harness/is-app-error.ts';

const float16 = (shape: readonly number[], ...values: number[]): StoredTensor => ({
  type: 'float16',
  shape,
  data: floatToHalf(Float32Array.from(values)),
});
const matrix: StoredTensor = { type: 'int8', shape: [2, 3], data: Int8Array.of(1, 2, 3, -4, 5, -127) };
const bias = float16([2], 0.5, -1);

async function multiply(weights: Safetensors, x: readonly number[]): Promise<number[]> {
  const graph = createGraph();
  const input = graph.input('x', 'float32', [1, 3]);
  graph.op('Identity', [createLayers(graph, weights, 'the network').linear(input, 'm')], {}, { outputs: ['y'] });
  graph.output('y', 'float32', [1, 2]);
  await using session = await openSession(graph.toModel());
  using given = createTensor('float32', [1, 3], Float32Array.from(x));
  using found = createTensor('float32', [1, 2]);
  await session.run({ x: given }, { y: found }, new AbortController().signal);
  return [...found.data];
}

test('an int8 matrix stands for itself times the scale of each row', async () => {
  const weights = new Map([
    ['m.weight', matrix],
    ['m.weight.scale', float16([2], 0.5, 0.25)],
    ['m.bias', bias],
  ]);
  assert.deepEqual(await multiply(weights, [1, 1, 2]), [0.5 * (1 + 2 + 6) + 0.5, 0.25 * (-4 + 5 - 254) - 1]);
});

test('an int8 matrix without scales is refused with a sentence', () =>
  assert.rejects(
    multiply(
      new Map([
        ['m.weight', matrix],
        ['m.bias', bias],
      ]),
      [1, 1, 2],
    ),
    isAppError('MODEL_UNAVAILABLE', /^the network: "m\.weight" is int8, not float16$/),
  ));

const scale = float16([2], 0.5, 0.25);
for (const [what, change, message] of [
  [
    'a scale of another length',
    { 'm.weight.scale': float16([1], 0.5) },
    /"m\.weight\.scale" of shape \(1\) .* "m\.weight" of shape \(2, 3\)/,
  ],
  ['a scale with an axis more', { 'm.weight.scale': float16([2, 1], 0.5, 1) }, /"m\.weight\.scale" of shape \(2, 1\)/],
  [
    'a scale that is infinite',
    { 'm.weight.scale': float16([2], Infinity, 1) },
    /"m\.weight\.scale" holds a number that is not finite/,
  ],
  [
    'a scale that is no number',
    { 'm.weight.scale': float16([2], Number.NaN, 1) },
    /"m\.weight\.scale" holds a number that is not finite/,
  ],
  [
    'a bias of another length',
    { 'm.bias': float16([1], 1) },
    /"m\.bias" of shape \(1\) does not fit "m\.weight" of shape \(2, 3\)/,
  ],
  ['a matrix of one axis', { 'm.weight': { ...matrix, shape: [6] } }, /"m\.weight" of shape \(6\) is no matrix/],
] as const)
  test(`${what} is refused with a sentence`, () =>
    assert.rejects(
      multiply(
        new Map(Object.entries({ 'm.weight': matrix, 'm.weight.scale': scale, 'm.bias': bias, ...change })),
        [1, 1, 2],
      ),
      isAppError('MODEL_UNAVAILABLE', message),
    ));
