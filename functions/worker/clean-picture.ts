// Bytes that somebody sent → a picture of our own making, or a sentence why not. What they are is told by the bytes, never
// by a name; what is kept is decoded pixels alone, so nothing that was hidden in the file goes on. Must never decode before
// the header has told how large the picture is.
import { createHash } from 'node:crypto';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { coerceError } from '../../core/app-error.ts';
import { limits } from '../../core/limits.ts';
import { hashThumb, thumbnailOf } from './encode-picture.ts';

// every decoder that is not needed is a door less
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
  ],
});

export interface CleanPicture {
  readonly bytes: Buffer;
  readonly contentType: 'image/png' | 'image/webp';
  readonly width: number;
  readonly height: number;
  /** WebP, at most 256 pixels on its longer side. */
  readonly thumbnail: Buffer;
  /** ThumbHash, base64. */
  readonly placeholder: string;
  /** Of `bytes`, in hex. */
  readonly sha256: string;
}

export type Cleaned =
  { readonly kind: 'clean'; readonly picture: CleanPicture } | { readonly kind: 'rejected'; readonly message: string };

type Format = 'png' | 'jpeg' | 'webp' | 'gif';

/** Never throws for what the bytes are; only a machine that fails does. */
export async function cleanPicture(bytes: Buffer): Promise<Cleaned> {
  const format = sniff(bytes);
  if (!format) return rejected('the file is no PNG, JPEG, WebP or GIF picture');
  let metadata: Metadata;
  try {
    // no pixel is decoded here; how many there may be is told below, with the number
    metadata = await open(bytes, false).metadata();
  } catch (thrown) {
    return rejected(`the header of this ${format} file cannot be read: ${reasonOf(thrown)}`);
  }
  // the loader that read the header is the one that would decode
  if (metadata.format !== format) return rejected(`the file begins like ${format} but is ${metadata.format}`);
  const { width, height } = metadata;
  if (Math.max(width, height) > limits.maxUploadSide)
    return rejected(`the picture is ${width} × ${height} pixels, a side may have ${limits.maxUploadSide}`);
  if (width * height > limits.maxUploadPixels)
    return rejected(
      `the picture has ${width * height} pixels (${width} × ${height}), ${limits.maxUploadPixels} are allowed`,
    );
  try {
    return { kind: 'clean', picture: await reencode(open(bytes), format) };
  } catch (thrown) {
    return rejected(`the ${format} file is damaged: ${reasonOf(thrown)}`);
  }
}

/** Reads the first frame only, stops at damage, and holds a few rows at a time where the format allows. */
const open = (bytes: Buffer, limitInputPixels: number | false = limits.maxUploadPixels): Sharp =>
  sharp(bytes, {
    limitInputPixels,
    failOn: 'error',
    sequentialRead: true,
    pages: 1,
  }).timeout({ seconds: limits.cleaningSeconds });

async function reencode(decoded: Sharp, format: Format): Promise<CleanPicture> {
  // sharp leaves out EXIF, XMP, ICC and comments unless asked to keep them; colours are brought to sRGB, 8 bits a channel
  const upright = decoded
    .autoOrient()
    .resize(limits.maxKeptSide, limits.maxKeptSide, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb');
  // what was lossy already stays small; drawings keep every pixel
  const lossy = format === 'jpeg' || format === 'webp';
  const encoder = lossy ? upright.webp({ quality: 90 }) : upright.png({ compressionLevel: 9 });
  const { data, info } = await encoder.toBuffer({ resolveWithObject: true });
  const [thumbnail, placeholder] = await Promise.all([thumbnailOf(sharp(data)), hashThumb(sharp(data))]);
  return {
    bytes: data,
    contentType: lossy ? 'image/webp' : 'image/png',
    width: info.width,
    height: info.height,
    thumbnail,
    placeholder,
    sha256: createHash('sha256').update(data).digest('hex'),
  };
}

function sniff(bytes: Buffer): Format | undefined {
  if (bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return 'png';
  if (bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'jpeg';
  const head = bytes.subarray(0, 12).toString('latin1');
  if (/^RIFF....WEBP/s.test(head)) return 'webp';
  if (/^GIF8[79]a/.test(head)) return 'gif';
  return undefined;
}

const rejected = (message: string): Cleaned => ({ kind: 'rejected', message });

/** The first line of what libvips says, which names no path. */
const reasonOf = (thrown: unknown): string => coerceError(thrown).message.trim().split('\n')[0]!.slice(0, 200);
