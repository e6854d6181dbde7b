// The language model's logits at every position of a text, in a precision of choice: for golden values and for measuring
// what rounding costs.
import { readFile } from 'node:fs/promises';
import type { Device } from '../../core/device.ts';
import { parseGguf } from '../../functions/engine/gguf.ts';
import { createTensor, openSession } from '../../functions/engine/onnx-runtime.ts';
import { buildDecoderGraph, embeddingRow, readDecoderShape } from '../../functions/llm/decoder-graph.ts';
import { createKvArena } from '../../functions/llm/kv-arena.ts';

export const modelFolder = 'models/storybook';
export const weightsFile = `${modelFolder}/smollm2-135m-instruct.q4_1.gguf`;
/** Repacked weights of all tests: made once, then found. */
export const testCacheFolder = 'node_modules/.cache/gill-weights';

export interface LogitsReader extends AsyncDisposable {
  /** @returns shape (ids, V) */
  readonly read: (ids: readonly number[]) => Promise<Float32Array>;
  readonly vocabulary: number;
}

/** @param positions most ids of one text */
export async function openLogitsReader(
  precision: 'int8' | 'float32',
  positions: number,
  device: Device = 'cpu',
): Promise<LogitsReader> {
  const gguf = parseGguf(await readFile(weightsFile));
  const shape = readDecoderShape(gguf);
  const table = gguf.tensor('token_embd.weight');
  const model = buildDecoderGraph(gguf, { precision }).toModel();
  const session = await openSession(model, { device });
  const arena = createKvArena(shape, 1, positions);
  return {
    vocabulary: shape.vocabulary,
    read: async (ids) => {
      const rows = new Float32Array(ids.length * shape.width);
      for (const [i, id] of ids.entries()) rows.set(embeddingRow(table, id), i * shape.width);
      using embeddings = createTensor('float32', [1, ids.length, shape.width], rows);
      using last = createTensor('int32', [1], Int32Array.of(ids.length - 1));
      using length = createTensor('int32', [1], Int32Array.of(ids.length));
      using wanted = createTensor(
        'int64',
        [ids.length],
        BigInt64Array.from(ids, (_, i) => BigInt(i)),
      );
      using logits = createTensor('float32', [ids.length, shape.vocabulary]);
      const { pasts, presents } = arena.view(0, 1);
      await session.run(
        { embeddings, seqlens_k: last, total_sequence_length: length, wanted, ...pasts },
        { logits, ...presents },
      );
      return logits.data;
    },
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
      arena[Symbol.dispose]();
    },
  };
}

/** log Σ exp, in float64. */
export function logSumExp(logits: Float32Array): number {
  const peak = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  return peak + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - peak), 0));
}
