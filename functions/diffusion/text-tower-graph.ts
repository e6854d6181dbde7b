// The text tower: embedding rows of the words → the tokens that condition the denoiser. Pre-norm transformer blocks over the
// words, then learned queries that read them in further blocks. Must never see padding: one text a run.
import { createGraph, shapeInitializer } from '../engine/onnx-graph.ts';
import type { Safetensors } from '../engine/safetensors.ts';
import { createLayers } from '../engine/layers.ts';
import { transformerBlock } from '../engine/transformer-block.ts';

/** The one size that no weight tells. */
const heads = 4;

/**
 * Input `rows` (1, words, E): embedding rows of 1 to `p`'s length of words, scaled to unit deviation.
 * Output `tokens` (1, L, C).
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildTextTower(weights: Safetensors): Uint8Array {
  const graph = createGraph();
  const layers = createLayers(graph, weights, 'the text tower');
  const { add, linear, weight } = layers;
  const [embedding, width, queries] = [
    weights.get('i.weight')?.shape[1] ?? 0,
    weights.get('q')?.shape[1] ?? 0,
    weights.get('q')?.shape[0] ?? 0,
  ];

  const rows = graph.input('rows', 'float32', [1, 'words', embedding]);
  const words = graph.one('Shape', [rows], { start: { int: 1 }, end: { int: 2 } });
  const zero = shapeInitializer(graph, 'zero', [0]);
  const positions = graph.one('Slice', [weight('p'), zero, words, zero]); // (words, C)
  let x = add(linear(rows, 'i'), positions); // (1, words, C)
  for (let block = 0; block < layers.blocks('b'); block++) x = transformerBlock(layers, x, `b.${block}`, heads);

  let q = layers.reshape(weight('q'), [1, queries, width]); // (1, L, C)
  for (let block = 0; block < layers.blocks('r'); block++) q = transformerBlock(layers, q, `r.${block}`, heads, x);

  const tokens = layers.plainNorm(q, width);
  graph.op('Identity', [tokens], {}, { outputs: ['tokens'] });
  graph.output('tokens', 'float32', [1, queries, width]);
  return graph.toModel();
}
