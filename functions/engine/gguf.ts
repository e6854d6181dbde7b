// Reads GGUF, llama.cpp's container of weights (github.com/ggml-org/ggml, docs/gguf.md): metadata, and tensors turned
// into float32. Must never guess: an unknown value type or weight format is refused by name.
import { AppError } from '../../core/app-error.ts';
import { halfToFloat } from './half.ts';

export interface GgufTensor {
  readonly name: string;
  /** Row-major, slowest dimension first; GGUF itself lists the fastest first. */
  readonly shape: readonly number[];
  readonly format: GgufFormat;
  /** As stored, a view into the file's bytes. */
  readonly bytes: Uint8Array;
}

export interface Gguf {
  /** Scalars only: arrays, such as the vocabulary, are skipped. */
  readonly metadata: ReadonlyMap<string, string | number | boolean>;
  /** @throws {AppError} MODEL_UNAVAILABLE when the file holds no such tensor */
  readonly tensor: (name: string) => GgufTensor;
}

export type GgufFormat = keyof typeof formats;

/** What a block of each format holds: a run of elements along a row. */
const formats = {
  F32: { code: 0, elements: 1, bytes: 4 },
  /** fp16 scale d and minimum m, then 4-bit q: w = d·q + m. The low halves of the bytes come first. */
  Q4_1: { code: 3, elements: 32, bytes: 20 },
  /** fp16 scale d, then int8 q: w = d·q. */
  Q8_0: { code: 8, elements: 32, bytes: 34 },
} as const;

const version = 3;
const defaultAlignment = 32;

/** @param bytes the whole file @throws {AppError} MODEL_UNAVAILABLE naming what is not as it should be */
export function parseGguf(bytes: Uint8Array): Gguf {
  const reader = createReader(bytes);
  if (reader.ascii(4) !== 'GGUF') throw malformed('it does not begin with the letters GGUF');
  const found = reader.uint32();
  if (found !== version) throw malformed(`it is of version ${found}; this reader knows ${version}`);
  const tensorCount = reader.uint64();
  const metadataCount = reader.uint64();

  const metadata = new Map<string, string | number | boolean>();
  for (let i = 0; i < metadataCount; i++) {
    const key = reader.string();
    const value = reader.value(reader.uint32());
    if (value !== undefined) metadata.set(key, value);
  }

  const infos = Array.from({ length: tensorCount }, () => {
    const name = reader.string();
    const shape = Array.from({ length: reader.uint32() }, () => reader.uint64()).reverse();
    return { name, shape, code: reader.uint32(), offset: reader.uint64() };
  });
  const alignment = Number(metadata.get('general.alignment') ?? defaultAlignment);
  const start = Math.ceil(reader.at() / alignment) * alignment;

  const tensors = new Map<string, GgufTensor>();
  for (const { name, shape, code, offset } of infos) {
    const entry = Object.entries(formats).find(([, candidate]) => candidate.code === code);
    if (!entry) throw malformed(`tensor ${name} has format ${code}; known are ${Object.keys(formats).join(', ')}`);
    const [format, block] = entry as [GgufFormat, (typeof formats)[GgufFormat]];
    const length = (shape.reduce((product, size) => product * size, 1) / block.elements) * block.bytes;
    const end = start + offset + length;
    if (end > bytes.length) throw malformed(`tensor ${name} ends at byte ${end}, but the file has ${bytes.length}`);
    tensors.set(name, { name, shape, format, bytes: bytes.subarray(start + offset, end) });
  }
  return {
    metadata,
    tensor: (name) => {
      const tensor = tensors.get(name);
      if (!tensor) throw malformed(`it holds no tensor ${name}`);
      return tensor;
    },
  };
}

/** All elements in float32, or those of some rows: exact, since every format is a product and a sum of halves. */
export function dequantize({ shape, format, bytes }: GgufTensor, fromRow = 0, toRow = shape[0]!): Float32Array {
  const { elements, bytes: blockBytes } = formats[format];
  const rowElements = shape.slice(1).reduce((product, size) => product * size, 1);
  const out = new Float32Array((toRow - fromRow) * rowElements);
  const begin = (fromRow * rowElements * blockBytes) / elements;
  switch (format) {
    case 'F32':
      new Uint8Array(out.buffer).set(bytes.subarray(begin, begin + out.byteLength));
      return out;
    case 'Q4_1':
      for (let at = begin, to = 0; to < out.length; at += blockBytes, to += elements) {
        const d = halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
        const m = halves[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
        for (let i = 0; i < 16; i++) {
          const pair = bytes[at + 4 + i]!;
          out[to + i] = d * (pair & 15) + m;
          out[to + 16 + i] = d * (pair >> 4) + m;
        }
      }
      return out;
    case 'Q8_0':
      for (let at = begin, to = 0; to < out.length; at += blockBytes, to += elements) {
        const d = halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
        for (let i = 0; i < 32; i++) out[to + i] = d * ((bytes[at + 2 + i]! << 24) >> 24);
      }
      return out;
  }
}

/** float32 of every half, by its bits. */
const halves = halfToFloat(Uint16Array.from({ length: 65_536 }, (_, bits) => bits));

const malformed = (what: string): AppError =>
  new AppError('MODEL_UNAVAILABLE', `the GGUF file cannot be used: ${what}`);

interface Reader {
  readonly at: () => number;
  readonly ascii: (length: number) => string;
  readonly uint32: () => number;
  readonly uint64: () => number;
  readonly string: () => string;
  /** A metadata value; undefined for an array, which is read over. */
  readonly value: (type: number) => string | number | boolean | undefined;
}

/** Value types of GGUF metadata. */
const stringType = 8;
const arrayType = 9;
const scalars: Partial<Record<number, { bytes: number; read: (view: DataView, at: number) => number | boolean }>> = {
  0: { bytes: 1, read: (view, at) => view.getUint8(at) },
  1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  2: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  3: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  4: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  5: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  6: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  7: { bytes: 1, read: (view, at) => view.getUint8(at) !== 0 },
  10: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  11: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  12: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

function createReader(bytes: Uint8Array): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  let position = 0;
  const take = (length: number): number => {
    const at = position;
    position += length;
    if (position > bytes.length) throw malformed(`it ends at byte ${bytes.length}, inside its header`);
    return at;
  };
  const uint32 = (): number => view.getUint32(take(4), true);
  const uint64 = (): number => Number(view.getBigUint64(take(8), true));
  const span = (length: number): Uint8Array => bytes.subarray(take(length), position);
  const string = (): string => decoder.decode(span(uint64()));
  const value = (type: number): string | number | boolean | undefined => {
    if (type === stringType) return string();
    if (type === arrayType) {
      const element = uint32();
      const length = uint64();
      for (let i = 0; i < length; i++) {
        if (element === stringType) take(uint64());
        else value(element);
      }
      return undefined;
    }
    const scalar = scalars[type];
    if (!scalar) throw malformed(`a metadata value has the unknown type ${type}`);
    return scalar.read(view, take(scalar.bytes));
  };
  return { at: () => position, ascii: (length) => decoder.decode(span(length)), uint32, uint64, string, value };
}
