// Sessions and tensors over the C API: results, memory in place, concurrency, abort inside a run, errors as sentences.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { createGraph } from '../../../functions/engine/onnx-graph.ts';
import { listProviders, missingFile, providerNames } from '../../../functions/engine/onnx-providers.ts';
import { createTensor, openSession } from '../../../functions/engine/onnx-runtime.ts';

/** y = x · w, `depth` times; x and w are square of side `size`. */
function matMulChain(size: number, depth: number): Uint8Array {
  const graph = createGraph();
  let x = graph.input('x', 'float32', [size, size]);
  const w = graph.initializer('w', 'float32', [size, size], new Float32Array(size * size).fill(1 / size));
  for (let i = 0; i < depth; i++) x = graph.one('MatMul', [x, w]);
  graph.op('Identity', [x], {}, { outputs: ['y'] });
  graph.output('y', 'float32', [size, size]);
  return graph.toModel();
}

describe('a session', () => {
  test('writes into the memory the caller gave, from bytes and from a file alike', async () => {
    const model = matMulChain(4, 1);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'gill-onnx-'));
    try {
      const file = path.join(folder, 'model.onnx');
      await writeFile(file, model);
      for (const source of [model, { path: file }]) {
        await using session = await openSession(source);
        using x = createTensor(
          'float32',
          [4, 4],
          Float32Array.from({ length: 16 }, (_, i) => i),
        );
        const memory = new Float32Array(16);
        using y = createTensor('float32', [4, 4], memory);
        await session.run({ x }, { y });
        assert.deepEqual(
          [...memory],
          [0, 1, 2, 3].flatMap((row) => Array<number>(4).fill(row * 4 + 1.5)),
        );
        x.data.fill(1);
        await session.run({ x }, { y });
        assert.deepEqual([...memory], Array(16).fill(1));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('leaves the event loop free and keeps concurrent runs apart', async () => {
    await using session = await openSession(matMulChain(256, 60));
    const runs = Array.from({ length: 4 }, (_, i) => ({
      x: createTensor('float32', [256, 256], new Float32Array(256 * 256).fill(i)),
      y: createTensor('float32', [256, 256]),
    }));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await Promise.all(runs.map(({ x, y }) => session.run({ x }, { y })));
    clearInterval(timer);
    assert.ok(ticks > 5, `the event loop turned only ${ticks} times`);
    for (const [i, { x, y }] of runs.entries()) {
      assert.ok(y.data.every((value) => Math.abs(value - i) < 1e-3));
      x[Symbol.dispose]();
      y[Symbol.dispose]();
    }
  });

  test('an abort ends the run inside it, with the reason of the signal, and the session goes on', async () => {
    await using session = await openSession(matMulChain(384, 120));
    using x = createTensor('float32', [384, 384], new Float32Array(384 * 384).fill(1));
    using y = createTensor('float32', [384, 384]);
    const startedAt = performance.now();
    await session.run({ x }, { y });
    const fullMs = performance.now() - startedAt;

    const controller = new AbortController();
    const reason = new Error('stop');
    const abortedAt = performance.now();
    const run = session.run({ x }, { y }, controller.signal);
    setImmediate(() => controller.abort(reason));
    await assert.rejects(run, reason);
    const stoppedMs = performance.now() - abortedAt;
    assert.ok(stoppedMs < fullMs / 2, `stopped after ${stoppedMs} ms of ${fullMs} ms`);

    await assert.rejects(session.run({ x }, { y }, AbortSignal.abort(reason)), reason);
    y.data.fill(0);
    await session.run({ x }, { y });
    assert.ok(Math.abs(y.data[0]! - 1) < 1e-3);
  });

  test('names what is wrong with a model, an input and a shape', async () => {
    await assert.rejects(openSession(new Uint8Array([1, 2, 3])), /ONNX Runtime: .*(protobuf|parse|model)/i);
    await assert.rejects(openSession({ path: '/nowhere/model.onnx' }), /nowhere/);
    await using session = await openSession(matMulChain(2, 1));
    using y = createTensor('float32', [2, 2]);
    using wrong = createTensor('float32', [2, 3]);
    await assert.rejects(session.run({ x: wrong }, { y }), /ONNX Runtime: .*x/);
    await assert.rejects(session.run({ z: wrong }, { y }), /ONNX Runtime: /);
    assert.throws(() => createTensor('float32', [2, 2], new Float32Array(3)), /needs 4 elements, not 3/);
  });

  test('a device that is not there is an error that names it, and the processor computes all the same', async () => {
    // where these devices are, whether they compute is asked by the golden tests
    const gone = missingFile('cuda') === undefined ? [] : (['cuda'] as const);
    const whys = { cuda: /ONNX Runtime: .*libonnxruntime_providers_(shared|cuda)/ };
    for (const device of gone) await assert.rejects(openSession(matMulChain(2, 1), { device }), whys[device]);
    await using session = await openSession(matMulChain(2, 1), { device: 'cpu' });
    using x = createTensor('float32', [2, 2], Float32Array.of(1, 3, 5, 7));
    using y = createTensor('float32', [2, 2]);
    await session.run({ x }, { y });
    assert.deepEqual([...y.data], [2, 2, 6, 6]);
  });

  test('what the library was built to use is listed', () => {
    assert.ok(listProviders().includes(providerNames.cpu), listProviders().join());
  });

  test('disposing a session waits for its runs; a tensor in use or disposed is refused', async () => {
    const session = await openSession(matMulChain(256, 40));
    const x = createTensor('float32', [256, 256], new Float32Array(256 * 256).fill(1));
    const y = createTensor('float32', [256, 256]);
    const run = session.run({ x }, { y });
    assert.throws(() => x[Symbol.dispose](), /while a run uses it/);
    await session[Symbol.asyncDispose]();
    assert.ok(Math.abs(y.data[0]! - 1) < 1e-3, 'the run had not ended when disposal did');
    await run;
    await assert.rejects(session.run({ x }, { y }), /session is disposed/);
    x[Symbol.dispose]();
    y[Symbol.dispose]();
    await using another = await openSession(matMulChain(256, 1));
    await assert.rejects(another.run({ x }, { y }), /used after disposal/);
  });
});
