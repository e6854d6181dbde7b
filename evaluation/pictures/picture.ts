// Pictures as the metrics see them, from files and to files. Must never scale or crop while reading: each metric says
// itself what size it looks at.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { AppError, coerceError } from '../../core/app-error.ts';

/** 8-bit RGB, row-major (H, W, 3). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** @throws {AppError} INVALID when the file is missing or no picture */
export async function readPicture(file: string): Promise<Picture> {
  try {
    const { data, info } = await sharp(file)
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, rgb: new Uint8Array(data) };
  } catch (thrown) {
    throw new AppError('INVALID', `${file} cannot be read as a picture`, coerceError(thrown));
  }
}

/** By its first bytes alone. @throws {AppError} INVALID when the file is missing or no picture */
export async function readPictureSize(file: string): Promise<Pick<Picture, 'width' | 'height'>> {
  try {
    const { width, height } = await sharp(file).metadata();
    return { width, height };
  } catch (thrown) {
    throw new AppError('INVALID', `${file} cannot be read as a picture`, coerceError(thrown));
  }
}

/** Nothing to be seen. */
export const greyPicture = (width: number, height: number): Picture => ({
  width,
  height,
  rgb: new Uint8Array(width * height * 3).fill(127),
});

export async function writePicture(file: string, { width, height, rgb }: Picture): Promise<void> {
  await sharp(rgb, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
}

/** (3, H, W), flattened, 0…255 → −1…1. */
export function toPlanes({ width, height, rgb }: Picture): Float32Array {
  const area = width * height;
  const planes = new Float32Array(3 * area);
  for (let place = 0; place < area; place++) {
    for (let colour = 0; colour < 3; colour++) planes[colour * area + place] = rgb[place * 3 + colour]! / 127.5 - 1;
  }
  return planes;
}

/** Files of a folder of pictures by their names without ending. */
export type PictureFolder = ReadonlyMap<string, string>;

/** @throws {AppError} INVALID when there is no such folder */
export async function openPictureFolder(folder: string): Promise<PictureFolder> {
  try {
    const names = await readdir(folder);
    return new Map(
      names
        .filter((name) => /\.(png|jpe?g|webp)$/i.test(name))
        .sort()
        .map((name) => [path.parse(name).name, path.join(folder, name)]),
    );
  } catch (thrown) {
    throw new AppError('INVALID', `${folder} is no folder of pictures`, coerceError(thrown));
  }
}
