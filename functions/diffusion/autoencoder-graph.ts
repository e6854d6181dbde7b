// The autoencoder: latent → pixels, and pixels → latent for pictures that were not drawn here. Must never clamp: values a
// little outside [−1, 1] are the caller's to cut, and a test compares them.
import { AppError } from '../../core/app-error.ts';
import { createGraph, type GraphBuilder } from '../engine/onnx-graph.ts';
import type { Safetensors } from '../engine/safetensors.ts';
import { createLayers, type Layers } from '../engine/layers.ts';

const source = 'the autoencoder';

/** Pixels a latent's place stands for, by the decoder's last part: `out`, or `h` of twice its size. */
const smallScale = 8;
const largeScale = 16;

/**
 * Input `latent` (1, Z, S, S). Output `pixels` (1, 3, H, W), about [−1, 1].
 * @param size pixels of a picture's side: eight or sixteen times the latent's
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing, or the size is another
 */
export function buildPixelDecoder(
  weights: Safetensors,
  latentShape: readonly [number, number, number],
  size: number,
): Uint8Array {
  const graph = createGraph();
  const layers = createLayers(graph, weights, source);
  const { conv } = layers;
  const scale = scaleOf(latentShape, size);

  // the numbers are places in the trained network's list of layers
  let x = conv(graph.input('latent', 'float32', [1, ...latentShape]), 'd1.0', 1); // (1, C, S, S)
  x = residual(layers, x, 'd1.1');
  x = residual(layers, x, 'd1.2');
  x = spread(graph, conv(x, 'd1.3', 0)); // (1, C/2, 2S, 2S)
  x = residual(layers, x, 'd1.5');
  x = residual(layers, x, 'd1.6');
  x = spread(graph, conv(x, 'd1.7', 0)); // (1, C/4, 4S, 4S)
  x = residual(layers, x, 'd1.9');
  const last = scale === smallScale ? conv(x, 'out.0', 1) : finer(graph, layers, x);
  const pixels = spread(graph, last); // (1, 3, H, W)

  graph.op('Identity', [pixels], {}, { outputs: ['pixels'] });
  graph.output('pixels', 'float32', [1, 3, size, size]);
  return graph.toModel();
}

/** (1, C/4, 4S, 4S) → (1, 12, 8S, 8S). */
function finer(graph: GraphBuilder, layers: Layers, x: string): string {
  const fine = residual(layers, spread(graph, layers.conv(x, 'h.0', 0)), 'h.2'); // (1, C/8, 8S, 8S)
  return layers.conv(fine, 'h.3', 1);
}

/**
 * Input `pixels` (1, 3, H, W), [−1, 1]. Output `latent` (1, Z, S, S), of about unit variance. Larger pictures than the encoder
 * was trained on are made smaller by means first.
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing, or the size is no other picture's of this latent
 */
export function buildPixelEncoder(
  weights: Safetensors,
  latentShape: readonly [number, number, number],
  size: number,
): Uint8Array {
  const graph = createGraph();
  const layers = createLayers(graph, weights, source);
  const { conv, reshape, transpose } = layers;
  const shrink = scaleOf(latentShape, size) / smallScale;
  const quarter = size / shrink / 4;

  let x = graph.input('pixels', 'float32', [1, 3, size, size]);
  if (shrink > 1)
    x = graph.one('AveragePool', [x], {
      kernel_shape: { ints: [shrink, shrink] },
      strides: { ints: [shrink, shrink] },
    });
  // 4 × 4 pixels become channels, colour by colour
  x = transpose(reshape(x, [1, 3, quarter, 4, quarter, 4]), [0, 1, 3, 5, 2, 4]);
  x = conv(reshape(x, [1, 48, quarter, quarter]), 'enc.1', 1); // (1, C, 2S, 2S)
  x = residual(layers, x, 'enc.2');
  x = conv(x, 'enc.3', 0, 2); // (1, C, S, S)
  x = residual(layers, x, 'enc.4');
  x = residual(layers, x, 'enc.5');
  const latent = layers.batchNorm(conv(x, 'enc.6', 0), 'bn'); // (1, Z, S, S)

  graph.op('Identity', [latent], {}, { outputs: ['latent'] });
  graph.output('latent', 'float32', [1, ...latentShape]);
  return graph.toModel();
}

function scaleOf([, height]: readonly [number, number, number], size: number): number {
  const scale = size / height;
  if (scale === smallScale || scale === largeScale) return scale;
  throw new AppError(
    'MODEL_UNAVAILABLE',
    `pictures of ${size} pixels do not go with latents of ${height}: this autoencoder makes ${smallScale * height} or ${largeScale * height}`,
  );
}

/** (1, C, H, W) → (1, C, H, W). */
function residual({ add, conv, silu }: Layers, x: string, name: string): string {
  return add(x, conv(silu(conv(silu(x), `${name}.a`, 1)), `${name}.b`, 1));
}

/** Four channels become 2 × 2 pixels: (1, 4C, H, W) → (1, C, 2H, 2W). */
const spread = (graph: GraphBuilder, x: string): string =>
  graph.one('DepthToSpace', [x], { blocksize: { int: 2 }, mode: { string: 'CRD' } });
