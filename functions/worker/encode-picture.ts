// Pixels → the files and facts of a finished picture. Pure compute in libvips' own threads.
import sharp, { type Sharp } from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';
import { insertText } from './png-text.ts';

const maxThumbnailPixels = 256;
/** Of a preview's longer side. */
const previewPixels = 96;
/** ThumbHash takes at most 100 × 100 pixels. */
const maxHashPixels = 100;

export interface EncodedPicture {
  readonly png: Buffer;
  /** WebP, at most 256 pixels on its longer side. */
  readonly thumbnail: Buffer;
  /** ThumbHash, base64. */
  readonly placeholder: string;
}

/**
 * @param rgb 8 bits a channel, row-major, (height, width, 3)
 * @param texts keyword → text, kept inside the PNG
 */
export async function encodePicture(
  rgb: Uint8Array,
  width: number,
  height: number,
  texts: Readonly<Record<string, string>>,
): Promise<EncodedPicture> {
  const pixels = (): Sharp => sharp(rgb, { raw: { width, height, channels: 3 } });
  const [plain, thumbnail, placeholder] = await Promise.all([
    pixels().png({ compressionLevel: 9 }).toBuffer(),
    thumbnailOf(pixels()),
    hashThumb(pixels()),
  ]);
  return { png: insertText(plain, texts), thumbnail, placeholder };
}

/** A small WebP of what a picture is becoming: a dozen pixels a side, made larger so smoothly that no pixel shows anywhere. */
export function encodePreview(rgb: Uint8Array, width: number, height: number): Promise<Buffer> {
  const larger = sharp(rgb, { raw: { width, height, channels: 3 } }).resize(previewPixels, previewPixels, {
    fit: 'inside',
    kernel: 'cubic',
  });
  return larger.webp({ quality: 80 }).toBuffer();
}

/** WebP, at most 256 pixels on its longer side. */
export function thumbnailOf(picture: Sharp): Promise<Buffer> {
  return picture
    .resize(maxThumbnailPixels, maxThumbnailPixels, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80 })
    .toBuffer();
}

/** ThumbHash, base64. */
export async function hashThumb(picture: Sharp): Promise<string> {
  const { data, info } = await picture
    .resize(maxHashPixels, maxHashPixels, { fit: 'inside', withoutEnlargement: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64');
}
