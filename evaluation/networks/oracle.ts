// The pixel oracle of training/networks/oracle.py: reads every field of a storybook scene off a picture of 96 pixels. A
// measure only: must never choose between pictures.
import { createGraph } from '../../functions/engine/onnx-graph.ts';
import type { Safetensors } from '../../functions/engine/safetensors.ts';
import { createMetricLayers } from './layers.ts';

export const oracleSide = 96;
const epsilon = 1e-5;
/** Places of its parts in the trained list of layers. */
const parts = ['halving', 'halving', 'block', 'halving', 'block', 'block', 'halving', 'block'] as const;
const linearAt = 10; // after flattening and dropout

/**
 * Input `pixels` (1, 3, side, side), −1…1. Output `logits` (1, classes of all fields).
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildOracle(weights: Safetensors, side = oracleSide): Uint8Array {
  const graph = createGraph();
  const { conv, batchNorm, linear, relu, add, axes, shapeOf } = createMetricLayers(graph, weights, 'the oracle');
  let x = graph.input('pixels', 'float32', [1, 3, side, side]);
  for (const [i, part] of parts.entries()) {
    const name = `f.${i}`;
    if (part === 'halving') {
      x = relu(batchNorm(conv(x, `${name}.0`, { stride: 2, padding: 1 }), `${name}.1`, epsilon));
    } else {
      const inner = relu(batchNorm(conv(x, `${name}.a`, { padding: 1 }), `${name}.na`, epsilon));
      x = relu(add(x, batchNorm(conv(inner, `${name}.b`, { padding: 1 }), `${name}.nb`, epsilon)));
    }
  }
  const flat = graph.one('Reshape', [x, axes([1, -1])]); // (1, C · H · W)
  const logits = linear(relu(linear(flat, `f.${linearAt}`)), 'h');
  graph.op('Identity', [logits], {}, { outputs: ['logits'] });
  graph.output('logits', 'float32', [1, shapeOf('h.weight')[0]!]);
  return graph.toModel();
}
