// Rounds weights to int8 blocks as ONNX Runtime's MatMulNBits takes them. Must never choose a precision by its name:
// test/drill/measure-language.ts measures what the rounding costs against float32.

export interface QuantizedMatrix {
  /** Rows and columns of the weight: y = x · Wᵀ with x of K columns gives N. */
  readonly rows: number;
  readonly columns: number;
  /** w = scale · (q − 128); shape (rows, columns / block, block). */
  readonly q: Uint8Array;
  /** Shape (rows · columns / block). */
  readonly scales: Float32Array;
}

/** Columns that share a scale. Divides every width of the model; 32 is slower, 128 does not divide 576. */
export const blockSize = 64;
/** What MatMulNBits subtracts when it is given no zero points. */
const zeroPoint = 128;

/** Symmetric rounding to the nearest of 255 steps. @param weights (rows, columns), columns a multiple of `blockSize` */
export function quantizeToInt8(weights: Float32Array, rows: number, columns: number): QuantizedMatrix {
  const q = new Uint8Array(rows * columns);
  const scales = new Float32Array((rows * columns) / blockSize);
  for (let block = 0; block < scales.length; block++) {
    const from = block * blockSize;
    const to = from + blockSize;
    let largest = 0;
    for (let i = from; i < to; i++) {
      const magnitude = Math.abs(weights[i]!);
      if (magnitude > largest) largest = magnitude;
    }
    const scale = Math.fround(largest / 127);
    scales[block] = scale;
    const inverse = scale > 0 ? 1 / scale : 0;
    for (let i = from; i < to; i++) q[i] = Math.round(weights[i]! * inverse) + zeroPoint;
  }
  return { rows, columns, q, scales };
}
