// The operators of the metric networks, as graph nodes over named weights in either precision. Must never know which
// network it builds.
import { AppError } from '../../core/app-error.ts';
import { halfToFloat } from '../../functions/engine/half.ts';
import { shapeInitializer, type Attributes, type GraphBuilder } from '../../functions/engine/onnx-graph.ts';
import type { Safetensors } from '../../functions/engine/safetensors.ts';

export interface ConvOptions {
  readonly stride?: number;
  /** On every side, or [top, left, bottom, right]. */
  readonly padding?: number | readonly [number, number, number, number];
  readonly groups?: number;
}

/** Every method takes and returns names of tensors; pictures are (B, C, H, W). */
export interface MetricLayers {
  /** Shape of a stored weight. @throws {AppError} MODEL_UNAVAILABLE when there is none of this name */
  readonly shapeOf: (name: string) => readonly number[];
  readonly has: (name: string) => boolean;
  /** A weight as float32, under its own name. */
  readonly weight: (name: string) => string;
  /** `name.weight` (out, in / groups, k, k), and `name.bias` where there is one. */
  readonly conv: (x: string, name: string, options?: ConvOptions) => string;
  /** By the running mean and variance. */
  readonly batchNorm: (x: string, name: string, epsilon: number) => string;
  /** x · Wᵀ over the last axis of any shape, + b where there is one. */
  readonly linear: (x: string, name: string) => string;
  readonly layerNorm: (x: string, name: string, epsilon: number) => string;
  readonly relu: (x: string) => string;
  /** Cut at 0 and 6. */
  readonly relu6: (x: string) => string;
  readonly maxPool: (x: string, size: number, stride: number, padding?: number) => string;
  /** Over what is there, not over padding. */
  readonly averagePool: (x: string, size: number, stride: number, padding: number) => string;
  readonly constant: (values: readonly number[], shape: readonly number[]) => string;
  readonly axes: (values: readonly number[]) => string;
  readonly add: (a: string, b: string) => string;
}

const windowOf = (size: number, stride: number, padding: number): Attributes => ({
  kernel_shape: { ints: [size, size] },
  strides: { ints: [stride, stride] },
  pads: { ints: [padding, padding, padding, padding] },
});

/** @param source what errors call the weights */
export function createMetricLayers(graph: GraphBuilder, weights: Safetensors, source: string): MetricLayers {
  const { one } = graph;
  const made = new Map<string, string>();
  const once = (key: string, make: (name: string) => string): string => {
    const known = made.get(key) ?? make(`${source} ${made.size}`);
    made.set(key, known);
    return known;
  };
  const stored = (name: string) => {
    const tensor = weights.get(name);
    if (!tensor) throw new AppError('MODEL_UNAVAILABLE', `${source} has no tensor "${name}"`);
    if (tensor.type === 'int64' || tensor.type === 'int8')
      throw new AppError('MODEL_UNAVAILABLE', `${source}: "${name}" holds integers`);
    return { shape: tensor.shape, data: tensor.type === 'float16' ? halfToFloat(tensor.data) : tensor.data };
  };
  const weight = (name: string): string =>
    once(name, () => {
      const { shape, data } = stored(name);
      return graph.initializer(name, 'float32', shape, data);
    });
  const constant: MetricLayers['constant'] = (values, shape) =>
    once(`constant ${values.join()} ${shape.join()}`, (name) =>
      graph.initializer(name, 'float32', shape, Float32Array.from(values)),
    );
  return {
    shapeOf: (name) => stored(name).shape,
    has: (name) => weights.has(name),
    weight,
    conv: (x, name, { stride = 1, padding = 0, groups = 1 } = {}) =>
      one('Conv', [x, weight(`${name}.weight`), ...(weights.has(`${name}.bias`) ? [weight(`${name}.bias`)] : [])], {
        strides: { ints: [stride, stride] },
        pads: { ints: typeof padding === 'number' ? [padding, padding, padding, padding] : padding },
        group: { int: groups },
      }),
    batchNorm: (x, name, epsilon) =>
      one(
        'BatchNormalization',
        [x, ...['weight', 'bias', 'running_mean', 'running_var'].map((part) => weight(`${name}.${part}`))],
        { epsilon: { float: epsilon } },
      ),
    linear: (x, name) => {
      const turned = one('Transpose', [weight(`${name}.weight`)], { perm: { ints: [1, 0] } });
      const product = one('MatMul', [x, turned]);
      return weights.has(`${name}.bias`) ? one('Add', [product, weight(`${name}.bias`)]) : product;
    },
    layerNorm: (x, name, epsilon) =>
      one('LayerNormalization', [x, weight(`${name}.weight`), weight(`${name}.bias`)], {
        axis: { int: -1 },
        epsilon: { float: epsilon },
      }),
    relu: (x) => one('Relu', [x]),
    relu6: (x) => one('Clip', [x, constant([0], []), constant([6], [])]),
    maxPool: (x, size, stride, padding = 0) => one('MaxPool', [x], windowOf(size, stride, padding)),
    averagePool: (x, size, stride, padding) =>
      one('AveragePool', [x], { ...windowOf(size, stride, padding), count_include_pad: { int: 0 } }),
    constant,
    axes: (values) => once(`axes ${values.join()}`, (name) => shapeInitializer(graph, name, values)),
    add: (a, b) => one('Add', [a, b]),
  };
}
