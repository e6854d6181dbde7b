// The storybook's own metric encoder (training/networks/metric.py): how alike two pictures are in what they show. It shares no weight
// with anything that draws, reads or finds. A measure only: must never choose between pictures.
import { createLayers } from '../../functions/engine/layers.ts';
import { createGraph, shapeInitializer } from '../../functions/engine/onnx-graph.ts';
import type { Safetensors } from '../../functions/engine/safetensors.ts';
import { transformerBlock } from '../../functions/engine/transformer-block.ts';

export const metricSide = 96;
const patch = 8;
/** The one size that no weight tells. */
const heads = 4;

/**
 * Input `pixels` (1, 3, side, side), −1…1. Output `features` (1, C): only their direction means something.
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildMetricEncoder(weights: Safetensors): Uint8Array {
  const graph = createGraph();
  const layers = createLayers(graph, weights, 'the metric encoder');
  const { add, conv, gelu, layerNorm, linear, weight } = layers;
  const [width, space] = [weights.get('p')?.shape[1] ?? 0, weights.get('o.weight')?.shape[0] ?? 0];
  const places = (metricSide / patch) ** 2;

  const pixels = graph.input('pixels', 'float32', [1, 3, metricSide, metricSide]);
  const patches = conv(gelu(conv(pixels, 's.0', 0, 4), 'none'), 's.2', 0, 2); // (1, C, 12, 12)
  const rows = layers.transpose(layers.reshape(patches, [1, width, places]), [0, 2, 1]); // (1, 144, C)
  let x = add(rows, weight('p'));
  for (let block = 0; block < layers.blocks('b'); block++) x = transformerBlock(layers, x, `b.${block}`, heads);
  const mean = graph.one('ReduceMean', [layerNorm(x, 'n'), shapeInitializer(graph, 'places', [1])], {
    keepdims: { int: 0 },
  }); // (1, C)
  graph.op('Identity', [linear(mean, 'o')], {}, { outputs: ['features'] });
  graph.output('features', 'float32', [1, space]);
  return graph.toModel();
}
