// Opens this repository's engine for the measurements, and a network whose keys and values may be in another precision.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseGguf } from '../functions/engine/gguf.ts';
import { openModelPackage } from '../functions/engine/model-package.ts';
import { createTensor, openSession, type Tensors } from '../functions/engine/onnx-runtime.ts';
import {
  buildDecoderGraph,
  embeddingRow,
  readDecoderShape,
  type DecoderShape,
  type GraphOptions,
} from '../functions/llm/decoder-graph.ts';
import { maxPassItems } from '../functions/llm/decoder.ts';
import { loadWeights, type LoadedWeights } from '../functions/llm/load-weights.ts';
import { openTokenizer } from '../functions/llm/tokenizer.ts';

export const never = new AbortController().signal;
export const model = await openModelPackage(path.resolve(import.meta.dirname, '../models/storybook'));
const { encodeText } = await openTokenizer(model);
const root = path.resolve(import.meta.dirname, '..');

/** @returns tokens of files of this repository, by their patterns */
export const readText = (...files: readonly string[]): readonly number[] =>
  encodeText(
    globSync([...files], { cwd: root })
      .sort()
      .map((file) => readFileSync(path.join(root, file), 'utf8'))
      .join('\n'),
  );

export const cacheFolder = path.resolve(import.meta.dirname, 'node_modules/.cache');

export function openWeights(): Promise<LoadedWeights> {
  const { weights: name } = model.manifest.lm;
  return loadWeights(
    { weightsFile: model.file(name), weightsSha256: model.manifest.files[name]!, cacheFolder },
    () => undefined,
    never,
  );
}

export type Scales = NonNullable<GraphOptions['keyValueScales']>;

export interface Network extends AsyncDisposable {
  readonly shape: DecoderShape;
  /** Key and value of each layer in turn, each (keyValueHeads, capacity, D). */
  readonly cache: readonly (Float32Array | Int8Array)[];
  /** One pass behind `length` positions. @returns logits of all items or of the last, shape (W, V) */
  readonly pass: (ids: readonly number[], length: number, wanted: 'all' | 'last') => Promise<Float32Array>;
}

/** One slot. @param options.keyValueScales keys and values in int8 by these */
export async function openNetwork(options: GraphOptions, capacity: number): Promise<Network> {
  const gguf = parseGguf(readFileSync(model.file(model.manifest.lm.weights)));
  const shape = readDecoderShape(gguf);
  const table = gguf.tensor('token_embd.weight');
  const { layers, keyValueHeads, headWidth, width, vocabulary } = shape;
  const session = await openSession(buildDecoderGraph(gguf, options).toModel(), { spinMicroseconds: 20 });
  const size = keyValueHeads * capacity * headWidth;
  const cache = Array.from({ length: 2 * layers }, () =>
    options.keyValueScales ? new Int8Array(size) : new Float32Array(size),
  );
  const dims = [1, keyValueHeads, capacity, headWidth];
  const named = (before: string): Tensors =>
    Object.fromEntries(
      cache.map((data, i) => [
        `${before}${i % 2 === 0 ? 'key' : 'value'}.${i >> 1}`,
        data instanceof Int8Array ? createTensor('int8', dims, data) : createTensor('float32', dims, data),
      ]),
    );
  const [pasts, presents] = [named('past_'), named('')];
  return {
    shape,
    cache,
    pass: async (ids, length, wanted) => {
      const rows = new Float32Array(ids.length * width);
      for (const [i, id] of ids.entries()) rows.set(embeddingRow(table, id), i * width);
      const rowsWanted = wanted === 'all' ? ids.map((_, i) => i) : [ids.length - 1];
      using tensors = new DisposableStack();
      const logits = tensors.use(createTensor('float32', [rowsWanted.length, vocabulary]));
      await session.run(
        {
          embeddings: tensors.use(createTensor('float32', [1, ids.length, width], rows)),
          seqlens_k: tensors.use(createTensor('int32', [1], Int32Array.of(length + ids.length - 1))),
          total_sequence_length: tensors.use(createTensor('int32', [1], Int32Array.of(length + ids.length))),
          wanted: tensors.use(createTensor('int64', [rowsWanted.length], BigInt64Array.from(rowsWanted, BigInt))),
          ...pasts,
        },
        { logits, ...presents },
      );
      return logits.data;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/**
 * Fills all positions with what a real text leaves in 256 of them, again and again: made-up numbers would give scores whose exponentials
 * underflow, and those alone would take longer than the attention.
 */
export async function fill(network: Network, ids: readonly number[]): Promise<void> {
  const positions = 256;
  const { headWidth, keyValueHeads } = network.shape;
  for (let at = 0; at < positions; at += maxPassItems) await network.pass(ids.slice(at, at + maxPassItems), at, 'last');
  for (const block of network.cache) {
    const headSize = block.length / keyValueHeads;
    for (let head = 0; head < keyValueHeads; head++) {
      const from = head * headSize;
      const size = positions * headWidth;
      for (let at = size; at < headSize; at += size)
        block.copyWithin(from + at, from, from + Math.min(size, headSize - at));
    }
  }
}
