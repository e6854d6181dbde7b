// The image side (training/networks/image_side.py, finding.py) over the trunk, as one ONNX graph: bytes of a picture → queries that read
// its patches → the rows that stand for it in a prompt, and the unit vector that a gallery finds it by.
import { AppError } from '../../core/app-error.ts';
import { createLayers } from '../engine/layers.ts';
import { createGraph, shapeInitializer } from '../engine/onnx-graph.ts';
import type { Safetensors } from '../engine/safetensors.ts';
import { transformerBlock } from '../engine/transformer-block.ts';
import { patchesOf, trunk, type Size } from './trunk-graph.ts';

/** The one size that no weight tells. */
const heads = 4;

export interface VisionShape {
  /** k, the rows of a picture. */
  readonly rows: number;
  /** H, of the language model. */
  readonly width: number;
  /** Of the vector that a gallery finds a picture by; undefined: there is no head for it. */
  readonly embedding: number | undefined;
}

/** @throws {AppError} MODEL_UNAVAILABLE when `scale`, whose shape tells k and H, is missing, or the vector's head reads something else */
export function readVisionShape(weights: Safetensors): VisionShape {
  const shape = weights.get('scale')?.shape;
  if (shape?.length !== 2) throw new AppError('MODEL_UNAVAILABLE', 'the image encoder has no matrix "scale"');
  const [rows, width] = shape as readonly [number, number];
  const [queries, queryWidth] = [rows + 1, weights.get('q')?.shape[1] ?? 0];
  const head = weights.get('picture.weight')?.shape;
  if (head !== undefined && (head.length !== 2 || head[1] !== queries * queryWidth))
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `"picture.weight" of the image encoder is (${head.join(', ')}), but ${queries} queries of ${queryWidth} ask for (…, ${queries * queryWidth})`,
    );
  return { rows, width, embedding: head?.[0] };
}

/**
 * Input `rgb` (1, H, W, 3), bytes. Outputs `rows` (1, k, H), and `embedding` (1, E) where there is a head for it.
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing or does not take pictures of this size
 */
export function buildVision(weights: Safetensors, size: Size): Uint8Array {
  const shape = readVisionShape(weights);
  const graph = createGraph();
  const layers = createLayers(graph, weights, 'the image encoder');
  const { add, linear, multiply, plainNorm, reshape, transpose, weight } = layers;
  const number = (value: number): string => graph.initializer(`n_${value}`, 'float32', [], Float32Array.of(value));

  const bytes = graph.input('rgb', 'uint8', [1, size.height, size.width, 3]);
  const centred = graph.one('Sub', [graph.one('Cast', [bytes], { to: { int: 1 } }), number(127)]);
  const pixels = transpose(graph.one('Div', [centred, number(128)]), [0, 3, 1, 2]); // (1, 3, H, W)

  const patches = patchesOf(size);
  const [places, width] = weights.get('p')?.shape ?? [0, 0];
  if (places !== patches)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `the image encoder sees ${places} patches, but pictures of ${size.width} × ${size.height} pixels have ${patches}`,
    );
  // each part by itself: one would drown the other
  const parts = trunk(layers, weights, pixels).map(({ name, length }) =>
    plainNorm(transpose(reshape(name, [1, length, patches]), [0, 2, 1]), length),
  );
  let x = add(linear(graph.one('Concat', parts, { axis: { int: -1 } }), 'i'), weight('p')); // (1, patches, C)
  for (let block = 0; block < layers.blocks('e'); block++) x = transformerBlock(layers, x, `e.${block}`, heads);

  // one query for each row, and one more; all of them make the vector
  let q = reshape(weight('q'), [1, shape.rows + 1, width!]); // (1, k + 1, C)
  for (let block = 0; block < layers.blocks('r'); block++) q = transformerBlock(layers, q, `r.${block}`, heads, x);
  const seen = plainNorm(q, width!);
  const cut = (name: string, at: number): string => shapeInitializer(graph, `rows_${name}`, [at]);
  const ofRows = graph.one('Slice', [seen, cut('first', 0), cut('end', shape.rows), cut('axis', 1)]); // (1, k, C)
  const rows = multiply(linear(ofRows, 'o'), weight('scale')); // (1, k, H)
  graph.op('Identity', [rows], {}, { outputs: ['rows'] });
  graph.output('rows', 'float32', [1, shape.rows, shape.width]);
  if (shape.embedding !== undefined) {
    const attributes = { axis: { int: -1 }, p: { int: 2 } };
    const vector = linear(reshape(seen, [1, (shape.rows + 1) * width!]), 'picture'); // (1, E)
    graph.op('LpNormalization', [vector], attributes, { outputs: ['embedding'] });
    graph.output('embedding', 'float32', [1, shape.embedding]);
  }
  return graph.toModel();
}
