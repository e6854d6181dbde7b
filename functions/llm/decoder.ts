// The network behind all replies: items in, logits and states out, keys, values and states into the arena. Must never run two
// passes at once: whoever uses it takes care of that, since passes write into one arena.
//
// What equality rests on (test/golden/batching.test.ts checks it on the machine at hand): a row's numbers depend on its
// own conversation only, however many rows share the pass; and a prompt's numbers do not depend on where it is cut, as
// long as no pass has a single item. A pass of one item takes another attention kernel, whose last bits differ.
import type { Device } from '../../core/device.ts';
import { createTensor, openSession } from '../engine/onnx-runtime.ts';
import { embeddingRow } from './decoder-graph.ts';
import { createKvArena, type KvArena } from './kv-arena.ts';
import type { LoadedWeights } from './load-weights.ts';
import type { PromptItem } from './prompt.ts';

/** One row of a batched pass. */
export interface Row {
  readonly item: PromptItem;
  /** Positions that its slot holds before the pass. */
  readonly length: number;
}

/** What a pass of one slot gives; overwritten by the next pass. */
export interface Reading {
  /** Of the last item, shape (V). */
  readonly logits: Float32Array;
  /** Last-layer states of all items after the final norm, shape (items, H): what gate and mapper read. */
  readonly states: Float32Array;
}

/** What a step of several slots gives; overwritten by the next pass. */
export interface Step {
  /** Of each row, shape (V). */
  readonly logits: readonly Float32Array[];
  /** As a reading's, shape (rows, H). */
  readonly states: Float32Array;
}

export interface Decoder extends AsyncDisposable {
  readonly arena: KvArena;
  /**
   * Puts items behind the first `length` positions of a slot in one pass.
   * @throws the signal's reason; then the slot holds what it held
   */
  readonly read: (slot: number, length: number, items: readonly PromptItem[], signal: AbortSignal) => Promise<Reading>;
  /** One item for each of the slots 0 … rows.length − 1. */
  readonly step: (rows: readonly Row[]) => Promise<Step>;
}

/** Most items of one pass of a prompt: bounds its buffers, and how long everyone waits for it. */
export const maxPassItems = 128;

/** Longer than the gap between two operators, shorter than anyone else's wait for the core. */
const spinMicroseconds = 20;

/** @param slots replies at once @throws {AppError} INTERNAL when ONNX Runtime does not take the graph */
export async function openDecoder(
  { graph, shape, embeddings }: LoadedWeights,
  slots: number,
  contextTokens: number,
  device: Device = 'cpu',
): Promise<Decoder> {
  await using resources = new AsyncDisposableStack();
  const model = graph.kind === 'file' ? { path: graph.path } : graph.bytes;
  const session = resources.use(await openSession(model, { device, spinMicroseconds }));
  const arena = resources.use(createKvArena(shape, slots, contextTokens));
  const { width, vocabulary } = shape;
  const rows = new Float32Array(Math.max(maxPassItems, slots) * width);
  const logits = new Float32Array(slots * vocabulary);
  const states = new Float32Array(rows.length);

  /** B slots from `firstSlot`, S items each; logits of the last item of each, states of all. */
  const pass = async (
    firstSlot: number,
    items: readonly PromptItem[],
    lengths: readonly number[],
    signal?: AbortSignal,
  ): Promise<Step> => {
    const batch = lengths.length;
    const perSlot = items.length / batch;
    for (const [i, item] of items.entries())
      rows.set(typeof item === 'number' ? embeddingRow(embeddings, item) : item.values, i * width);
    using tensors = new DisposableStack();
    const cache = arena.view(firstSlot, batch);
    await session.run(
      {
        embeddings: tensors.use(
          createTensor('float32', [batch, perSlot, width], rows.subarray(0, items.length * width)), // (B, S, H)
        ),
        seqlens_k: tensors.use(
          createTensor(
            'int32',
            [batch],
            Int32Array.from(lengths, (length) => length + perSlot - 1),
          ),
        ),
        total_sequence_length: tensors.use(createTensor('int32', [1], Int32Array.of(Math.max(...lengths) + perSlot))),
        wanted: tensors.use(
          createTensor(
            'int64',
            [batch],
            BigInt64Array.from(lengths, (_, b) => BigInt((b + 1) * perSlot - 1)),
          ),
        ),
        ...cache.pasts,
      },
      {
        logits: tensors.use(createTensor('float32', [batch, vocabulary], logits.subarray(0, batch * vocabulary))), // (B, V)
        states: tensors.use(
          createTensor('float32', [items.length, width], states.subarray(0, items.length * width)), // (B·S, H)
        ),
        ...cache.presents,
      },
      signal,
    );
    const own = perSlot * width;
    for (const [b, length] of lengths.entries())
      arena.putStates(firstSlot + b, length, states.subarray(b * own, (b + 1) * own)); // (S, H)
    return {
      logits: lengths.map((_, b) => logits.subarray(b * vocabulary, (b + 1) * vocabulary)),
      states: states.subarray(0, items.length * width),
    };
  };

  const owned = resources.move();
  return {
    arena,
    read: async (slot, length, items, signal) => {
      const { logits: ofLast, states } = await pass(slot, items, [length], signal);
      return { logits: ofLast[0]!, states };
    },
    step: (batch) =>
      pass(
        0,
        batch.map(({ item }) => item),
        batch.map(({ length }) => length),
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
