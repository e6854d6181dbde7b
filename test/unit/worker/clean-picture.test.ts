// Files that were sent to harm are refused with a reason or become a clean picture; nothing that was hidden goes on, and
// memory stays within bounds.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { cleanPicture } from '../../../functions/worker/clean-picture.ts';
import { hostileFiles } from '../../harness/hostile-files.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const files = await hostileFiles();
/** At its peak, beyond what a process has that has cleaned one small picture. Sharp's decoders hold rows, not pictures. */
const maxGrowthBytes = 150e6;
const cleaner = path.resolve('test/harness/clean-files.ts');

test('there are at least forty of them, each of its own', () => {
  assert.ok(files.length >= 40, String(files.length));
  assert.equal(new Set(files.map(({ bytes }) => bytes.toString('base64'))).size, files.length);
});

for (const { name, bytes, refused, hidden, size } of files) {
  test(`${name} is ${refused ? 'refused' : 'cleaned'}`, async () => {
    const cleaned = await cleanPicture(bytes);
    if (refused) {
      assert.ok(cleaned.kind === 'rejected', 'it was taken');
      assert.match(cleaned.message, refused);
      assert.doesNotMatch(cleaned.message, /\/(home|tmp|work|usr)\b/);
      return;
    }
    assert.ok(cleaned.kind === 'clean', cleaned.kind === 'rejected' ? cleaned.message : '');
    const { picture } = cleaned;
    assert.ok(!picture.bytes.equals(bytes), 'it goes on as it was sent');
    if (hidden !== undefined) {
      assert.ok(bytes.includes(hidden), 'the test hides nothing');
      assert.ok(!picture.bytes.includes(hidden) && !picture.thumbnail.includes(hidden));
    }
    const metadata = await sharp(picture.bytes).metadata();
    assert.deepEqual([metadata.width, metadata.height], size);
    assert.deepEqual([picture.width, picture.height], size);
    assert.equal(`image/${metadata.format}`, picture.contentType);
    assert.deepEqual([metadata.space, metadata.depth, metadata.pages ?? 1], ['srgb', 'uchar', 1]);
    for (const field of ['exif', 'xmp', 'icc', 'iptc', 'comments'] as const)
      assert.equal(metadata[field], undefined, `${field} was kept`);
    assert.ok((metadata.orientation ?? 1) === 1);
    assert.ok(Buffer.from(picture.placeholder, 'base64').length < 40);
    assert.equal((await sharp(picture.thumbnail).metadata()).format, 'webp');
  });
}

test('all of them, one after the other, take a bounded amount of memory at any moment', async () => {
  await using folder = await temporaryFolder();
  for (const [i, { bytes }] of files.entries()) await writeFile(path.join(folder.path, `${i}`), bytes);
  const plain = files.findIndex(({ name }) => name === 'plain WebP');
  const { stdout } = await promisify(execFile)(process.execPath, [cleaner, folder.path, `${plain}`]);
  const { beforeBytes, afterBytes } = JSON.parse(stdout) as { beforeBytes: number; afterBytes: number };
  const grown = afterBytes - beforeBytes;
  assert.ok(grown < maxGrowthBytes, `${Math.round(grown / 1e6)} MB more than before`);
});

test('a drawing keeps every pixel and its transparency; a photograph keeps its colours', async () => {
  const pixels = Buffer.from([255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 0, 7, 8, 9, 255]);
  const drawing = await sharp(pixels, { raw: { width: 2, height: 2, channels: 4 } })
    .png()
    .toBuffer();
  const cleaned = await cleanPicture(drawing);
  assert.ok(cleaned.kind === 'clean');
  assert.deepEqual(await sharp(cleaned.picture.bytes).raw().toBuffer(), pixels);
  const background = { r: 200, g: 60, b: 40 };
  const photo = await sharp({ create: { width: 64, height: 64, channels: 3, background } })
    .withIccProfile('p3')
    .jpeg({ quality: 95 })
    .toBuffer();
  const kept = await cleanPicture(photo);
  assert.ok(kept.kind === 'clean');
  const { channels } = await sharp(kept.picture.bytes).stats();
  const wanted = [background.r, background.g, background.b];
  for (const [i, { mean }] of channels.slice(0, 3).entries())
    assert.ok(Math.abs(mean - wanted[i]!) < 6, `channel ${i} is ${mean}`);
});
