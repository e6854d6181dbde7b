// Keys and values of past positions, which GroupQueryAttention reads and extends in place. Must never be shared by two
// replies at once; a prefix is copied instead.
import { createTensor, type Tensor, type Tensors } from '../engine/onnx-runtime.ts';
import type { DecoderShape } from './decoder-graph.ts';

export interface KvCache extends Disposable {
  readonly capacity: number;
  /** `past_key.l` and `past_value.l`, each (1, keyValueHeads, capacity, D). */
  readonly pasts: Tensors;
  /** The same tensors under the names of the outputs. */
  readonly presents: Tensors;
}

/** @param capacity positions. Memory is touched only as positions are written: 46 kB each for 30 layers of 3 heads. */
export function createKvCache({ layers, keyValueHeads, headWidth }: DecoderShape, capacity: number): KvCache {
  const size = keyValueHeads * capacity * headWidth;
  // one block, large enough that the system hands out pages only when they are touched
  const memory = new Float32Array(2 * layers * size);
  const pasts: Record<string, Tensor> = {};
  const presents: Record<string, Tensor> = {};
  for (let l = 0; l < layers; l++) {
    for (const [i, kind] of ['key', 'value'].entries()) {
      const at = (2 * l + i) * size;
      const shape = [1, keyValueHeads, capacity, headWidth];
      const tensor = createTensor('float32', shape, memory.subarray(at, at + size));
      pasts[`past_${kind}.${l}`] = tensor;
      presents[`${kind}.${l}`] = tensor;
    }
  }
  return {
    capacity,
    pasts,
    presents,
    [Symbol.dispose]: () => {
      for (const tensor of Object.values(presents)) tensor[Symbol.dispose]();
    },
  };
}

/** Copies the first `positions` of one cache to another. Keys carry their rotation, so positions must not shift. */
export function copyPositions(from: KvCache, to: KvCache, positions: number): void {
  for (const [name, source] of Object.entries(from.presents)) {
    const target = to.presents[name]!;
    const [, heads, , width] = source.shape as [number, number, number, number];
    for (let head = 0; head < heads; head++) {
      const begin = head * from.capacity * width;
      const rows = (source.data as Float32Array).subarray(begin, begin + positions * width); // (positions, D)
      (target.data as Float32Array).set(rows, head * to.capacity * width);
    }
  }
}
