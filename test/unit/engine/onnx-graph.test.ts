// The ONNX writer: ONNX Runtime loads what it writes and computes what was meant.
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createGraph, shapeInitializer } from '../../../functions/engine/onnx-graph.ts';
import { createTensor, openSession } from '../../../functions/engine/onnx-runtime.ts';

async function evaluate(
  model: Uint8Array | { readonly path: string },
  x: Float32Array,
  shape: number[],
  outShape: number[],
): Promise<Float32Array> {
  await using session = await openSession(model);
  using input = createTensor('float32', shape, x);
  using output = createTensor('float32', outShape);
  await session.run({ x: input }, { y: output });
  return output.data;
}

test('constants, attributes of every kind, several outputs, an operator of ONNX Runtime’s own', async () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', ['rows', 2]);
  const weights = graph.initializer('w', 'float32', [2, 4], Float32Array.of(1, 0, 2, 0, 0, 1, 0, 2));
  const product = graph.one('MatMul', [x, weights]); // (rows, 4)
  const [left, right] = graph.op('Split', [product], { axis: { int: -1 }, num_outputs: { int: 2 } }, { outputs: 2 });
  const sum = graph.one('Add', [left!, right!]); // (rows, 2)
  const linear = graph.one('QuickGelu', [sum], { alpha: { float: 100 } }, 'com.microsoft'); // a ReLU, nearly
  const turned = graph.one('Transpose', [linear], { perm: { ints: [1, 0] } }); // (2, rows)
  const flat = graph.one('Reshape', [turned, shapeInitializer(graph, 'flat', [-1])]);
  graph.op('Gelu', [flat], { approximate: { string: 'tanh' } }, { outputs: ['y'] });
  graph.output('y', 'float32', ['elements']);
  const y = await evaluate(graph.toModel(), Float32Array.of(10, 20, -30, 40), [2, 2], [4]);
  assert.deepEqual(
    Array.from(y, (value) => value + 0), // without the sign of −0
    [30, 0, 60, 120],
  );
});

test('half-precision constants are widened exactly', async () => {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [3]);
  const halves = graph.initializer('h', 'float16', [3], Uint16Array.of(0x3c00, 0x3555, 0x0001)); // 1, 0.33325…, 2⁻²⁴
  graph.op('Mul', [x, graph.one('Cast', [halves], { to: { int: 1 } })], {}, { outputs: ['y'] });
  graph.output('y', 'float32', [3]);
  const y = await evaluate(graph.toModel(), Float32Array.of(1, 1, 1), [3], [3]);
  assert.deepEqual([...y], [1, 0.333251953125, 2 ** -24]);
});

test('an optional input may be left out by an empty name', async () => {
  const graph = createGraph();
  const upper = graph.initializer('upper', 'float32', [], Float32Array.of(2));
  graph.op('Clip', [graph.input('x', 'float32', [2]), '', upper], {}, { outputs: ['y'] });
  graph.output('y', 'float32', [2]);
  assert.deepEqual([...(await evaluate(graph.toModel(), Float32Array.of(-5, 5), [2], [2]))], [-5, 2]);
});

test('a view in the middle of a buffer is written as that view', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(5), async (skip) => {
      const graph = createGraph();
      const constants = Float32Array.of(9, 8, 7, 6, 5, 4, 3, 2).subarray(skip, skip + 3);
      graph.op(
        'Add',
        [graph.input('x', 'float32', [3]), graph.initializer('c', 'float32', [3], constants)],
        {},
        { outputs: ['y'] },
      );
      graph.output('y', 'float32', [3]);
      assert.deepEqual(await evaluate(graph.toModel(), new Float32Array(3), [3], [3]), constants.slice());
    }),
    { numRuns: 6 },
  );
});

test('weights in a file beside the model are mapped from there: the same answers, and no copy of them in memory', async () => {
  const graph = createGraph();
  const [rows, columns] = [64, 96];
  const values = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
  const product = graph.one('MatMul', [
    graph.input('x', 'float32', [1, rows]),
    graph.initializer('w', 'float32', [rows, columns], values),
  ]);
  graph.op('Reshape', [product, shapeInitializer(graph, 'flat', [columns])], {}, { outputs: ['y'] });
  graph.output('y', 'float32', [columns]);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gill-graph-'));
  try {
    const beside = path.join(folder, 'model.onnx');
    await writeFile(beside, graph.toModelBeside('model.weights'));
    await writeFile(path.join(folder, 'model.weights'), Buffer.concat(graph.weights()));
    assert.ok((await stat(beside)).size < 1_000);
    const x = Float32Array.from({ length: rows }, (_, i) => i / rows);
    const inline = await evaluate(graph.toModel(), x, [1, rows], [columns]);
    assert.deepEqual(await evaluate({ path: beside }, x, [1, rows], [columns]), inline);
    await truncate(path.join(folder, 'model.weights'), 100);
    await assert.rejects(evaluate({ path: beside }, x, [1, rows], [columns]), { code: 'INTERNAL' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
