// The operators that the picture networks and the mapper share, as graph nodes over named weights. Weights stay half precision, or int8 with
// a scale for each row, in the model's bytes; ONNX Runtime widens them once while it loads. Must never know which network it builds.
import { AppError } from '../../core/app-error.ts';
import { elementCode, shapeInitializer, type GraphBuilder } from './onnx-graph.ts';
import type { Safetensors, StoredTensor } from './safetensors.ts';

/** Every method takes and returns names of tensors. Shapes: B batch, T tokens, C channels, H height, W width. */
export interface Layers {
  /** How many of the blocks `name.0`, `name.1`, … there are weights for. */
  readonly blocks: (name: string) => number;
  /** A weight as it is stored. */
  readonly weight: (name: string) => string;
  /** x · Wᵀ + b over the last axis: `name.weight` (out, in), int8 where there is a `name.weight.scale` (out); `name.bias` (out). */
  readonly linear: (x: string, name: string) => string;
  /** Convolution of (B, C, H, W): `name.weight`, and `name.bias` where there is one; `padding` on every side. */
  readonly conv: (x: string, name: string, padding: number, stride?: number) => string;
  /**
   * Convolution with TensorFlow's "same" padding of even sides: what is left over stands below and to the right. Each channel
   * by itself where `name.weight` takes one channel.
   */
  readonly sameConv: (x: string, name: string, stride: number) => string;
  /** Cut to 0…6. */
  readonly relu6: (x: string) => string;
  /** Means over 2 × 2 of (B, C, H, W): (B, C, H/2, W/2). */
  readonly halved: (x: string) => string;
  /** (B, C, H, W) to (B, C · block², H/block, W/block): channels of one place in a block stand together. */
  readonly spaceToDepth: (x: string, block: number) => string;
  /** Subtracts `name.running_mean` of each channel of (B, C, H, W) and divides by its deviation. */
  readonly batchNorm: (x: string, name: string) => string;
  /** Normalises the last axis, with `name.weight` and `name.bias`. */
  readonly layerNorm: (x: string, name: string) => string;
  /** Normalises the last axis, which has `width` elements, and scales nothing. */
  readonly plainNorm: (x: string, width: number) => string;
  /** Softmax(q · kᵀ / √(C / heads)) · v per head; all (B, T, C). */
  readonly attention: (q: string, k: string, v: string, heads: number) => string;
  /** x · sigmoid(x). */
  readonly silu: (x: string) => string;
  /** x · Φ(x): exact (`none`) or by the tanh formula, as the network was trained. */
  readonly gelu: (x: string, approximate: 'none' | 'tanh') => string;
  readonly add: (a: string, b: string) => string;
  readonly multiply: (a: string, b: string) => string;
  /** From a to b by σ(logit), which may have a last axis of one. */
  readonly blend: (a: string, b: string, logit: string) => string;
  /** Equal parts of the last axis. */
  readonly split: (x: string, parts: number) => readonly string[];
  readonly reshape: (x: string, shape: readonly number[]) => string;
  readonly transpose: (x: string, axes: readonly number[]) => string;
}

const epsilon = 1e-5;

/** @param source what errors call the weights */
export function createLayers(graph: GraphBuilder, weights: Safetensors, source: string): Layers {
  const { op, one } = graph;
  const made = new Map<string, string>();
  /** Each constant once, however often it is asked for. */
  const once = (key: string, make: () => string): string => {
    const known = made.get(key) ?? make();
    made.set(key, known);
    return known;
  };

  const stored = <T extends 'float16' | 'int8'>(name: string, type: T) => {
    const tensor = weights.get(name);
    if (!tensor) throw new AppError('MODEL_UNAVAILABLE', `${source} has no tensor "${name}"`);
    if (tensor.type !== type)
      throw new AppError('MODEL_UNAVAILABLE', `${source}: "${name}" is ${tensor.type}, not ${type}`);
    return tensor as Extract<StoredTensor, { type: T }>;
  };
  const widened = (value: string): string => one('Cast', [value], { to: { int: elementCode.float32 } });
  const weight: Layers['weight'] = (name) =>
    once(name, () => {
      const { shape, data } = stored(name, 'float16');
      return widened(graph.initializer(name, 'float16', shape, data));
    });
  /** Broadcasting would take another length for another meaning. */
  const requireVector = (name: string, length: number, beside: string): void => {
    const { shape } = stored(name, 'float16');
    if (shape.length === 1 && shape[0] === length) return;
    const [is, other] = [shape, weights.get(beside)?.shape ?? []].map((sizes) => `(${sizes.join(', ')})`);
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${source}: "${name}" of shape ${is} does not fit "${beside}" of shape ${other}`,
    );
  };
  /** A matrix as MatMul wants it: (in, out). */
  const transposed = (name: string): string =>
    once(`${name} transposed`, () => {
      const scale = `${name}.scale`;
      const { type, shape, data } = stored(name, weights.has(scale) ? 'int8' : 'float16');
      const [rows, columns] = shape;
      if (rows === undefined || columns === undefined || shape.length !== 2)
        throw new AppError('MODEL_UNAVAILABLE', `${source}: "${name}" of shape (${shape.join(', ')}) is no matrix`);
      if (type === 'int8') {
        requireVector(scale, rows, name);
        // an exponent of ones alone is infinite, or no number
        if (stored(scale, 'float16').data.some((bits) => (bits & 0x7c00) === 0x7c00))
          throw new AppError('MODEL_UNAVAILABLE', `${source}: "${scale}" holds a number that is not finite`);
      }
      const turned = type === 'int8' ? new Int8Array(data.length) : new Uint16Array(data.length);
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[c * rows + r] = data[r * columns + c]!;
      const matrix = widened(graph.initializer(name, type, [columns, rows], turned));
      return type === 'int8' ? one('Mul', [matrix, weight(scale)]) : matrix;
    });
  const ones = (width: number): string =>
    once(`ones ${width}`, () =>
      graph.initializer(`ones_${width}`, 'float32', [width], new Float32Array(width).fill(1)),
    );
  const shape = (values: readonly number[]): string =>
    once(`shape ${values.join()}`, () => shapeInitializer(graph, `shape_${values.join('_')}`, values));
  const scalar = (value: number): string =>
    once(`scalar ${value}`, () => graph.initializer(`scalar_${value}`, 'float32', [], Float32Array.of(value)));
  const convolve = (x: string, name: string, pads: readonly number[], stride: number, group = 1): string => {
    const bias = weights.has(`${name}.bias`) ? [weight(`${name}.bias`)] : [];
    return one('Conv', [x, weight(`${name}.weight`), ...bias], {
      pads: { ints: pads },
      strides: { ints: [stride, stride] },
      group: { int: group },
    });
  };
  const reshape: Layers['reshape'] = (x, sizes) => one('Reshape', [x, shape(sizes)]);
  const normAttributes = { axis: { int: -1 }, epsilon: { float: epsilon } };

  return {
    blocks: (name) =>
      new Set([...weights.keys()].flatMap((key) => (key.startsWith(`${name}.`) ? key.split('.')[1] : []))).size,
    weight,
    linear: (x, name) => {
      const matrix = transposed(`${name}.weight`);
      requireVector(`${name}.bias`, weights.get(`${name}.weight`)!.shape[0]!, `${name}.weight`);
      return one('Add', [one('MatMul', [x, matrix]), weight(`${name}.bias`)]);
    },
    conv: (x, name, padding, stride = 1) => convolve(x, name, [padding, padding, padding, padding], stride),
    sameConv: (x, name, stride) => {
      const [channels, taken, size] = stored(`${name}.weight`, 'float16').shape as readonly [
        number,
        number,
        number,
        number,
      ];
      const total = size - stride;
      const before = Math.floor(total / 2);
      const pads = [before, before, total - before, total - before];
      return convolve(x, name, pads, stride, taken === 1 ? channels : 1);
    },
    relu6: (x) => one('Clip', [x, scalar(0), scalar(6)]),
    halved: (x) => one('AveragePool', [x], { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }),
    spaceToDepth: (x, block) => one('SpaceToDepth', [x], { blocksize: { int: block } }),
    batchNorm: (x, name) => {
      const mean = `${name}.running_mean`;
      const channels = stored(mean, 'float16').shape[0]!;
      const zeros = once(`zeros ${channels}`, () =>
        graph.initializer(`zeros_${channels}`, 'float32', [channels], new Float32Array(channels)),
      );
      const inputs = [x, ones(channels), zeros, weight(mean), weight(`${name}.running_var`)];
      return one('BatchNormalization', inputs, { epsilon: { float: epsilon } });
    },
    layerNorm: (x, name) =>
      one('LayerNormalization', [x, weight(`${name}.weight`), weight(`${name}.bias`)], normAttributes),
    plainNorm: (x, width) => one('LayerNormalization', [x, ones(width)], normAttributes),
    attention: (q, k, v, heads) => one('MultiHeadAttention', [q, k, v], { num_heads: { int: heads } }, 'com.microsoft'),
    silu: (x) => one('QuickGelu', [x], { alpha: { float: 1 } }, 'com.microsoft'),
    gelu: (x, approximate) => one('Gelu', [x], { approximate: { string: approximate } }),
    add: (a, b) => one('Add', [a, b]),
    multiply: (a, b) => one('Mul', [a, b]),
    blend: (a, b, logit) => one('Add', [a, one('Mul', [one('Sub', [b, a]), one('Sigmoid', [logit])])]),
    split: (x, parts) => op('Split', [x], { axis: { int: -1 }, num_outputs: { int: parts } }, { outputs: parts }),
    reshape,
    transpose: (x, axes) => one('Transpose', [x], { perm: { ints: axes } }),
  };
}
