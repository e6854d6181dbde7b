// How likely the language model finds given tokens, after given ones: sums of negative log likelihoods, from which
// perplexity follows. Must never score a token by more than stands before it.
import { readFile } from 'node:fs/promises';
import { parseGguf } from '../../functions/engine/gguf.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { createTensor, openSession, type Tensor } from '../../functions/engine/onnx-runtime.ts';
import {
  buildDecoderGraph,
  embeddingRow,
  readDecoderShape,
  type Precision,
} from '../../functions/llm/decoder-graph.ts';
import { maxPassItems as chunkItems } from '../../functions/llm/decoder.ts';
import { createKvArena } from '../../functions/llm/kv-arena.ts';
import { AppError } from '../../core/app-error.ts';

export interface LikelihoodReader extends AsyncDisposable {
  /** Width of an embedding row. */
  readonly width: number;
  /**
   * Reads what many sequences begin with, once: those that do begin with it are read from there on. Always from there,
   * whatever was read before, since int8 rounding depends on where passes begin.
   */
  readonly hold: (prefix: readonly number[], signal: AbortSignal) => Promise<void>;
  /**
   * −log p of tokens given all before them.
   * @param ids the whole sequence @param scored positions from 1 on, ascending
   * @returns as many as `scored`
   */
  readonly read: (ids: readonly number[], scored: readonly number[], signal: AbortSignal) => Promise<Float64Array>;
}

/** @param precision as the server decodes (int8), or the reference */
export async function openLikelihood(model: ModelPackage, precision: Precision): Promise<LikelihoodReader> {
  const { weights, contextTokens } = model.manifest.lm;
  const gguf = parseGguf(await readFile(model.file(weights)));
  const shape = readDecoderShape(gguf);
  const table = gguf.tensor('token_embd.weight');
  const session = await openSession(buildDecoderGraph(gguf, { precision }).toModel());
  const arena = createKvArena(shape, 1, contextTokens);
  const cache = arena.view(0, 1);
  const { width, vocabulary } = shape;
  let held: readonly number[] = [];

  /** Keys and values of a chunk into the cache. @returns logits (S, V), to be disposed */
  const pass = async (chunk: readonly number[], from: number, signal: AbortSignal): Promise<Tensor<'float32'>> => {
    const rows = new Float32Array(chunk.length * width);
    for (const [i, id] of chunk.entries()) rows.set(embeddingRow(table, id), i * width);
    using embeddings = createTensor('float32', [1, chunk.length, width], rows);
    using last = createTensor('int32', [1], Int32Array.of(from + chunk.length - 1));
    using length = createTensor('int32', [1], Int32Array.of(from + chunk.length));
    using wanted = createTensor(
      'int64',
      [chunk.length],
      BigInt64Array.from(chunk, (_, i) => BigInt(i)),
    );
    const logits = createTensor('float32', [chunk.length, vocabulary]);
    await session.run(
      { embeddings, seqlens_k: last, total_sequence_length: length, wanted, ...cache.pasts },
      { logits, ...cache.presents },
      signal,
    );
    return logits;
  };

  return {
    width,
    hold: async (prefix, signal) => {
      for (let from = 0; from < prefix.length; from += chunkItems) {
        using _logits = await pass(prefix.slice(from, from + chunkItems), from, signal);
      }
      held = prefix;
    },
    read: async (ids, scored, signal) => {
      if (ids.length > contextTokens)
        throw new AppError('CONTEXT_TOO_LONG', `${ids.length} tokens, but the model reads ${contextTokens}`);
      const kept = held.every((id, i) => id === ids[i]) && scored[0]! > held.length ? held.length : 0;
      if (kept === 0) held = []; // about to be overwritten
      const out = new Float64Array(scored.length);
      let done = 0;
      for (let from = kept; from < ids.length && done < scored.length; from += chunkItems) {
        const chunk = ids.slice(from, from + chunkItems);
        using logits = await pass(chunk, from, signal);
        // the logits at a position speak of the token after it
        for (; done < scored.length && scored[done]! <= from + chunk.length; done++) {
          const row = scored[done]! - 1 - from;
          out[done] = negativeLogLikelihood(
            logits.data.subarray(row * vocabulary, (row + 1) * vocabulary),
            ids[scored[done]!]!,
          );
        }
      }
      return out;
    },
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
      arena[Symbol.dispose]();
    },
  };
}

/** log Σ exp(logits) − logits[id], in float64. */
export function negativeLogLikelihood(logits: Float32Array, id: number): number {
  let peak = -Infinity;
  for (const logit of logits) if (logit > peak) peak = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - peak);
  return peak + Math.log(sum) - logits[id]!;
}
