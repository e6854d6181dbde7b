// Random numbers that are a function of (seed, index) alone, the same on every machine: Philox4x32-10 (Salmon, Moraes,
// Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"). Must never hold state.

/** Four 32-bit words. */
type Words = readonly [number, number, number, number];

const rounds = 10;
const multiplier0 = 0xd251_1f53;
const multiplier1 = 0xcd9e_8d57;
/** Added to the key each round: the golden ratio and √3 − 1, as 32-bit fractions. */
const weyl0 = 0x9e37_79b9;
const weyl1 = 0xbb67_ae85;
const twoTo32 = 2 ** 32;

/** The block cipher behind all draws: (counter, key) → four independent uniform words. */
export function philox([c0, c1, c2, c3]: Words, [k0, k1]: readonly [number, number]): Words {
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const low0 = Math.imul(multiplier0, c0) >>> 0;
    const high1 = multiplyHigh(multiplier1, c2);
    const low1 = Math.imul(multiplier1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/**
 * Standard normal numbers by Box–Muller in float64: element i comes from block ⌊i / 4⌋ only, so a longer draw begins
 * with the shorter one.
 * @param seed unsigned 64-bit
 */
export function gaussianNoise(seed: bigint, length: number): Float32Array {
  const key = [Number(BigInt.asUintN(32, seed)), Number(BigInt.asUintN(32, seed >> 32n))] as const;
  const noise = new Float32Array(length);
  for (let i = 0; i < length; i += 4) {
    const block = i / 4;
    const words = philox([block >>> 0, Math.floor(block / twoTo32), 0, 0], key);
    for (const [pair, first, second] of [
      [0, words[0], words[1]],
      [2, words[2], words[3]],
    ] as const) {
      const radius = Math.sqrt(-2 * Math.log((first + 1) / twoTo32)); // (0, 1], so the logarithm is finite
      const angle = (2 * Math.PI * second) / twoTo32;
      // writes beyond the end of a typed array are ignored
      noise[i + pair] = radius * Math.cos(angle);
      noise[i + pair + 1] = radius * Math.sin(angle);
    }
  }
  return noise;
}

/** Upper 32 bits of a 64-bit product, from 16-bit halves so that float64 stays exact. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16); // < 2^32
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x1_0000) + Math.floor(carry / 0x1_0000)) >>> 0;
}
