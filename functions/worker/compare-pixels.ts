// Whether two pictures are the same: to the last bit, to the eye, or not. Pure compute over decoded pixels, so that what a
// file carries beside them does not count.
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Sameness } from '../../core/reply-options.ts';

/** From here on people cannot tell two pictures apart; rounding in another order lies far above it. */
const nearDecibels = 40;

export interface Pixels {
  /** 8 bits a channel, row-major, (height, width, 3). */
  readonly rgb: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export async function decodePixels(file: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(file)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { rgb: data, width: info.width, height: info.height };
}

export function comparePixels(a: Pixels, b: Pixels): Sameness {
  if (a.width !== b.width || a.height !== b.height) return 'DIFFERENT';
  if (sha256(a.rgb) === sha256(b.rgb)) return 'EXACT';
  return peakSignalToNoise(a.rgb, b.rgb) >= nearDecibels ? 'NEAR' : 'DIFFERENT';
}

/** In decibels, over all channels; infinite for equal ones. */
function peakSignalToNoise(a: Uint8Array, b: Uint8Array): number {
  let squares = 0;
  for (const [i, value] of a.entries()) squares += (value - b[i]!) ** 2;
  return 10 * Math.log10(255 ** 2 / (squares / a.length));
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
