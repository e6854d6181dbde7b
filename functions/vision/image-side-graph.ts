// The image side (training/networks/image_side.py) over the trunk, as one ONNX graph: bytes of a picture → the rows that stand
// for it in a prompt, and the unit vector that a gallery finds it by.
import { AppError } from '../../core/app-error.ts';
import { createLayers } from '../engine/layers.ts';
import { createGraph } from '../engine/onnx-graph.ts';
import type { Safetensors } from '../engine/safetensors.ts';
import { trunk, type Size } from './trunk-graph.ts';

export interface VisionShape {
  /** k, the rows of a picture. */
  readonly rows: number;
  /** H, of the language model. */
  readonly width: number;
  /** Of the vector that a gallery finds a picture by; undefined: there is no head for it. */
  readonly embedding: number | undefined;
}

/** @throws {AppError} MODEL_UNAVAILABLE when `scale`, whose shape tells k and H, is missing */
export function readVisionShape(weights: Safetensors): VisionShape {
  const shape = weights.get('scale')?.shape;
  if (shape?.length !== 2) throw new AppError('MODEL_UNAVAILABLE', 'the image encoder has no matrix "scale"');
  const [rows, width] = shape as readonly [number, number];
  return { rows, width, embedding: weights.get('picture.weight')?.shape[0] };
}

/**
 * Input `rgb` (1, H, W, 3), bytes. Outputs `rows` (1, k, H), and `embedding` (1, E) where there is a head for it.
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing or does not take pictures of this size
 */
export function buildVision(weights: Safetensors, size: Size): Uint8Array {
  const shape = readVisionShape(weights);
  const graph = createGraph();
  const layers = createLayers(graph, weights, 'the image encoder');
  const { gelu, linear, multiply, plainNorm, reshape, transpose, weight } = layers;
  const number = (value: number): string => graph.initializer(`n_${value}`, 'float32', [], Float32Array.of(value));

  const bytes = graph.input('rgb', 'uint8', [1, size.height, size.width, 3]);
  const centred = graph.one('Sub', [graph.one('Cast', [bytes], { to: { int: 1 } }), number(127)]);
  const pixels = transpose(graph.one('Div', [centred, number(128)]), [0, 3, 1, 2]); // (1, 3, H, W)

  // each part by itself: the whole would drown the colours
  const parts = trunk(layers, weights, pixels, size).map(({ name, length }) => plainNorm(name, length));
  const features = graph.one('Concat', parts, { axis: { int: -1 } }); // (1, 3560)
  const hidden = gelu(linear(features, 'i'), 'none'); // (1, 320)
  const rows = multiply(reshape(linear(hidden, 'o'), [1, shape.rows, shape.width]), weight('scale')); // (1, k, H)
  graph.op('Identity', [rows], {}, { outputs: ['rows'] });
  graph.output('rows', 'float32', [1, shape.rows, shape.width]);
  if (shape.embedding !== undefined) {
    const attributes = { axis: { int: -1 }, p: { int: 2 } };
    graph.op('LpNormalization', [linear(hidden, 'picture')], attributes, { outputs: ['embedding'] }); // (1, E)
    graph.output('embedding', 'float32', [1, shape.embedding]);
  }
  return graph.toModel();
}
