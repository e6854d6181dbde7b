// Fifty files that somebody might send to harm, made in code: bombs, lies about size and kind, things hidden behind or
// inside a picture, damage, and kinds of pictures that are rare. Each says what has to come of it.
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

export interface HostileFile {
  readonly name: string;
  readonly bytes: Buffer;
  /** What the reason must say; undefined: it is cleaned. */
  readonly refused?: RegExp;
  /** Bytes that were hidden in it and must be gone. */
  readonly hidden?: string;
  /** Pixels of the clean picture. */
  readonly size?: readonly [number, number];
}

const secret = 'SECRET-51.4779N-0.0015W';
const colour = { r: 200, g: 60, b: 40 };
const plain = (width = 40, height = 20) => sharp({ create: { width, height, channels: 3, background: colour } });

/** One chunk of a PNG. */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** A PNG whose header says `width` × `height`, over whatever data. */
function pngOf(width: number, height: number, data: Buffer, bitDepth = 8, colourType = 2, interlace = 0): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, colourType, 0, 0, interlace], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(data)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Puts a chunk behind the header. */
const withChunk = (png: Buffer, type: string, data: Buffer): Buffer =>
  Buffer.concat([png.subarray(0, 33), chunk(type, data), png.subarray(33)]);

const withSize = (jpeg: Buffer, width: number, height: number): Buffer => {
  const copy = Buffer.from(jpeg);
  const frame = copy.indexOf(Buffer.from([0xff, 0xc0]));
  copy.writeUInt16BE(height, frame + 5);
  copy.writeUInt16BE(width, frame + 7);
  return copy;
};

/** A segment of a JPEG behind its first marker. */
const withSegment = (jpeg: Buffer, marker: number, data: Buffer): Buffer => {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, data, jpeg.subarray(2)]);
};

function gifOf(width: number, height: number, frames: number): Buffer {
  const screen = Buffer.from('GIF89a\0\0\0\0\x80\0\0\xff\0\0\0\0\xff', 'latin1');
  screen.writeUInt16LE(width, 6);
  screen.writeUInt16LE(height, 8);
  const frame = Buffer.from('\x21\xf9\x04\x04\x0a\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0', 'latin1');
  return Buffer.concat([screen, ...Array.from({ length: frames }, () => frame), Buffer.from(';')]);
}

/** Repeats the last scan of a progressive JPEG: a few kilobytes that say the whole picture over and over. */
function withScans(jpeg: Buffer, count: number): Buffer {
  const scan = jpeg.subarray(jpeg.lastIndexOf(Buffer.from([0xff, 0xda])), -2);
  return Buffer.concat([jpeg.subarray(0, -2), ...Array.from({ length: count }, () => scan), jpeg.subarray(-2)]);
}

/** A WebP whose extended header says `width` × `height`. */
function webpOf(width: number, height: number, webp: Buffer): Buffer {
  const extended = Buffer.alloc(18);
  extended.write('VP8X', 'latin1');
  extended.writeUInt32LE(10, 4);
  extended.writeUIntLE(width - 1, 12, 3);
  extended.writeUIntLE(height - 1, 15, 3);
  const file = Buffer.concat([webp.subarray(0, 12), extended, webp.subarray(12)]);
  file.writeUInt32LE(file.length - 8, 4);
  return file;
}

/** What makes a PNG move, for readers that know it: a frame behind the picture. */
function animatedPng(png: Buffer): Buffer {
  const control = Buffer.alloc(26);
  control.writeUInt32BE(40, 4);
  control.writeUInt32BE(20, 8);
  const frames = withChunk(png.subarray(0, -12), 'acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]));
  const second = chunk('fdAT', Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from(secret)]));
  return Buffer.concat([frames, chunk('fcTL', control), second, png.subarray(-12)]);
}

/** A script that is a picture as well: what a browser takes it for depends on who asks. */
function scriptGif(gif: Buffer): Buffer {
  const comment = Buffer.from(`\x21\xfe${String.fromCharCode(secret.length)}${secret}\0`, 'latin1');
  return Buffer.concat([gif.subarray(0, -1), comment, Buffer.from(';*/=1;alert(1)//', 'latin1')]);
}

export async function hostileFiles(): Promise<readonly HostileFile[]> {
  const png = await plain().png().toBuffer();
  const jpeg = await plain().jpeg().toBuffer();
  const webp = await plain().webp().toBuffer();
  const gif = await plain().gif().toBuffer();
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 2_654_435_761) >>> 24));
  const noisy = (): Sharp => sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
  const noisyJpeg = await noisy().jpeg().toBuffer();
  const noisyPng = await noisy().png().toBuffer();
  const noisyWebp = await noisy().webp({ lossless: true }).toBuffer();
  const gps = { IFD0: { Copyright: secret }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 28/1 40/1' } };
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf>${secret}</rdf></x:xmpmeta>`;
  const frames = Buffer.concat(
    await Promise.all(
      [0, 120, 240].map((r) =>
        sharp({ create: { width: 30, height: 30, channels: 3, background: { ...colour, r } } })
          .raw()
          .toBuffer(),
      ),
    ),
  );
  const animated = (): Sharp => sharp(frames, { raw: { width: 30, height: 90, channels: 3, pageHeight: 30 } });
  const cmyk = await plain().toColourspace('cmyk').jpeg().toBuffer();
  const deep = await plain().toColourspace('rgb16').png().toBuffer();
  const progressive = await plain(1_600, 1_600).jpeg({ progressive: true }).toBuffer();
  const line = (bytes: number): Buffer => Buffer.alloc(bytes);

  return [
    // bombs: few bytes that say they are many pixels
    { name: 'PNG of 30000 × 30000', bytes: pngOf(30_000, 30_000, line(1e6)), refused: /30000 × 30000.*16384/ },
    { name: 'PNG of 10000 × 10000', bytes: pngOf(10_000, 10_000, line(1e6)), refused: /100000000 pixels.*40000000/ },
    { name: 'PNG of 2³¹−1 pixels a side', bytes: pngOf(2 ** 31 - 1, 2 ** 31 - 1, line(9)), refused: /header|pixels/ },
    { name: 'PNG of no pixels', bytes: pngOf(0, 0, line(1)), refused: /header/ },
    { name: 'interlaced PNG of 10000 × 9000', bytes: pngOf(1e4, 9e3, line(1e6), 8, 2, 1), refused: /90000000 pixels/ },
    { name: '16-bit PNG of 7000 × 7000', bytes: pngOf(7e3, 7e3, line(1e6), 16, 6), refused: /49000000 pixels/ },
    { name: 'PNG as thin as a thread', bytes: pngOf(1, 100_000, line(200_000), 8, 0), refused: /1 × 100000/ },
    { name: 'JPEG of 65500 × 65500', bytes: withSize(jpeg, 65_500, 65_500), refused: /65500 × 65500/ },
    { name: 'JPEG of 9000 × 9000', bytes: withSize(jpeg, 9_000, 9_000), refused: /81000000 pixels/ },
    { name: 'GIF that says 65535 × 65535 over one pixel', bytes: gifOf(65_535, 65_535, 1), size: [1, 1] },
    { name: 'GIF of 3000 frames', bytes: gifOf(1, 1, 3_000), size: [1, 1] },
    { name: 'WebP of 16383 × 16383', bytes: webpOf(16_383, 16_383, webp), refused: /268402689 pixels|header/ },
    { name: 'JPEG of 2000 scans', bytes: withScans(progressive, 2_000), refused: /damaged/ },
    { name: 'PNG with colours that inflate to 200 MB', bytes: withChunk(png, 'iCCP', bombText()), size: [40, 20] },
    { name: 'PNG with a text that inflates to 200 MB', bytes: withChunk(png, 'zTXt', bombText()), size: [40, 20] },
    // not what they say
    { name: 'HTML', bytes: Buffer.from('<script>alert(1)</script>'), refused: /no PNG, JPEG, WebP or GIF/ },
    { name: 'SVG', bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), refused: /no PNG/ },
    { name: 'PDF', bytes: Buffer.from('%PDF-1.7\n1 0 obj'), refused: /no PNG/ },
    { name: 'ZIP', bytes: Buffer.from('PK\x03\x04'), refused: /no PNG/ },
    { name: 'TIFF', bytes: await plain().tiff().toBuffer(), refused: /no PNG/ },
    { name: 'AVIF', bytes: await plain().avif().toBuffer(), refused: /no PNG/ },
    { name: 'ImageMagick script', bytes: Buffer.from('push graphic-context\nviewbox 0 0 1 1'), refused: /no PNG/ },
    { name: 'one byte', bytes: Buffer.from([0x89]), refused: /no PNG/ },
    { name: 'a PNG signature and nothing', bytes: png.subarray(0, 8), refused: /header/ },
    { name: 'a PNG signature before a JPEG', bytes: Buffer.concat([png.subarray(0, 8), jpeg]), refused: /header/ },
    { name: 'a WebP head before HTML', bytes: Buffer.from('RIFF\x24\0\0\0WEBP<script>'), refused: /header/ },
    { name: 'a JPEG head before a PNG', bytes: Buffer.concat([jpeg.subarray(0, 3), png]), refused: /header|damaged/ },
    // damaged
    { name: 'PNG cut in half', bytes: noisyPng.subarray(0, noisyPng.length >> 1), refused: /damaged/ },
    { name: 'JPEG cut in half', bytes: noisyJpeg.subarray(0, noisyJpeg.length >> 1), refused: /damaged/ },
    { name: 'WebP cut in half', bytes: noisyWebp.subarray(0, noisyWebp.length >> 1), refused: /damaged|header/ },
    { name: 'GIF cut in half', bytes: gif.subarray(0, gif.length >> 1), refused: /damaged|header/ },
    { name: 'PNG with flipped bits in its data', bytes: flipped(noisyPng), refused: /damaged/ },
    // with something hidden
    {
      name: 'PNG with a page behind it',
      bytes: Buffer.concat([png, Buffer.from(secret)]),
      hidden: secret,
      size: [40, 20],
    },
    {
      name: 'JPEG with a ZIP behind it',
      bytes: Buffer.concat([jpeg, Buffer.from(`PK\x03\x04${secret}`)]),
      hidden: secret,
      size: [40, 20],
    },
    {
      name: 'PNG with words',
      bytes: withChunk(png, 'tEXt', Buffer.from(`Comment\0${secret}`)),
      hidden: secret,
      size: [40, 20],
    },
    {
      name: 'JPEG with a comment',
      bytes: withSegment(jpeg, 0xfe, Buffer.from(secret)),
      hidden: secret,
      size: [40, 20],
    },
    { name: 'GIF that is a script', bytes: scriptGif(gif), hidden: secret, size: [40, 20] },
    {
      name: 'JPEG with colours of its own',
      bytes: await plain().withIccProfile('p3').jpeg().toBuffer(),
      size: [40, 20],
    },
    {
      name: 'JPEG with 60 kB of broken colours',
      bytes: withSegment(jpeg, 0xe2, Buffer.from(`ICC_PROFILE\0\x01\x01${secret.repeat(2_500)}`, 'latin1')),
      hidden: secret,
      size: [40, 20],
    },
    {
      name: 'JPEG with its place on earth',
      bytes: await plain().withExif(gps).jpeg().toBuffer(),
      hidden: secret,
      size: [40, 20],
    },
    { name: 'WebP with XMP', bytes: await plain().withXmp(xmp).webp().toBuffer(), hidden: secret, size: [40, 20] },
    {
      name: 'JPEG on its side',
      bytes: await plain().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
      size: [20, 40],
    },
    // rare
    { name: 'animated GIF', bytes: await animated().gif().toBuffer(), size: [30, 30] },
    { name: 'animated PNG', bytes: animatedPng(png), hidden: secret, size: [40, 20] },
    { name: 'animated WebP', bytes: await animated().webp().toBuffer(), size: [30, 30] },
    { name: 'CMYK JPEG', bytes: cmyk, size: [40, 20] },
    { name: '16-bit PNG', bytes: deep, size: [40, 20] },
    { name: 'large 16-bit PNG', bytes: pngOf(3_000, 3_000, line(3_000 * 24_001), 16, 6), size: [2_048, 2_048] },
    { name: 'plain WebP', bytes: webp, size: [40, 20] },
    { name: 'wider than is kept', bytes: await plain(4_000, 1_000).png().toBuffer(), size: [2_048, 512] },
  ];
}

/** zTXt: a keyword, the method, and a stream that inflates to 200 MB of nothing. */
function bombText(): Buffer {
  return Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), deflateSync(Buffer.alloc(200e6), { level: 9 })]);
}

function flipped(png: Buffer): Buffer {
  const copy = Buffer.from(png);
  const data = copy.indexOf('IDAT') + 4;
  for (let i = 40; i < 80; i++) copy[data + i]! ^= 0x5a;
  return copy;
}
