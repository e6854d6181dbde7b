// EfficientNet-Lite0 without its classifier and with its batch norms folded (training/networks/trunk.py) as graph nodes: a picture
// to what is in each of its patches, and which colours. Channels and kernel sizes are read from the weights.
import { AppError } from '../../core/app-error.ts';
import type { Layers } from '../engine/layers.ts';
import type { Safetensors } from '../engine/safetensors.ts';

/** What the weights cannot tell: blocks that halve the sides. */
const halvingBlocks: ReadonlySet<number> = new Set([1, 3, 5, 11]);
/** The block whose map the colours are read from, at an eighth of the picture's sides; a patch is four times as large. */
const colourBlock = 4;
/** Of the colours, parts of a patch down and across. */
const quarters = 2;
const lastScale = 32;

/** What the patches are read from: maps of shape (1, length, H/32, W/32). */
export interface PatchMap {
  readonly name: string;
  readonly length: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Patches of such a picture. @throws {AppError} MODEL_UNAVAILABLE when they do not fill it */
export function patchesOf({ width, height }: Size): number {
  const [down, across] = [height / lastScale, width / lastScale];
  if (Number.isInteger(down) && Number.isInteger(across)) return down * across;
  throw new AppError(
    'MODEL_UNAVAILABLE',
    `the image encoder takes pictures whose sides are multiples of ${lastScale} pixels, not ${width} × ${height}`,
  );
}

/**
 * @param x (1, 3, H, W), about [−1, 1]: (byte − 127) / 128
 * @returns what is there, and the colours of each patch's quarters
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function trunk(layers: Layers, weights: Safetensors, x: string): readonly PatchMap[] {
  const { add, conv, halved, relu6, sameConv, spaceToDepth } = layers;
  const channelsOf = (name: string): number => weights.get(`${name}.weight`)?.shape[0] ?? 0;

  let h = relu6(sameConv(x, 'stem', 2)); // (1, 32, H/2, W/2)
  let channels = channelsOf('stem');
  let colours: PatchMap | undefined;
  for (let block = 0; block < layers.blocks('b'); block++) {
    const name = `b.${block}`;
    const stride = halvingBlocks.has(block) ? 2 : 1;
    const wide = weights.has(`${name}.expand.weight`) ? relu6(conv(h, `${name}.expand`, 0)) : h; // (1, wide, H', W')
    const deep = relu6(sameConv(wide, `${name}.depthwise`, stride)); // (1, wide, H'', W'')
    const after = conv(deep, `${name}.project`, 0); // (1, after, H'', W'')
    const before = channels;
    channels = channelsOf(`${name}.project`);
    h = stride === 1 && before === channels ? add(h, after) : after;
    if (block === colourBlock) {
      // (1, 40, H/8, W/8) → (1, 40, H/16, W/16) → (1, 160, H/32, W/32)
      colours = { name: spaceToDepth(halved(h), quarters), length: channels * quarters ** 2 };
    }
  }
  if (!colours) throw new AppError('MODEL_UNAVAILABLE', `the image encoder has no block "b.${colourBlock}"`);
  return [{ name: h, length: channels }, colours];
}
