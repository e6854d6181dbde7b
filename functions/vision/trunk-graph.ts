// EfficientNet-Lite0 with its batch norms folded (training/networks/trunk.py) as graph nodes: a picture to what it shows in
// whole, what its sides show, and its colours. Channels and kernel sizes are read from the weights.
import { AppError } from '../../core/app-error.ts';
import type { Layers } from '../engine/layers.ts';
import type { Safetensors } from '../engine/safetensors.ts';

/** What the weights cannot tell: blocks that halve the sides. */
const halvingBlocks: ReadonlySet<number> = new Set([1, 3, 5, 11]);
/** The block whose map the colours are read from, at an eighth of the picture's sides. */
const colourBlock = 4;
const colourScale = 8;
const lastScale = 32;
/** Tiles down and across: of the last map, and of the colour block's. */
const sideTiles = [2, 3] as const;
const colourTiles = [3, 3] as const;

/** A part of the features, shape (1, length). */
export interface Features {
  readonly name: string;
  readonly length: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * @param x (1, 3, H, W), about [−1, 1]: (byte − 127) / 128
 * @returns the whole picture, its sides, its colours
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing, or the tiles do not fill the maps of such a picture
 */
export function trunk(layers: Layers, weights: Safetensors, x: string, { width, height }: Size): readonly Features[] {
  const { add, conv, pooled, relu6, sameConv } = layers;
  const channelsOf = (name: string): number => weights.get(`${name}.weight`)?.shape[0] ?? 0;
  /** Pixels of a map at 1/`scale` that a tile covers. */
  const tile = (scale: number, [down, across]: readonly [number, number]): readonly [number, number] => {
    const sides = [height / scale / down, width / scale / across] as const;
    if (sides.every(Number.isInteger)) return sides;
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `the image encoder takes pictures of 192 pixels and multiples of it in height, of 96 in width, not ${width} × ${height}`,
    );
  };
  const sideTile = tile(lastScale, sideTiles);
  const colourTile = tile(colourScale, colourTiles);

  let h = relu6(sameConv(x, 'stem', 2)); // (1, 32, H/2, W/2)
  let channels = channelsOf('stem');
  let colours: Features | undefined;
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
      const length = channels * colourTiles[0] * colourTiles[1];
      colours = { name: pooled(h, colourTile, length), length }; // (1, 40 · 9)
    }
  }
  if (!colours) throw new AppError('MODEL_UNAVAILABLE', `the image encoder has no block "b.${colourBlock}"`);
  const whole = channelsOf('head');
  const sides = channels * sideTiles[0] * sideTiles[1];
  const lastMap = [height / lastScale, width / lastScale] as const;
  return [
    { name: pooled(relu6(conv(h, 'head', 0)), lastMap, whole), length: whole }, // (1, 1280)
    { name: pooled(h, sideTile, sides), length: sides }, // (1, 320 · 6)
    colours,
  ];
}
