// A stored picture as the functions take it: pixels of exactly the size that the package draws.
import sharp from 'sharp';
import type { Pixels } from './compare-pixels.ts';

/** Of a file of our own making: drawn, or cleaned after it was uploaded. */
export const maxPictureBytes = 64 * 1024 * 1024;

/** 8-bit RGB, (height, width, 3): the middle of a picture of another shape. */
export const fillSize = (picture: Buffer | Pixels, width: number, height: number): Promise<Buffer> =>
  ('rgb' in picture
    ? sharp(picture.rgb, { raw: { width: picture.width, height: picture.height, channels: 3 } })
    : sharp(picture)
  )
    .resize(width, height, { fit: 'cover' })
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
