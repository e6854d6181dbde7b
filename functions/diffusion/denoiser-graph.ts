// The denoiser: v = noise − picture for a batch of latents, each with its own time and condition. Convolutions at full
// latent size around a transformer at half of it. A network with `ip` is given another picture's latent as well, from which
// it draws. Must never mix rows of the batch.
import { createGraph, type GraphBuilder } from '../engine/onnx-graph.ts';
import type { Safetensors } from '../engine/safetensors.ts';
import { createLayers, type Layers } from '../engine/layers.ts';

/** The one size that no weight tells. */
const heads = 4;
/** WebGPU promises sine and cosine to 2^-11 only, and nothing beyond ±π; a time's angle goes to 100. */
export const preciseNodes = ['time.sine', 'time.cosine'] as const;
/** Sines and cosines each that describe a time. */
const frequencies = 32;

/** Whether the network has an input for a parent picture. */
export const takesParent = (weights: Safetensors): boolean => weights.has('ip.weight');

/**
 * Inputs `latent` (B, Z, S, S), `time` (B) from 1 (noise) to 0, `condition` (B, L, E), and where the network takes it `parent`
 * like `latent`, zero for none. Output `velocity` (B, Z, S, S).
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildDenoiser(weights: Safetensors, latentShape: readonly [number, number, number]): Uint8Array {
  const graph = createGraph();
  const layers = createLayers(graph, weights, 'the denoiser');
  const { add, linear, conv, silu, plainNorm, reshape, transpose, weight } = layers;
  const [channels, size] = latentShape;
  const half = size / 2;
  const convWidth = weights.get('pg')?.shape[3] ?? 0;
  const width = weights.get('p')?.shape[2] ?? 0;
  const [conditionTokens, conditionWidth] = weights.get('null')?.shape ?? [0, 0];

  const latent = graph.input('latent', 'float32', ['rows', channels, size, size]);
  const time = graph.input('time', 'float32', ['rows']);
  const condition = graph.input('condition', 'float32', ['rows', conditionTokens!, conditionWidth!]);

  const moment = momentOf(graph, layers, time, condition); // (B, E)

  let entry = conv(latent, 'i', 1); // (B, C, S, S)
  if (takesParent(weights))
    entry = add(entry, conv(graph.input('parent', 'float32', ['rows', channels, size, size]), 'ip', 1));
  let h = add(transpose(entry, [0, 2, 3, 1]), weight('pg')); // (B, S, S, C)
  for (let block = 0; block < layers.blocks('r'); block++) h = convBlock(layers, h, moment, `r.${block}`, convWidth);

  // 2 × 2 neighbours become one token
  let z = reshape(h, [0, half, 2, half, 2, convWidth]);
  z = transpose(z, [0, 1, 3, 2, 4, 5]);
  z = reshape(z, [0, half * half, 4 * convWidth]); // (B, T, 4C)
  z = add(linear(z, 'dn'), weight('p')); // (B, T, D)
  for (let block = 0; block < layers.blocks('b'); block++)
    z = transformerBlock(layers, z, moment, condition, `b.${block}`, width);
  z = reshape(linear(z, 'u'), [0, half, half, 2, 2, convWidth]);
  z = transpose(z, [0, 1, 3, 2, 4, 5]);
  z = reshape(z, [0, size, size, convWidth]); // (B, S, S, C)

  h = add(h, linear(graph.one('Concat', [h, z], { axis: { int: -1 } }), 'mg'));
  for (let block = 0; block < layers.blocks('r2'); block++) h = convBlock(layers, h, moment, `r2.${block}`, convWidth);
  const velocity = conv(transpose(silu(plainNorm(h, convWidth)), [0, 3, 1, 2]), 'o', 1); // (B, Z, S, S)
  graph.op('Identity', [velocity], {}, { outputs: ['velocity'] });
  graph.output('velocity', 'float32', ['rows', channels, size, size]);
  return graph.toModel();
}

/** What modulates every block: the time, and the mean of the condition. (B, E) */
function momentOf(graph: GraphBuilder, layers: Layers, time: string, condition: string): string {
  const { add, linear, silu, multiply, reshape } = layers;
  const frequency = Float32Array.from(
    { length: frequencies },
    (_, k) => 100 * Math.exp((-Math.log(1000) * k) / frequencies),
  );
  const angle = multiply(reshape(time, [-1, 1]), graph.initializer('frequency', 'float32', [frequencies], frequency)); // (B, 32)
  const [sine, cosine] = preciseNodes;
  const sines = graph.op('Sin', [angle], {}, { name: sine }); // (B, 32)
  const cosines = graph.op('Cos', [angle], {}, { name: cosine }); // (B, 32)
  const waves = graph.one('Concat', [...sines, ...cosines], { axis: { int: -1 } }); // (B, 64)
  const embedded = linear(silu(linear(waves, 'te.0')), 'te.2'); // (B, E)
  const axis = graph.initializer('token_axis', 'int64', [1], BigInt64Array.of(1n));
  const mean = graph.one('ReduceMean', [condition, axis], { keepdims: { int: 0 } }); // (B, E)
  return silu(add(embedded, linear(mean, 'pool')));
}

/** Two 3 × 3 convolutions on a normalised, modulated copy, added back through a gate. x is (B, S, S, C). */
function convBlock(layers: Layers, x: string, moment: string, name: string, width: number): string {
  const { add, linear, conv, silu, multiply, plainNorm, reshape, split, transpose } = layers;
  const [scale, shift, gate] = split(reshape(linear(moment, `${name}.t`), [0, 1, 1, 3 * width]), 3); // 3 × (B, 1, 1, C)
  const normal = modulate(layers, plainNorm(x, width), scale!, shift!);
  const h = conv(silu(conv(transpose(normal, [0, 3, 1, 2]), `${name}.a`, 1)), `${name}.b`, 1); // (B, C, S, S)
  return add(x, multiply(gate!, transpose(h, [0, 2, 3, 1])));
}

/** Self-attention, cross-attention to the condition, MLP. x is (B, T, D). */
function transformerBlock(
  layers: Layers,
  x: string,
  moment: string,
  condition: string,
  name: string,
  width: number,
): string {
  const { add, linear, multiply, layerNorm, plainNorm, attention, reshape, split } = layers;
  const [scale1, shift1, gate1, scale2, shift2, gate2] = split(
    reshape(linear(moment, `${name}.t`), [0, 1, 6 * width]),
    6,
  ); // 6 × (B, 1, D)
  const [q, k, v] = split(linear(modulate(layers, plainNorm(x, width), scale1!, shift1!), `${name}.qkv`), 3); // 3 × (B, T, D)
  x = add(x, multiply(gate1!, linear(attention(q!, k!, v!, heads), `${name}.o`)));

  const query = linear(layerNorm(x, `${name}.n`), `${name}.q`);
  const [key, value] = split(linear(condition, `${name}.kv`), 2); // 2 × (B, L, D)
  x = add(x, linear(attention(query, key!, value!, heads), `${name}.o2`));

  const hidden = linear(modulate(layers, plainNorm(x, width), scale2!, shift2!), `${name}.m1`); // (B, T, 4D)
  return add(x, multiply(gate2!, linear(layers.gelu(hidden, 'tanh'), `${name}.m2`)));
}

/** x · (1 + scale) + shift. */
const modulate = ({ add, multiply }: Layers, x: string, scale: string, shift: string): string =>
  add(add(x, multiply(x, scale)), shift);
