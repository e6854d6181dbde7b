// The network behind a reply: items in, logits of the last one out. Several replies share the weights and take turns.
// Must never run two passes at once: they would fight for the same cores, and neither reply would gain.
import { createTensor, openSession, type Tensor, type Tensors } from '../engine/onnx-runtime.ts';
import { embeddingRow, type DecoderShape } from './decoder-graph.ts';
import { createKvCache, type KvCache } from './kv-cache.ts';
import type { LoadedWeights } from './load-weights.ts';
import { createPool } from './pool.ts';
import type { PromptItem } from './prompt.ts';

/** A place for one reply at a time: its cache, and what the cache holds. */
export interface DecoderSlot extends Disposable {
  readonly cache: KvCache;
  /** What stands at each position of the cache, kept true by whoever writes to it; a pass extends it when it is done. */
  readonly items: PromptItem[];
  /** Embedding rows of one pass, shape (chunkItems, H). */
  readonly rows: Float32Array;
  /** Position of a pass's last item, shape (1). */
  readonly lastPosition: Tensor<'int32'>;
  /** Positions after a pass, shape (1). */
  readonly length: Tensor<'int32'>;
  /** Shape (1, 1, V). */
  readonly logits: Tensor<'float32'>;
}

export interface Decoder extends AsyncDisposable {
  /** @param capacity positions it can hold */
  readonly openSlot: (capacity: number) => DecoderSlot;
  /**
   * Puts items behind those that the slot holds.
   * Leaves the logits of the last one in `slot.logits`.
   * @throws the signal's reason; then the slot holds the items of the passes that were finished
   */
  readonly append: (slot: DecoderSlot, items: readonly PromptItem[], signal: AbortSignal) => Promise<void>;
}

/** Items per pass of a prompt. Other replies wait for a pass to end, so this bounds how long they stand still. */
export const chunkItems = 128;

/** @throws {AppError} INTERNAL when ONNX Runtime does not take the graph */
export async function openDecoder({ graph, shape, embeddings }: LoadedWeights): Promise<Decoder> {
  const session = await openSession(graph.kind === 'file' ? { path: graph.path } : graph.bytes);
  const turns = createPool(['the pass under way']);
  const { width } = shape;

  const pass = async (slot: DecoderSlot, items: readonly PromptItem[], signal: AbortSignal): Promise<void> => {
    for (const [i, item] of items.entries()) {
      slot.rows.set(typeof item === 'number' ? embeddingRow(embeddings, item) : item.values, i * width);
    }
    slot.lastPosition.data[0] = slot.items.length + items.length - 1;
    slot.length.data[0] = slot.items.length + items.length;
    using rows = createTensor('float32', [1, items.length, width], slot.rows.subarray(0, items.length * width)); // (1, S, H)
    const inputs: Tensors = {
      embeddings: rows,
      seqlens_k: slot.lastPosition,
      total_sequence_length: slot.length,
      ...slot.cache.pasts,
    };
    await session.run(inputs, { logits: slot.logits, ...slot.cache.presents }, signal);
    slot.items.push(...items);
  };

  return {
    openSlot: (capacity) => openSlot(shape, capacity),
    append: async (slot, items, signal) => {
      for (let from = 0; from < items.length; from += chunkItems) {
        const turn = await turns.take(signal);
        try {
          await pass(slot, items.slice(from, from + chunkItems), signal);
        } finally {
          turns.give(turn);
        }
      }
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function openSlot(shape: DecoderShape, capacity: number): DecoderSlot {
  const cache = createKvCache(shape, capacity);
  const lastPosition = createTensor('int32', [1]);
  const length = createTensor('int32', [1]);
  const logits = createTensor('float32', [1, 1, shape.vocabulary]);
  return {
    cache,
    items: [],
    rows: new Float32Array(chunkItems * shape.width),
    lastPosition,
    length,
    logits,
    [Symbol.dispose]: () => {
      for (const part of [cache, lastPosition, length, logits]) part[Symbol.dispose]();
    },
  };
}
