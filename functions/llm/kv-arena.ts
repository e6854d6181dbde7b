// Keys and values of the replies under way: one block of memory per layer, cut into slots that GroupQueryAttention reads
// and extends in place; and beside them the last layer's states, which a mapper reads of what was said before. Must never
// move positions within a slot: keys carry their rotation.
import { createTensor, type Tensor, type Tensors } from '../engine/onnx-runtime.ts';
import { giveBackPages } from '../engine/resident-memory.ts';
import type { DecoderShape } from './decoder-graph.ts';

export interface KvArena extends Disposable {
  readonly slots: number;
  /** Positions of each slot. */
  readonly capacity: number;
  /** Float32 numbers of one position: all layers' keys and values, and its state. */
  readonly positionSize: number;
  /** Neighbouring slots as one batch; made once and kept. */
  readonly view: (firstSlot: number, slots: number) => KvView;
  /** Copies the first `positions` of a slot to another one. */
  readonly copySlot: (from: number, to: number, positions: number) => void;
  /** @param states of neighbouring positions, shape (positions, H); copied */
  readonly putStates: (slot: number, firstPosition: number, states: Float32Array) => void;
  /** @returns a copy, shape (positions, H) */
  readonly states: (slot: number, firstPosition: number, positions: number) => Float32Array;
  /** @returns a copy, (layers, key and value, keyValueHeads, positions, D) and (positions, H) flattened */
  readonly read: (slot: number, firstPosition: number, positions: number) => Float32Array;
  /** Puts back what `read` gave, at the same position of any slot. */
  readonly write: (slot: number, firstPosition: number, positions: number, copy: Float32Array) => void;
  /** Hands the memory of a slot's positions from `firstPosition` on back to the system until they are written again. */
  readonly forget: (slot: number, firstPosition: number) => Promise<void>;
}

export interface KvView {
  /** `past_key.l` and `past_value.l`, each (slots, keyValueHeads, capacity, D). */
  readonly pasts: Tensors;
  /** The same tensors under the names of the outputs. */
  readonly presents: Tensors;
}

const positionSizeOf = ({ layers, keyValueHeads, headWidth, width }: DecoderShape): number =>
  2 * layers * keyValueHeads * headWidth + width;

/** Bytes of one position: 48 kB for 30 layers of 3 heads of 64 and states of 576. */
export const positionBytes = (shape: DecoderShape): number => positionSizeOf(shape) * Float32Array.BYTES_PER_ELEMENT;

/** Memory of all slots, one behind another: (slots, heads, capacity, width). */
interface Block {
  readonly memory: Float32Array;
  readonly heads: number;
  readonly width: number;
}

/** Memory is touched only as positions are written: so many slots of such a capacity cost no more than what they hold. */
export function createKvArena(shape: DecoderShape, slots: number, capacity: number): KvArena {
  const { layers, keyValueHeads, headWidth, width } = shape;
  const slotSize = keyValueHeads * capacity * headWidth;
  // so large that the system hands out pages only when they are touched; key and value of a layer in turn
  const caches = Array.from({ length: 2 * layers }, () => new Float32Array(slots * slotSize));
  const stateMemory = new Float32Array(slots * capacity * width);
  const blocks: readonly Block[] = [
    ...caches.map((memory) => ({ memory, heads: keyValueHeads, width: headWidth })),
    { memory: stateMemory, heads: 1, width },
  ];
  const positionSize = positionSizeOf(shape);
  const views = new Map<string, KvView>();
  const tensors = new DisposableStack();

  const makeView = (firstSlot: number, count: number): KvView => {
    const pasts: Record<string, Tensor> = {};
    const presents: Record<string, Tensor> = {};
    for (const [i, cache] of caches.entries()) {
      const memory = cache.subarray(firstSlot * slotSize, (firstSlot + count) * slotSize);
      const tensor = tensors.use(createTensor('float32', [count, keyValueHeads, capacity, headWidth], memory));
      const name = `${i % 2 === 0 ? 'key' : 'value'}.${i >> 1}`;
      pasts[`past_${name}`] = tensor;
      presents[name] = tensor;
    }
    return { pasts, presents };
  };
  /** Calls with each run of memory that holds these positions of one head. */
  const eachRun = (slot: number, first: number, positions: number, use: (run: Float32Array) => void): void => {
    for (const { memory, heads, width: own } of blocks) {
      for (let head = 0; head < heads; head++) {
        const begin = ((slot * heads + head) * capacity + first) * own;
        use(memory.subarray(begin, begin + positions * own)); // (positions, D) or (positions, H)
      }
    }
  };

  return {
    slots,
    capacity,
    positionSize,
    view: (firstSlot, count) => {
      const key = `${firstSlot}+${count}`;
      const known = views.get(key) ?? makeView(firstSlot, count);
      views.set(key, known);
      return known;
    },
    copySlot: (from, to, positions) => {
      for (const { memory, heads, width: own } of blocks) {
        for (let head = 0; head < heads; head++) {
          const begin = (from * heads + head) * capacity * own;
          memory.copyWithin((to * heads + head) * capacity * own, begin, begin + positions * own);
        }
      }
    },
    putStates: (slot, first, states) => stateMemory.set(states, (slot * capacity + first) * width),
    states: (slot, first, positions) => {
      const begin = (slot * capacity + first) * width;
      return stateMemory.slice(begin, begin + positions * width);
    },
    read: (slot, first, positions) => {
      const copy = new Float32Array(positionSize * positions);
      let at = 0;
      eachRun(slot, first, positions, (run) => {
        copy.set(run, at);
        at += run.length;
      });
      return copy;
    },
    write: (slot, first, positions, copy) => {
      let at = 0;
      eachRun(slot, first, positions, (run) => {
        run.set(copy.subarray(at, at + run.length));
        at += run.length;
      });
    },
    forget: async (slot, first) => {
      const runs: Float32Array[] = [];
      eachRun(slot, first, capacity - first, (run) => runs.push(run));
      for (const run of runs) await giveBackPages(run);
    },
    [Symbol.dispose]: () => tensors.dispose(),
  };
}
