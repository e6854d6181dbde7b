// Bilinear resizing with antialiasing, as PyTorch's interpolate(mode="bilinear", antialias=True) and Pillow do it. Must
// never round: metrics look at the numbers between the pixels.

/** Weights of the inputs that make one output. */
interface Window {
  readonly from: number;
  readonly weights: Float64Array;
}

/** @param planes (3, height, width), flattened @returns (3, toHeight, toWidth), flattened */
export function resizePlanes(
  planes: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
  { width: toWidth, height: toHeight }: { readonly width: number; readonly height: number },
): Float32Array {
  if (width === toWidth && height === toHeight) return planes;
  const columns = windowsOf(width, toWidth);
  const wide = new Float64Array(3 * height * toWidth); // (3, H, W')
  for (let row = 0; row < 3 * height; row++) {
    for (const [x, { from, weights }] of columns.entries()) {
      let sum = 0;
      for (const [k, weight] of weights.entries()) sum += weight * planes[row * width + from + k]!;
      wide[row * toWidth + x] = sum;
    }
  }
  const out = new Float32Array(3 * toHeight * toWidth); // (3, H', W')
  for (let colour = 0; colour < 3; colour++) {
    for (const [y, { from, weights }] of windowsOf(height, toHeight).entries()) {
      for (let x = 0; x < toWidth; x++) {
        let sum = 0;
        for (const [k, weight] of weights.entries()) sum += weight * wide[(colour * height + from + k) * toWidth + x]!;
        out[(colour * toHeight + y) * toWidth + x] = sum;
      }
    }
  }
  return out;
}

/** A triangle over each output's centre, as wide as an output is when the picture shrinks. */
function windowsOf(size: number, toSize: number): readonly Window[] {
  const scale = size / toSize;
  const support = Math.max(scale, 1);
  return Array.from({ length: toSize }, (_, i) => {
    const centre = scale * (i + 0.5);
    const from = Math.max(0, Math.floor(centre - support + 0.5));
    const to = Math.min(size, Math.floor(centre + support + 0.5));
    const weights = Float64Array.from({ length: to - from }, (_, k) =>
      Math.max(0, 1 - Math.abs((from + k - centre + 0.5) / support)),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { from, weights: weights.map((weight) => weight / total) };
  });
}
