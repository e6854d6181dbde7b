// Pixels → the files and facts of a finished picture. Pure compute in libvips' own threads.
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';

const maxThumbnailPixels = 256;
/** ThumbHash takes at most 100 × 100 pixels. */
const maxHashPixels = 100;

export interface EncodedPicture {
  readonly png: Buffer;
  /** WebP, at most 256 pixels on its longer side. */
  readonly thumbnail: Buffer;
  /** ThumbHash, base64. */
  readonly placeholder: string;
  /** Of the PNG, in hex. */
  readonly sha256: string;
}

/** @param rgb 8 bits a channel, row-major, (height, width, 3) */
export async function encodePicture(rgb: Uint8Array, width: number, height: number): Promise<EncodedPicture> {
  const raw = { raw: { width, height, channels: 3 as const } };
  const [png, thumbnail, small] = await Promise.all([
    sharp(rgb, raw).png({ compressionLevel: 9 }).toBuffer(),
    encodePreview(rgb, width, height),
    sharp(rgb, raw)
      .resize(maxHashPixels, maxHashPixels, { fit: 'inside', withoutEnlargement: true })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true }),
  ]);
  return {
    png,
    thumbnail,
    placeholder: Buffer.from(rgbaToThumbHash(small.info.width, small.info.height, small.data)).toString('base64'),
    sha256: createHash('sha256').update(png).digest('hex'),
  };
}

/** A small WebP: thumbnail and previews. */
export function encodePreview(rgb: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize(maxThumbnailPixels, maxThumbnailPixels, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80 })
    .toBuffer();
}
