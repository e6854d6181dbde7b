// The distance of LPIPS v0.1 (Zhang et al. 2018, arXiv:1801.03924, eq. 1) over any trunk: features of every tap are
// brought to unit length over channels, subtracted, squared, weighted by channel, averaged over places and summed. Must
// never be called LPIPS unless the trunk is the published one with the published heads.
import { createGraph, type GraphBuilder } from '../../functions/engine/onnx-graph.ts';
import type { Safetensors } from '../../functions/engine/safetensors.ts';
import { createMetricLayers, type MetricLayers } from './layers.ts';

/** (x − shift) / scale, by colour. */
export interface Normalisation {
  readonly shift: readonly [number, number, number];
  readonly scale: readonly [number, number, number];
}

/** Its normalisation comes first. */
export interface Trunk extends Normalisation {
  /** Pixels of a side that pictures are brought to. */
  readonly side: number;
  /** @returns feature maps, each (B, C, H, W) */
  readonly taps: (layers: MetricLayers, x: string) => readonly string[];
}

const epsilon = 1e-10;

/**
 * Inputs `first`, `second` (1, 3, side, side), −1…1. Output `distance` (1).
 * @param heads the published weights `lin0.model.1.weight` (1, C, 1, 1) and so on; without them every channel counts 1
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildPerceptualDistance(
  trunk: Trunk,
  weights: Safetensors,
  heads: Safetensors | undefined,
  side = trunk.side,
): Uint8Array {
  const graph = createGraph();
  const { one } = graph;
  const layers = createMetricLayers(graph, weights, 'the trunk of the perceptual distance');
  const headLayers = heads && createMetricLayers(graph, heads, 'the heads of the perceptual distance');
  const shape = [1, 3, side, side];
  const both = one('Concat', [graph.input('first', 'float32', shape), graph.input('second', 'float32', shape)], {
    axis: { int: 0 },
  }); // (2, 3, side, side)

  const scaled = addScaled(graph, layers, trunk, both);
  const distances = trunk.taps(layers, scaled).map((tap, i) => {
    const length = one('ReduceL2', [tap, layers.axes([1])]); // (2, 1, H, W)
    const unit = one('Div', [tap, layers.add(length, layers.constant([epsilon], []))]); // (2, C, H, W)
    const [a, b] = graph.op('Split', [unit], { axis: { int: 0 }, num_outputs: { int: 2 } }, { outputs: 2 });
    const difference = one('Sub', [a!, b!]);
    const squared = one('Mul', [difference, difference]); // (1, C, H, W)
    const weighted = headLayers
      ? headLayers.conv(squared, `lin${i}.model.1`)
      : one('ReduceSum', [squared, layers.axes([1])]); // (1, 1, H, W)
    return one('ReduceMean', [weighted, layers.axes([1, 2, 3])], { keepdims: { int: 0 } }); // (1)
  });
  graph.op('Sum', distances, {}, { outputs: ['distance'] });
  graph.output('distance', 'float32', [1]);
  return graph.toModel();
}

/** The normalised picture. */
export function addScaled(
  graph: GraphBuilder,
  layers: MetricLayers,
  { shift, scale }: Normalisation,
  x: string,
): string {
  const moved = graph.one('Sub', [x, layers.constant(shift, [1, 3, 1, 1])]);
  return graph.one('Div', [moved, layers.constant(scale, [1, 3, 1, 1])]);
}
