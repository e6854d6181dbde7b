// The first items of a run as one PNG: a row an item, the true picture first, then one picture a condition. Must never
// choose what to show: it is the first ones, whatever they look like.
import sharp from 'sharp';
import type { Picture } from '../pictures/picture.ts';

const side = 96;
const gap = 4;

/** @param rows pictures of any size; an absent one leaves its place white */
export async function writeContactSheet(
  file: string,
  rows: readonly (readonly (Picture | undefined)[])[],
): Promise<void> {
  const columns = Math.max(...rows.map((row) => row.length));
  const tiles = rows.flatMap((row, y) =>
    row.map(async (picture, x) => {
      if (!picture) return [];
      const { width, height, rgb } = picture;
      const input = await sharp(rgb, { raw: { width, height, channels: 3 } })
        .resize(side, side, { fit: 'contain', background: '#fff' })
        .png()
        .toBuffer();
      return [{ input, left: gap + x * (side + gap), top: gap + y * (side + gap) }];
    }),
  );
  await sharp({
    create: {
      width: gap + columns * (side + gap),
      height: gap + rows.length * (side + gap),
      channels: 3,
      background: '#fff',
    },
  })
    .composite((await Promise.all(tiles)).flat())
    .png()
    .toFile(file);
}
