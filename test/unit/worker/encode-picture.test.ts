// Files of a picture at the size it is drawn in: nothing is cut, made larger or lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { encodePicture, encodePreview } from '../../../functions/worker/encode-picture.ts';

/** Red grows to the right, green downwards. */
const ramp = (width: number, height: number): Uint8Array =>
  Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return [Math.round((x / (width - 1)) * 255), Math.round((y / (height - 1)) * 255), 0][i % 3]!;
  });

for (const size of [96, 192, 512]) {
  test(`a picture of ${size} pixels: the PNG holds every one, the thumbnail at most 256`, async () => {
    const rgb = ramp(size, size);
    const { png, thumbnail, placeholder } = await encodePicture(rgb, size, size, {});
    assert.deepEqual(new Uint8Array(await sharp(png).raw().toBuffer()), rgb);
    const { width, height, format } = await sharp(thumbnail).metadata();
    assert.deepEqual([width, height, format], [Math.min(size, 256), Math.min(size, 256), 'webp']);
    assert.ok(Buffer.from(placeholder, 'base64').length <= 25);
  });
}

test('a preview of a dozen pixels is made larger without steps', async () => {
  const { data, info } = await sharp(await encodePreview(ramp(12, 12), 12, 12))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [96, 96]);
  const reds = Array.from({ length: 96 }, (_, x) => data[(48 * 96 + x) * info.channels]!);
  // pixels that were only repeated would leap by 255 / 11
  for (let x = 1; x < reds.length; x++) assert.ok(reds[x]! - reds[x - 1]! < 12, `from ${reds[x - 1]} to ${reds[x]}`);
  assert.ok(reds[0]! < 30 && reds.at(-1)! > 225);
});
