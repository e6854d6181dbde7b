// The numbers that test/golden/record-evaluation.py computes with: weights, pictures and features by one formula, so that
// golden files hold results alone.
import { createTensor, openSession } from '../../functions/engine/onnx-runtime.ts';
import type { Safetensors, StoredTensor } from '../../functions/engine/safetensors.ts';

/** In −1…1: element i is a hash of (seed, i), the finalizer of MurmurHash3. */
export function uniform(seed: number, length: number): Float32Array {
  const start = Math.imul(seed, 0x9e37_79b9);
  return Float32Array.from({ length }, (_, i) => {
    let x = (start + i) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b) >>> 0;
    x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35) >>> 0;
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

/** Weights of these names and shapes; the seed of each is its place, from 1. */
export function formulaWeights(shapes: readonly (readonly [string, readonly number[]])[]): Safetensors {
  return new Map(
    shapes.map(([name, shape], i): [string, StoredTensor] => {
      const data = uniform(i + 1, count(shape));
      const scale = Math.fround(Math.sqrt(6 / count(shape.slice(1))));
      const of = (x: number): number => {
        if (name.endsWith('running_var')) return 1 + x / 2;
        if (shape.length > 1) return x * scale;
        return name.endsWith('weight') ? 1 + x / 4 : x / 10;
      };
      return [name, { type: 'float32', shape, data: data.map(of) }];
    }),
  );
}

/** Runs a graph with float32 inputs once. */
export async function runGraph(
  model: Uint8Array,
  inputs: Readonly<Record<string, readonly [readonly number[], Float32Array]>>,
  output: string,
  outputShape: readonly number[],
): Promise<Float32Array> {
  await using session = await openSession(model);
  using stack = new DisposableStack();
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, [shape, data]]) => [name, stack.use(createTensor('float32', shape, data))]),
  );
  using result = createTensor('float32', outputShape);
  await session.run(tensors, { [output]: result });
  return result.data;
}

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
