// The vision half of CLIP (Radford et al. 2021) with the names of Hugging Face's file: a vision transformer, pre-norm,
// whose class token is normed and projected. Every size is read off the weights; a head is 64 wide, as in all of CLIP's.
import { AppError } from '../../core/app-error.ts';
import { createGraph, type GraphBuilder } from '../../functions/engine/onnx-graph.ts';
import type { Safetensors } from '../../functions/engine/safetensors.ts';
import type { Picture } from '../pictures/picture.ts';
import { resizePicture } from '../pictures/resize.ts';
import { createMetricLayers, type MetricLayers } from './layers.ts';
import { addScaled, type Normalisation } from './perceptual-distance.ts';

export interface ClipShape {
  readonly width: number;
  readonly layers: number;
  /** Pixels of a patch's side, and of a picture's. */
  readonly patch: number;
  readonly side: number;
  readonly projection: number;
}

const headWidth = 64;
const epsilon = 1e-5;
const means = [0.48145466, 0.4578275, 0.40821073] as const;
const deviations = [0.26862954, 0.26130258, 0.27577711] as const;

/** CLIP normalises 0…1; ours are −1…1. */
const normalisation: Normalisation = {
  shift: [2 * means[0] - 1, 2 * means[1] - 1, 2 * means[2] - 1],
  scale: [2 * deviations[0], 2 * deviations[1], 2 * deviations[2]],
};

/** @throws {AppError} MODEL_UNAVAILABLE when the file holds no such network */
export function readClipShape(weights: Safetensors): ClipShape {
  const shapeOf = (name: string): readonly number[] => {
    const tensor = weights.get(name);
    if (!tensor) throw new AppError('MODEL_UNAVAILABLE', `CLIP's vision half has no tensor "${name}"`);
    return tensor.shape;
  };
  const [width, , patch] = shapeOf('vision_model.embeddings.patch_embedding.weight') as [number, number, number];
  const [positions] = shapeOf('vision_model.embeddings.position_embedding.weight') as [number];
  const [projection] = shapeOf('visual_projection.weight') as [number];
  let layers = 0;
  while (weights.has(`vision_model.encoder.layers.${layers}.layer_norm1.weight`)) layers++;
  return { width, layers, patch, side: Math.sqrt(positions - 1) * patch, projection };
}

/**
 * Input `pixels` (1, 3, side, side), −1…1. Output `features` (1, projection), not of unit length.
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildClipVision(weights: Safetensors, shape: ClipShape): Uint8Array {
  const { width, patch, side, projection } = shape;
  const graph = createGraph();
  const layers = createMetricLayers(graph, weights, 'CLIP');
  const { add, axes, conv, layerNorm, linear, weight } = layers;
  const pixels = addScaled(graph, layers, normalisation, graph.input('pixels', 'float32', [1, 3, side, side]));
  const embeddings = 'vision_model.embeddings';

  const patches = conv(pixels, `${embeddings}.patch_embedding`, { stride: patch }); // (1, D, side / patch, …)
  const rows = graph.one('Transpose', [graph.one('Reshape', [patches, axes([1, width, -1])])], {
    perm: { ints: [0, 2, 1] },
  }); // (1, N, D)
  const token = graph.one('Reshape', [weight(`${embeddings}.class_embedding`), axes([1, 1, width])]);
  const all = graph.one('Concat', [token, rows], { axis: { int: 1 } }); // (1, 1 + N, D)
  let x = add(all, weight(`${embeddings}.position_embedding.weight`));
  x = layerNorm(x, 'vision_model.pre_layrnorm', epsilon); // spelt so in the file
  for (let layer = 0; layer < shape.layers; layer++)
    x = block(graph, layers, x, `vision_model.encoder.layers.${layer}`);

  const first = graph.one('Gather', [x, graph.initializer('first', 'int64', [], BigInt64Array.of(0n))], {
    axis: { int: 1 },
  }); // (1, D)
  const features = linear(layerNorm(first, 'vision_model.post_layernorm', epsilon), 'visual_projection');
  graph.op('Identity', [features], {}, { outputs: ['features'] });
  graph.output('features', 'float32', [1, projection]);
  return graph.toModel();

  function block(builder: GraphBuilder, { linear: project }: MetricLayers, input: string, name: string): string {
    const normal = layerNorm(input, `${name}.layer_norm1`, epsilon);
    const [q, k, v] = ['q', 'k', 'v'].map((part) => project(normal, `${name}.self_attn.${part}_proj`)); // 3 × (1, 1 + N, D)
    const heads = { num_heads: { int: width / headWidth } };
    const attended = builder.one('MultiHeadAttention', [q!, k!, v!], heads, 'com.microsoft');
    const middle = add(input, project(attended, `${name}.self_attn.out_proj`));
    const hidden = project(layerNorm(middle, `${name}.layer_norm2`, epsilon), `${name}.mlp.fc1`);
    const active = builder.one('QuickGelu', [hidden], { alpha: { float: 1.702 } }, 'com.microsoft');
    return add(middle, project(active, `${name}.mlp.fc2`));
  }
}

/** As CLIP's processor does it: the shorter side to `side`, bicubic, then the middle square. */
export function cropForClip(picture: Picture, side: number): Picture {
  const { width, height } = picture;
  const short = Math.min(width, height);
  const to = {
    width: width === short ? side : Math.floor((side * width) / short),
    height: height === short ? side : Math.floor((side * height) / short),
  };
  const { rgb } = resizePicture(picture, to);
  const [left, top] = [Math.floor((to.width - side) / 2), Math.floor((to.height - side) / 2)];
  const out = new Uint8Array(side * side * 3); // (side, side, 3)
  for (let y = 0; y < side; y++) {
    const start = ((top + y) * to.width + left) * 3;
    out.set(rgb.subarray(start, start + side * 3), y * side * 3);
  }
  return { width: side, height: side, rgb: out };
}
