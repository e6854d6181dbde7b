// The pointer as an ONNX graph (training/networks/pointer.py): words of a message and those that earlier pictures were asked for
// with → a score at each, how many pictures are wanted, and of which each word is. Which word is whose comes in as what is added to
// it. Must never see padding: one message a run.
import { AppError } from '../../core/app-error.ts';
import { createLayers } from '../engine/layers.ts';
import { createGraph } from '../engine/onnx-graph.ts';
import type { Safetensors } from '../engine/safetensors.ts';
import { transformerBlock } from '../engine/transformer-block.ts';

/** The one size that no weight tells. */
const heads = 4;

/**
 * What is added to a word, each shape (rows, C): by what begins there, its place in its segment, its picture from the oldest and from the
 * newest, the place in that one's reply, and where else it is said.
 */
export const pointerTables = ['begin', 'word', 'first', 'last', 'nth', 'said'] as const;

export interface PointerShape {
  /** E, of an embedding row. */
  readonly embedding: number;
  /** C. */
  readonly width: number;
  /** N, the most pictures that it counts. */
  readonly most: number;
}

/** @throws {AppError} MODEL_UNAVAILABLE when `i.weight` is missing or a table is not of its width */
export function readPointerShape(weights: Safetensors): PointerShape {
  const [width, embedding] = weights.get('i.weight')?.shape ?? [];
  if (width === undefined || embedding === undefined)
    throw new AppError('MODEL_UNAVAILABLE', 'the pointer has no matrix "i.weight"');
  const unfit = pointerTables.find((name) => weights.get(name)?.shape[1] !== width);
  if (unfit) throw new AppError('MODEL_UNAVAILABLE', `the pointer has no table "${unfit}" of ${width} columns`);
  const most = weights.get('c.weight')?.shape[0];
  if (most === undefined || weights.get('w.weight')?.shape[0] !== most + 2)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      'the pointer has no matrices "c.weight" and "w.weight" for as many pictures',
    );
  return { embedding, width, most };
}

/**
 * Inputs `rows` (1, T, E), embedding rows of the language model, zeros where a segment begins, and `places` (1, T, C), what is added to
 * each. Outputs `scores` (1, T, 1); `counts` (1, T, N), of which the first row counts; and `parts` (1, T, N + 2), of no picture, of one, of all.
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildPointer(weights: Safetensors): Uint8Array {
  const { embedding, width, most } = readPointerShape(weights);
  const graph = createGraph();
  const layers = createLayers(graph, weights, 'the pointer');
  const { add, layerNorm, linear } = layers;

  const rows = graph.input('rows', 'float32', [1, 'words', embedding]);
  const places = graph.input('places', 'float32', [1, 'words', width]);
  let x = add(linear(rows, 'i'), places); // (1, T, C)
  for (let block = 0; block < layers.blocks('b'); block++) x = transformerBlock(layers, x, `b.${block}`, heads);
  x = layerNorm(x, 'n');
  graph.op('Identity', [linear(x, 's')], {}, { outputs: ['scores'] });
  graph.output('scores', 'float32', [1, 'words', 1]);
  graph.op('Identity', [linear(x, 'c')], {}, { outputs: ['counts'] });
  graph.output('counts', 'float32', [1, 'words', most]);
  graph.op('Identity', [linear(x, 'w')], {}, { outputs: ['parts'] });
  graph.output('parts', 'float32', [1, 'words', most + 2]);
  return graph.toModel();
}
