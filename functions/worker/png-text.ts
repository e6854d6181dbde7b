// Text inside a PNG, as its specification has it (iTXt, UTF-8): what made a picture travels with it. sharp writes EXIF and
// XMP only, and readers of recipes look for text chunks; one chunk is a dozen lines. Must never touch the pixels.
import { crc32 } from 'node:zlib';

/** Signature, then the header's length, type, 13 bytes and checksum. */
const headerEnd = 8 + 4 + 4 + 13 + 4;

/** @param texts keyword (1 to 79 Latin characters) → text @returns a PNG with the chunks right behind its header */
export function insertText(png: Buffer, texts: Readonly<Record<string, string>>): Buffer {
  if (png.toString('latin1', 12, 16) !== 'IHDR') throw new Error('text can only be put into a PNG');
  const chunks = Object.entries(texts).map(([keyword, text]) => {
    // no compression, no language, no translated keyword
    const data = Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1'), Buffer.from(text, 'utf8')]);
    const body = Buffer.concat([Buffer.from('iTXt', 'latin1'), data]);
    const framed = Buffer.alloc(4 + body.length + 4);
    framed.writeUInt32BE(data.length, 0);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc32(body), 4 + body.length);
    return framed;
  });
  return Buffer.concat([png.subarray(0, headerEnd), ...chunks, png.subarray(headerEnd)]);
}
