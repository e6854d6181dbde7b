// Resizing: bilinear on numbers, as PyTorch's interpolate(mode="bilinear") does it with antialiasing or without, and
// bicubic on bytes, as Pillow does it. Must never mix the two: metrics were published with one or the other.
import type { Picture } from './picture.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Weight by distance from an output's centre, and where it ends. */
interface Filter {
  readonly support: number;
  /** With the outputs, where the picture shrinks. */
  readonly widens: boolean;
  readonly weight: (x: number) => number;
}

const triangle: Filter = { support: 1, widens: true, weight: (x) => Math.max(0, 1 - Math.abs(x)) };

/** Keys 1981 with a = −½. */
const cubic: Filter = {
  support: 2,
  widens: true,
  weight: (x) => {
    const d = Math.abs(x);
    if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
    return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
  },
};

/** Bilinear. @param planes (3, height, width), flattened @returns (3, toHeight, toWidth), flattened */
export function resizePlanes(planes: Float32Array, from: Size, to: Size, { antialias = true } = {}): Float32Array {
  if (from.width === to.width && from.height === to.height) return planes;
  const filter = { ...triangle, widens: antialias };
  const wide = resample(planes, 3 * from.height, from.width, 1, to.width, filter); // (3, H, W')
  return Float32Array.from(resample(wide, 3, from.height, to.width, to.height, filter)); // (3, H', W')
}

/** Bicubic, rounded to bytes after each direction. */
export function resizePicture(picture: Picture, to: Size): Picture {
  const { width, height, rgb } = picture;
  if (width === to.width && height === to.height) return picture;
  const bytes = (values: Float64Array): Uint8ClampedArray => Uint8ClampedArray.from(values, (x) => Math.floor(x + 0.5));
  const wide = bytes(resample(rgb, height, width, 3, to.width, cubic)); // (H, W', 3)
  const out = bytes(resample(wide, 1, height, to.width * 3, to.height, cubic)); // (H', W', 3)
  return { ...to, rgb: new Uint8Array(out.buffer) };
}

/** Resizes the middle axis of (outer, size, inner). */
function resample(
  values: ArrayLike<number>,
  outer: number,
  size: number,
  inner: number,
  toSize: number,
  filter: Filter,
): Float64Array {
  const out = new Float64Array(outer * toSize * inner); // (outer, toSize, inner)
  const windows = windowsOf(size, toSize, filter);
  for (let o = 0; o < outer; o++) {
    for (const [to, { from, weights }] of windows.entries()) {
      const target = (o * toSize + to) * inner;
      for (const [k, weight] of weights.entries()) {
        const source = (o * size + from + k) * inner;
        for (let i = 0; i < inner; i++) out[target + i]! += weight * values[source + i]!;
      }
    }
  }
  return out;
}

/** Weights of the inputs that make one output. */
interface Window {
  readonly from: number;
  readonly weights: Float64Array;
}

/** The filter over each output's centre. */
function windowsOf(size: number, toSize: number, { support, widens, weight }: Filter): readonly Window[] {
  const scale = size / toSize;
  const stretch = widens ? Math.max(scale, 1) : 1;
  return Array.from({ length: toSize }, (_, i) => {
    const centre = scale * (i + 0.5);
    const from = Math.max(0, Math.floor(centre - support * stretch + 0.5));
    const to = Math.min(size, Math.floor(centre + support * stretch + 0.5));
    const weights = Float64Array.from({ length: to - from }, (_, k) => weight((from + k - centre + 0.5) / stretch));
    const total = weights.reduce((sum, w) => sum + w, 0);
    return { from, weights: weights.map((w) => w / total) };
  });
}
