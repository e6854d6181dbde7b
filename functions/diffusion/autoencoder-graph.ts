// The autoencoder's decoder: latent → pixels, eight times as wide and high. Must never clamp: values a little outside
// [−1, 1] are the caller's to cut, and a test compares them.
import { createGraph, type GraphBuilder } from '../engine/onnx-graph.ts';
import type { Safetensors } from '../engine/safetensors.ts';
import { createLayers, type Layers } from './layers.ts';

/**
 * Input `latent` (1, Z, S, S). Output `pixels` (1, 3, 8S, 8S), about [−1, 1].
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildPixelDecoder(weights: Safetensors, latentShape: readonly [number, number, number]): Uint8Array {
  const graph = createGraph();
  const layers = createLayers(graph, weights, 'the autoencoder');
  const { conv } = layers;
  const [, height, width] = latentShape;

  // the numbers are places in the trained network's list of layers
  let x = conv(graph.input('latent', 'float32', [1, ...latentShape]), 'd1.0', 1); // (1, 192, S, S)
  x = residual(layers, x, 'd1.1');
  x = residual(layers, x, 'd1.2');
  x = spread(graph, conv(x, 'd1.3', 0)); // (1, 96, 2S, 2S)
  x = residual(layers, x, 'd1.5');
  x = residual(layers, x, 'd1.6');
  x = spread(graph, conv(x, 'd1.7', 0)); // (1, 48, 4S, 4S)
  x = residual(layers, x, 'd1.9');
  const pixels = spread(graph, conv(x, 'out.0', 1)); // (1, 3, 8S, 8S)

  graph.op('Identity', [pixels], {}, { outputs: ['pixels'] });
  graph.output('pixels', 'float32', [1, 3, 8 * height, 8 * width]);
  return graph.toModel();
}

/** (1, C, H, W) → (1, C, H, W). */
function residual({ add, conv, silu }: Layers, x: string, name: string): string {
  return add(x, conv(silu(conv(silu(x), `${name}.a`, 1)), `${name}.b`, 1));
}

/** Four channels become 2 × 2 pixels: (1, 4C, H, W) → (1, C, 2H, 2W). */
const spread = (graph: GraphBuilder, x: string): string =>
  graph.one('DepthToSpace', [x], { blocksize: { int: 2 }, mode: { string: 'CRD' } });
