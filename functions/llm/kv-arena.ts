// Keys and values of the replies under way: one block of memory per layer, cut into slots that GroupQueryAttention reads
// and extends in place. Must never move positions within a slot: keys carry their rotation.
import { createTensor, type Tensor, type Tensors } from '../engine/onnx-runtime.ts';
import { giveBackPages } from '../engine/resident-memory.ts';
import type { DecoderShape } from './decoder-graph.ts';

export interface KvArena extends Disposable {
  readonly slots: number;
  /** Positions of each slot. */
  readonly capacity: number;
  /** Float32 numbers of one position, all layers. */
  readonly positionSize: number;
  /** Neighbouring slots as one batch; made once and kept. */
  readonly view: (firstSlot: number, slots: number) => KvView;
  /** Copies the first `positions` of a slot to another one. */
  readonly copySlot: (from: number, to: number, positions: number) => void;
  /** @returns a copy, (layers, key and value, keyValueHeads, positions, D) flattened */
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

/** Bytes of one position: 46 kB for 30 layers of 3 heads of 64. */
export const positionBytes = ({ layers, keyValueHeads, headWidth }: DecoderShape): number =>
  2 * layers * keyValueHeads * headWidth * Float32Array.BYTES_PER_ELEMENT;

/** Memory is touched only as positions are written: so many slots of such a capacity cost no more than what they hold. */
export function createKvArena(shape: DecoderShape, slots: number, capacity: number): KvArena {
  const { layers, keyValueHeads, headWidth } = shape;
  const headSize = capacity * headWidth;
  const slotSize = keyValueHeads * headSize;
  // blocks so large that the system hands out pages only when they are touched; key and value of a layer in turn
  const blocks = Array.from({ length: 2 * layers }, () => new Float32Array(slots * slotSize));
  const views = new Map<string, KvView>();
  const tensors = new DisposableStack();

  const makeView = (firstSlot: number, count: number): KvView => {
    const pasts: Record<string, Tensor> = {};
    const presents: Record<string, Tensor> = {};
    for (const [i, block] of blocks.entries()) {
      const memory = block.subarray(firstSlot * slotSize, (firstSlot + count) * slotSize);
      const tensor = tensors.use(createTensor('float32', [count, keyValueHeads, capacity, headWidth], memory));
      const name = `${i % 2 === 0 ? 'key' : 'value'}.${i >> 1}`;
      pasts[`past_${name}`] = tensor;
      presents[name] = tensor;
    }
    return { pasts, presents };
  };
  /** Calls with each run of memory that holds these positions of one head. */
  const eachRun = (
    slot: number,
    first: number,
    positions: number,
    use: (run: Float32Array, i: number) => void,
  ): void => {
    let i = 0;
    for (const block of blocks) {
      for (let head = 0; head < keyValueHeads; head++) {
        const begin = slot * slotSize + head * headSize + first * headWidth;
        use(block.subarray(begin, begin + positions * headWidth), i++); // (positions, D)
      }
    }
  };

  return {
    slots,
    capacity,
    positionSize: 2 * layers * keyValueHeads * headWidth,
    view: (firstSlot, count) => {
      const key = `${firstSlot}+${count}`;
      const known = views.get(key) ?? makeView(firstSlot, count);
      views.set(key, known);
      return known;
    },
    copySlot: (from, to, positions) => {
      for (const block of blocks) {
        for (let head = 0; head < keyValueHeads; head++) {
          const begin = from * slotSize + head * headSize;
          block.copyWithin(to * slotSize + head * headSize, begin, begin + positions * headWidth);
        }
      }
    },
    read: (slot, first, positions) => {
      const copy = new Float32Array(2 * layers * keyValueHeads * positions * headWidth);
      eachRun(slot, first, positions, (run, i) => copy.set(run, i * run.length));
      return copy;
    },
    write: (slot, first, positions, copy) => {
      eachRun(slot, first, positions, (run, i) => run.set(copy.subarray(i * run.length, (i + 1) * run.length)));
    },
    forget: async (slot, first) => {
      const runs: Float32Array[] = [];
      eachRun(slot, first, capacity - first, (run) => runs.push(run));
      for (const run of runs) await giveBackPages(run);
    },
    [Symbol.dispose]: () => tensors.dispose(),
  };
}
