// The decoder of a Llama-shaped language model as an ONNX graph, from the tensors of its GGUF file. One graph reads a
// chunk of one prompt, or one token of each of several replies, and writes keys and values into the caller's cache in
// place. Must never hold a weight in another precision than the one asked for, norms excepted.
import { AppError } from '../../core/app-error.ts';
import { dequantize, type Gguf, type GgufTensor } from '../engine/gguf.ts';
import { createGraph, shapeInitializer, type Attributes, type GraphBuilder } from '../engine/onnx-graph.ts';
import { blockSize, quantizeToInt8 } from '../engine/quantize.ts';

/** Sizes of the model. */
export interface DecoderShape {
  readonly layers: number;
  /** H: width of an embedding row and of the residual stream. */
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values; each serves heads / keyValueHeads queries. */
  readonly keyValueHeads: number;
  /** D. */
  readonly headWidth: number;
  /** Width inside the MLP. */
  readonly hiddenWidth: number;
  /** V. */
  readonly vocabulary: number;
  readonly ropeBase: number;
  readonly normEpsilon: number;
  /** Positions that the model was trained at; the rotary tables reach as far. */
  readonly trainedTokens: number;
}

/** `int8`: MatMulNBits in blocks; activations are rounded to int8 as well. `float32`: the reference. */
export type Precision = 'int8' | 'float32';

export interface GraphOptions {
  readonly precision: Precision;
  /**
   * By layer: keys and values are kept in int8, each as x / scale, with a scale for each channel of each head, shape
   * (keyValueHeads, D). Absent: float32, which is what is served (docs/performance.md says why).
   */
  readonly keyValueScales?: readonly { readonly key: Float32Array; readonly value: Float32Array }[];
  /** Called with the bytes of each file tensor when it has been read. */
  readonly onRead?: (bytes: number) => void;
}

/** Changes whenever the same file gives another graph: caches are named by it. */
export const graphVersion = 5;

const microsoft = 'com.microsoft';

/** @throws {AppError} MODEL_UNAVAILABLE when the file is no such model */
export function readDecoderShape({ metadata, tensor }: Gguf): DecoderShape {
  const number = (key: string): number => {
    const value = metadata.get(`llama.${key}`);
    if (typeof value !== 'number') {
      throw new AppError(
        'MODEL_UNAVAILABLE',
        `the GGUF file states no llama.${key}: its architecture is ${metadata.get('general.architecture') ?? 'unnamed'}`,
      );
    }
    return value;
  };
  const heads = number('attention.head_count');
  const width = number('embedding_length');
  return {
    layers: number('block_count'),
    width,
    heads,
    keyValueHeads: number('attention.head_count_kv'),
    headWidth: width / heads,
    hiddenWidth: number('feed_forward_length'),
    vocabulary: tensor('token_embd.weight').shape[0]!,
    ropeBase: number('rope.freq_base'),
    normEpsilon: number('attention.layer_norm_rms_epsilon'),
    trainedTokens: number('context_length'),
  };
}

/**
 * Inputs: `embeddings` (B, S, H), `seqlens_k` (B) = position of each last row, `total_sequence_length` (1) = the longest
 * of them plus one, `wanted` (W) = which of the B·S rows get logits, and per layer `past_key.l`, `past_value.l`
 * (B, keyValueHeads, capacity, D). Outputs: `logits` (W, V), `states` (B·S, H) after the final norm, and per layer `key.l`,
 * `value.l`, which must be the same memory as the pasts. The kernel takes S > 1 with B = 1 only.
 */
export function buildDecoderGraph(gguf: Gguf, options: GraphOptions): GraphBuilder {
  const shape = readDecoderShape(gguf);
  const { layers, width, heads, keyValueHeads, headWidth, vocabulary, trainedTokens } = shape;
  const graph = createGraph();
  const read = (name: string): Float32Array => {
    const tensor = gguf.tensor(name);
    options.onRead?.(tensor.bytes.length);
    return dequantize(tensor);
  };
  const norm = (name: string): string => graph.initializer(name, 'float32', [width], read(`${name}.weight`));
  const multiply = (x: string, name: string, weights: Float32Array, columns: number): string => {
    const rows = weights.length / columns;
    if (options.precision === 'float32') {
      return graph.one('MatMul', [
        x,
        graph.initializer(name, 'float32', [columns, rows], transpose(weights, rows, columns)),
      ]);
    }
    const { q, scales } = quantizeToInt8(weights, rows, columns);
    return graph.one(
      'MatMulNBits',
      [
        x,
        graph.initializer(`${name}.q`, 'uint8', [rows, columns / blockSize, blockSize], q),
        graph.initializer(`${name}.scales`, 'float32', [scales.length], scales),
      ],
      {
        K: { int: columns },
        N: { int: rows },
        bits: { int: 8 },
        block_size: { int: blockSize },
        accuracy_level: { int: 4 }, // multiply in int8; without it the weights would be unpacked to float32
      },
      microsoft,
    );
  };
  const epsilon = { epsilon: { float: shape.normEpsilon } };

  const { cos, sin } = rotaryTables(shape);
  graph.initializer('cos', 'float32', [trainedTokens, headWidth / 2], cos);
  graph.initializer('sin', 'float32', [trainedTokens, headWidth / 2], sin);
  graph.input('seqlens_k', 'int32', ['B']);
  graph.input('total_sequence_length', 'int32', [1]);
  graph.input('wanted', 'int64', ['W']);

  let residual = graph.input('embeddings', 'float32', ['B', 'S', width]);
  let x = graph.one('SimplifiedLayerNormalization', [residual, norm('blk.0.attn_norm')], {
    ...epsilon,
    axis: { int: -1 },
  });
  for (let l = 0; l < layers; l++) {
    const cache = ['B', keyValueHeads, 'capacity', headWidth];
    const scales = options.keyValueScales?.[l];
    const cacheType = scales ? 'int8' : 'float32';
    graph.input(`past_key.${l}`, cacheType, cache);
    graph.input(`past_value.${l}`, cacheType, cache);
    const scale = (name: string, data: Float32Array): string =>
      graph.initializer(`${name}.${l}`, 'float32', [1, keyValueHeads, 1, headWidth], data);
    const scaleInputs = scales ? ['', '', '', scale('key_scale', scales.key), scale('value_scale', scales.value)] : [];
    const perChannel: Attributes = {
      k_quant_type: { string: 'PER_CHANNEL' },
      v_quant_type: { string: 'PER_CHANNEL' },
      kv_cache_bit_width: { int: 8 },
    };
    const qkvWeights = concatenate([
      halfSplit(read(`blk.${l}.attn_q.weight`), headWidth, width),
      halfSplit(read(`blk.${l}.attn_k.weight`), headWidth, width),
      read(`blk.${l}.attn_v.weight`),
    ]);
    const qkv = multiply(x, `blk.${l}.attn_qkv`, qkvWeights, width); // (B, S, (heads + 2·keyValueHeads)·D)
    const [attended] = graph.op(
      'GroupQueryAttention',
      [
        ...[qkv, '', '', `past_key.${l}`, `past_value.${l}`, 'seqlens_k', 'total_sequence_length', 'cos', 'sin'],
        ...scaleInputs,
      ],
      {
        ...{ num_heads: { int: heads }, kv_num_heads: { int: keyValueHeads }, do_rotary: { int: 1 } },
        ...(scales && perChannel),
      },
      { domain: microsoft, outputs: [`attention.${l}`, `key.${l}`, `value.${l}`] },
    ); // (B, S, H)
    graph.output(`key.${l}`, cacheType, cache);
    graph.output(`value.${l}`, cacheType, cache);
    const projected = multiply(
      attended!,
      `blk.${l}.attn_output`,
      read(`blk.${l}.attn_output.weight`),
      heads * headWidth,
    );
    [x, residual] = addAndNorm(projected, residual, `blk.${l}.ffn_norm`);

    const gateAndUp = multiply(
      x,
      `blk.${l}.ffn_gate_up`,
      concatenate([read(`blk.${l}.ffn_gate.weight`), read(`blk.${l}.ffn_up.weight`)]),
      width,
    ); // (B, S, 2·hiddenWidth)
    const [gate, up] = graph.op('Split', [gateAndUp], { axis: { int: -1 }, num_outputs: { int: 2 } }, { outputs: 2 });
    const silu = graph.one('QuickGelu', [gate!], { alpha: { float: 1 } }, microsoft);
    const down = multiply(
      graph.one('Mul', [silu, up!]),
      `blk.${l}.ffn_down`,
      read(`blk.${l}.ffn_down.weight`),
      shape.hiddenWidth,
    ); // (B, S, H)
    [x, residual] = addAndNorm(down, residual, l + 1 < layers ? `blk.${l + 1}.attn_norm` : 'output_norm');
  }

  graph.op('Reshape', [x, shapeInitializer(graph, 'rows_shape', [-1, width])], {}, { outputs: ['states'] }); // (B·S, H)
  graph.output('states', 'float32', ['B·S', width]);
  const wanted = graph.one('Gather', ['states', 'wanted'], { axis: { int: 0 } }); // (W, H)
  // input and output embeddings are one matrix
  const logits = multiply(wanted, 'token_embd', read('token_embd.weight'), width); // (W, V)
  graph.op('Identity', [logits], {}, { outputs: ['logits'] });
  graph.output('logits', 'float32', ['W', vocabulary]);
  return graph;

  /** Returns the normed sum and the sum itself. */
  function addAndNorm(added: string, to: string, normName: string): [string, string] {
    const [normed, , , sum] = graph.op('SkipSimplifiedLayerNormalization', [added, to, norm(normName)], epsilon, {
      domain: microsoft,
      outputs: [`${normName}.normed`, '', '', `${normName}.sum`],
    });
    return [normed!, sum!];
  }
}

/** One row of the input embedding. Kept as stored: a quarter of float32. */
export function embeddingRow(table: GgufTensor, id: number): Float32Array {
  return dequantize(table, id, id + 1);
}

/** cos and sin of position · base^(−2i/D), shape (trainedTokens, D / 2) each (Su et al. 2021, RoFormer). */
function rotaryTables({ headWidth, ropeBase, trainedTokens }: DecoderShape): { cos: Float32Array; sin: Float32Array } {
  const half = headWidth / 2;
  const cos = new Float32Array(trainedTokens * half);
  const sin = new Float32Array(trainedTokens * half);
  for (let position = 0; position < trainedTokens; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position / ropeBase ** ((2 * i) / headWidth);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

/**
 * GGUF files of this architecture interleave the two halves of each head's rows, as llama.cpp rotates neighbours; the
 * kernel rotates element i with i + D/2. Row (head, i, half) becomes row (head, half, i).
 */
function halfSplit(weights: Float32Array, headWidth: number, columns: number): Float32Array {
  const out = new Float32Array(weights.length);
  const half = headWidth / 2;
  for (let row = 0; row < weights.length / columns; row++) {
    const head = row - (row % headWidth);
    const within = row % headWidth;
    const to = head + (within % 2) * half + (within >> 1);
    out.set(weights.subarray(row * columns, (row + 1) * columns), to * columns);
  }
  return out;
}

/** One behind another. */
export function concatenate(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function transpose(weights: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(weights.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = weights[row * columns + column]!;
  }
  return out;
}
