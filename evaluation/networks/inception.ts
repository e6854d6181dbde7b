// Inception-v3 as FID is measured with it: the network of 2015 with the names of torchvision's and pytorch-fid's weights, up to its
// pooled features. Must never be mixed up with torchvision's own: that pools over padding, and ends in an average where this takes
// the maximum, so its distances are others.
import { createGraph } from '../../functions/engine/onnx-graph.ts';
import type { Safetensors } from '../../functions/engine/safetensors.ts';
import { createMetricLayers } from './layers.ts';

export const inceptionSide = 299;
export const inceptionWidth = 2048;
const epsilon = 1e-3;

/**
 * Input `pixels` (1, 3, 299, 299), −1…1. Output `features` (1, 2048).
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildInception(weights: Safetensors): Uint8Array {
  const graph = createGraph();
  const layers = createMetricLayers(graph, weights, 'Inception');
  const { conv, batchNorm, relu, maxPool, averagePool, shapeOf } = layers;
  const concat = (...parts: string[]): string => graph.one('Concat', parts, { axis: { int: 1 } });

  /** Convolution, norm, ReLU. Sizes are kept where it does not stride, unless it is to be `valid`: without padding. */
  const step = (x: string, name: string, how: { readonly stride?: number; readonly valid?: boolean } = {}): string => {
    const { stride = 1 } = how;
    const valid = how.valid ?? stride > 1;
    const [, , tall, wide] = shapeOf(`${name}.conv.weight`) as [number, number, number, number];
    const [y, z] = valid ? [0, 0] : [(tall - 1) / 2, (wide - 1) / 2];
    return relu(batchNorm(conv(x, `${name}.conv`, { stride, padding: [y, z, y, z] }), `${name}.bn`, epsilon));
  };
  const chain = (x: string, block: string, names: readonly string[]): string =>
    names.reduce((y, name) => step(y, `${block}.${name}`), x);
  const numbered = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${name}_${i + 1}`);
  const pooled = (x: string, block: string, pool = averagePool(x, 3, 1, 1)): string =>
    step(pool, `${block}.branch_pool`);

  // the blocks, by the letters that torchvision gives them
  const a = (x: string, block: string): string =>
    concat(
      step(x, `${block}.branch1x1`),
      chain(x, block, numbered('branch5x5', 2)),
      chain(x, block, numbered('branch3x3dbl', 3)),
      pooled(x, block),
    );
  const b = (x: string, block: string): string =>
    concat(
      step(x, `${block}.branch3x3`, { stride: 2 }),
      step(chain(x, block, numbered('branch3x3dbl', 2)), `${block}.branch3x3dbl_3`, { stride: 2 }),
      maxPool(x, 3, 2),
    );
  const c = (x: string, block: string): string =>
    concat(
      step(x, `${block}.branch1x1`),
      chain(x, block, numbered('branch7x7', 3)),
      chain(x, block, numbered('branch7x7dbl', 5)),
      pooled(x, block),
    );
  const d = (x: string, block: string): string =>
    concat(
      step(step(x, `${block}.branch3x3_1`), `${block}.branch3x3_2`, { stride: 2 }),
      step(chain(x, block, numbered('branch7x7x3', 3)), `${block}.branch7x7x3_4`, { stride: 2 }),
      maxPool(x, 3, 2),
    );
  const e = (x: string, block: string, pool?: string): string => {
    const split = (y: string, name: string): string[] => ['a', 'b'].map((part) => step(y, `${block}.${name}${part}`));
    return concat(
      step(x, `${block}.branch1x1`),
      ...split(step(x, `${block}.branch3x3_1`), 'branch3x3_2'),
      ...split(chain(x, block, numbered('branch3x3dbl', 2)), 'branch3x3dbl_3'),
      pooled(x, block, pool),
    );
  };

  let x = graph.input('pixels', 'float32', [1, 3, inceptionSide, inceptionSide]);
  x = step(x, 'Conv2d_1a_3x3', { stride: 2 });
  x = step(x, 'Conv2d_2a_3x3', { valid: true });
  x = maxPool(step(x, 'Conv2d_2b_3x3'), 3, 2);
  x = step(step(x, 'Conv2d_3b_1x1'), 'Conv2d_4a_3x3', { valid: true });
  x = maxPool(x, 3, 2); // (1, 192, 35, 35)
  for (const name of ['Mixed_5b', 'Mixed_5c', 'Mixed_5d']) x = a(x, name); // (1, 288, 35, 35)
  x = b(x, 'Mixed_6a'); // (1, 768, 17, 17)
  for (const name of ['Mixed_6b', 'Mixed_6c', 'Mixed_6d', 'Mixed_6e']) x = c(x, name);
  x = d(x, 'Mixed_7a'); // (1, 1280, 8, 8)
  x = e(x, 'Mixed_7b'); // (1, 2048, 8, 8)
  x = e(x, 'Mixed_7c', maxPool(x, 3, 1, 1));
  graph.op('ReduceMean', [x, layers.axes([2, 3])], { keepdims: { int: 0 } }, { outputs: ['features'] }); // (1, 2048)
  graph.output('features', 'float32', [1, inceptionWidth]);
  return graph.toModel();
}
