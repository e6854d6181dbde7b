// IEEE 754 half precision ↔ float32, and tensors as they travel (core/function-contract.ts). Must never round twice or
// change a NaN into a number: what goes out and comes back is the same bits.
import { AppError } from '../../core/app-error.ts';
import type { WireTensor } from '../../core/function-contract.ts';

// Places of the parts. A half is 1 sign, 5 exponent (bias 15), 10 mantissa bits; a float32 is 1, 8 (bias 127), 23.
const mantissaShift = 13;
const halfMagnitude = 0x7fff;
const halfInfinity = 0x7c00;
const floatInfinity = 0x7f80_0000;
/** The difference of the biases, as a factor: applied by multiplication it also turns half subnormals into floats. */
const rebias = 2 ** 112;
/** 2^16, the first magnitude whose exponent no half has; 2^-14, the smallest normal half: as bits of a float32. */
const tooLarge = 0x4780_0000;
const smallestNormal = 0x3880_0000;

/** Exact for every half, infinities and NaN payloads included. */
export function halfToFloat(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  const floats = new Float32Array(bits.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const magnitude = half & halfMagnitude;
    const sign = (half & 0x8000) << 16;
    if (magnitude >= halfInfinity) {
      bits[i] = sign | floatInfinity | ((magnitude & 0x3ff) << mantissaShift);
    } else {
      bits[i] = sign | (magnitude << mantissaShift);
      floats[i]! *= rebias;
    }
  }
  return floats;
}

/** Rounds to nearest, ties to even; magnitudes of 65,520 and more become infinite. */
export function floatToHalf(floats: Float32Array): Uint16Array {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(floats.length);
  const scratch = new Float32Array(1);
  const scratchBits = new Uint32Array(scratch.buffer);
  for (let i = 0; i < floats.length; i++) {
    const sign = (bits[i]! >>> 16) & 0x8000;
    const magnitude = bits[i]! & 0x7fff_ffff;
    let half: number;
    if (magnitude > floatInfinity) {
      // NaN: keep the payload's upper bits, and at least one, or it would turn into an infinity
      half = halfInfinity | Math.max(1, (magnitude >> mantissaShift) & 0x3ff);
    } else if (magnitude >= tooLarge) {
      half = halfInfinity;
    } else if (magnitude < smallestNormal) {
      // beside 0.5 a float32 steps by 2^-24, as subnormal halves do: the addition itself rounds
      scratch[0] = Math.abs(floats[i]!) + 0.5;
      half = scratchBits[0]! - 0x3f00_0000;
    } else {
      const odd = (magnitude >> mantissaShift) & 1;
      half = (magnitude - ((127 - 15) << 23) + 0xfff + odd) >> mantissaShift;
    }
    halves[i] = sign | half;
  }
  return halves;
}

/** @param halves row-major, as many as `shape` says */
export function toWire(shape: readonly number[], halves: Uint16Array): WireTensor {
  return { shape, fp16: halfBytes(halves).toString('base64') };
}

/** The bytes that `fp16` encodes, little-endian, for digests. Shares the memory of `halves`. */
export function halfBytes(halves: Uint16Array): Buffer {
  return Buffer.from(halves.buffer, halves.byteOffset, halves.byteLength);
}

/** @throws {AppError} INVALID when the bytes are not as many as the shape takes */
export function fromWire({ shape, fp16 }: WireTensor): Uint16Array {
  const bytes = Buffer.from(fp16, 'base64');
  const expected = 2 * shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== expected) {
    throw new AppError(
      'INVALID',
      `a tensor of shape (${shape.join(', ')}) takes ${expected} bytes of fp16, but ${bytes.length} came`,
    );
  }
  return new Uint16Array(Uint8Array.from(bytes).buffer); // a copy, since a Buffer may begin at an odd address
}
