// The numbers that test/golden/record-evaluation.py computes with: weights, pictures and features by one formula, so that
// golden files hold results alone.
import { writeFile } from 'node:fs/promises';
import type { Picture } from '../../evaluation/pictures/picture.ts';
import { floatToHalf } from '../../functions/engine/half.ts';
import { createTensor, openSession } from '../../functions/engine/onnx-runtime.ts';
import type { Safetensors, StoredTensor } from '../../functions/engine/safetensors.ts';

/** In −1…1: element i is a hash of (seed, i), the finalizer of MurmurHash3. */
export function uniform(seed: number, length: number): Float32Array {
  const start = Math.imul(seed, 0x9e37_79b9);
  return Float32Array.from({ length }, (_, i) => {
    let x = (start + i) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b) >>> 0;
    x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35) >>> 0;
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

/** Weights of these names and shapes; the seed of each is its place, from 1. */
export function formulaWeights(shapes: readonly (readonly [string, readonly number[]])[]): Safetensors {
  return new Map(
    shapes.map(([name, shape], i): [string, StoredTensor] => {
      const data = uniform(i + 1, count(shape));
      const scale = Math.fround(Math.sqrt(6 / count(shape.slice(1))));
      const of = (x: number): number => {
        if (name.endsWith('running_var')) return 1 + x / 2;
        if (shape.length > 1) return x * scale;
        return name.endsWith('weight') ? 1 + x / 4 : x / 10;
      };
      return [name, { type: 'float32', shape, data: data.map(of) }];
    }),
  );
}

/** The same in half precision, as training exports weights. */
export const inHalf = (weights: Safetensors): Safetensors =>
  new Map(
    weights
      .entries()
      .map(([name, { shape, data }]): [string, StoredTensor] => [
        name,
        { type: 'float16', shape, data: floatToHalf(data as Float32Array) },
      ]),
  );

/** Runs a graph with float32 inputs once. */
export async function runGraph(
  model: Uint8Array,
  inputs: Readonly<Record<string, readonly [readonly number[], Float32Array]>>,
  output: string,
  outputShape: readonly number[],
): Promise<Float32Array> {
  await using session = await openSession(model);
  using stack = new DisposableStack();
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, [shape, data]]) => [name, stack.use(createTensor('float32', shape, data))]),
  );
  using result = createTensor('float32', outputShape);
  await session.run(tensors, { [output]: result });
  return result.data;
}

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** A file of float32 weights, for code that wants a path. */
export async function writeFormulaFile(
  file: string,
  shapes: readonly (readonly [string, readonly number[]])[],
): Promise<void> {
  await writeFile(file, safetensorsFile(formulaWeights(shapes)));
}

/** The bytes of a safetensors file. */
export function safetensorsFile(weights: Safetensors): Buffer {
  const header: Record<string, object> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, { type, shape, data }] of weights) {
    header[name] = {
      dtype: { int8: 'I8', float16: 'F16', float32: 'F32', int64: 'I64' }[type],
      shape,
      data_offsets: [at, at + data.byteLength],
    };
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    at += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...parts]);
}

/** A smooth picture of its own colours and shapes: what differs by seed can be told apart. */
export function formulaPicture(seed: number, side: number): Picture {
  const n = uniform(seed, 24);
  const rgb = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const [colour, x, y] = [i % 3, (Math.floor(i / 3) % side) / side, Math.floor(i / 3 / side) / side];
    const wave = Math.sin(6 * (n[colour]! * x + n[colour + 3]! * y) + 3 * n[colour + 6]!);
    const disc = (x - 0.5 - n[9]! / 3) ** 2 + (y - 0.5 - n[10]! / 3) ** 2 < 0.05 ? n[colour + 12]! : 0;
    return 127 + 70 * wave + 57 * disc;
  });
  return { width: side, height: side, rgb };
}

/** Adds noise of ± `amount` to every byte. */
export function roughen({ width, height, rgb }: Picture, seed: number, amount: number): Picture {
  const noise = uniform(seed, rgb.length);
  return {
    width,
    height,
    rgb: new Uint8Array(Uint8ClampedArray.from(rgb, (byte, i) => byte + amount * noise[i]!).buffer),
  };
}
