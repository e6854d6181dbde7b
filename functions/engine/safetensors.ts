// Reads safetensors files: eight bytes of header length, a JSON header, then raw little-endian tensors
// (github.com/huggingface/safetensors). Must never trust an offset: a cut or forged file is named, not read past its end.
import { readFile } from 'node:fs/promises';
import { AppError, coerceError } from '../../core/app-error.ts';

/** A tensor of the file, row-major; float16 as its bits. The arrays share the file's memory. */
export type StoredTensor =
  | { readonly type: 'float16'; readonly shape: readonly number[]; readonly data: Uint16Array }
  | { readonly type: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int8'; readonly shape: readonly number[]; readonly data: Int8Array }
  | { readonly type: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array };

export type Safetensors = ReadonlyMap<string, StoredTensor>;

const lengthBytes = 8;
const bytesOf: Readonly<Record<string, number>> = { I8: 1, F16: 2, F32: 4, I64: 8 };

/** @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it */
export async function readSafetensors(path: string): Promise<Safetensors> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (thrown) {
    throw new AppError('MODEL_UNAVAILABLE', `${path} cannot be read`, coerceError(thrown));
  }
  return parseSafetensors(bytes, path);
}

/**
 * @param name what the errors call it
 * @throws {AppError} MODEL_UNAVAILABLE naming what is wrong
 */
export function parseSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const refuse = (what: string, cause?: unknown): AppError =>
    new AppError('MODEL_UNAVAILABLE', `${name} is no safetensors file we can read: ${what}`, cause);

  if (bytes.length < lengthBytes) throw refuse(`it has ${bytes.length} bytes, fewer than its header length takes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  const dataStart = lengthBytes + headerLength;
  if (dataStart > bytes.length)
    throw refuse(`its header should take ${headerLength} bytes, but the file has ${bytes.length}`);

  let header: unknown;
  let twice: string | undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(lengthBytes, dataStart));
    header = JSON.parse(text);
    twice = repeatedKey(text);
  } catch (thrown) {
    throw refuse('its header is not JSON', thrown);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw refuse('its header is not an object');

  if (twice !== undefined) throw refuse(`its header names "${twice}" twice`);

  const tensors = new Map<string, StoredTensor>();
  const places: { readonly key: string; readonly start: number; readonly end: number }[] = [];
  for (const [key, value] of Object.entries(header)) {
    if (key === '__metadata__') continue;
    const entry = parseEntry(value);
    if (!entry) throw refuse(`the header entry of "${key}" is malformed`);
    const { dtype, shape, start, end } = entry;
    const size = bytesOf[dtype];
    if (size === undefined) throw refuse(`"${key}" is of type ${dtype}, not one of ${Object.keys(bytesOf).join(', ')}`);
    const expected = shape.reduce((product, dim) => product * dim, size);
    if (end - start !== expected)
      throw refuse(`"${key}" of shape (${shape.join(', ')}) takes ${expected} bytes, not ${end - start}`);
    if (dataStart + end > bytes.length)
      throw refuse(`"${key}" ends at byte ${dataStart + end}, but the file has ${bytes.length}`);
    places.push({ key, start, end });
    tensors.set(key, toTensor(bytes, dataStart + start, dataStart + end, dtype, shape));
  }
  // the format promises data without holes or overlaps: a file that has them was not written by its rules
  let at = 0;
  for (const { key, start, end } of places.sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) throw refuse(`"${key}" begins at byte ${start} of the data, inside another tensor`);
    if (start > at) throw refuse(`the bytes ${at} to ${start} of the data, before "${key}", belong to no tensor`);
    at = end;
  }
  if (dataStart + at !== bytes.length)
    throw refuse(`the last ${bytes.length - dataStart - at} bytes belong to no tensor`);
  return tensors;
}

/** What `JSON.parse` does not tell. @param json an object that has been parsed */
function repeatedKey(json: string): string | undefined {
  const keys = new Set<string>();
  let depth = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1) {
      const key = JSON.parse(token) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes after the header. */
  readonly start: number;
  readonly end: number;
}

function parseEntry(value: unknown): Entry | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('dtype' in value && 'shape' in value && 'data_offsets' in value)) return undefined;
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) return undefined;
  const [start, end] = offsets as [number, number];
  return { dtype, shape, start, end };
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

function toTensor(
  bytes: Uint8Array,
  start: number,
  end: number,
  dtype: string,
  shape: readonly number[],
): StoredTensor {
  const size = bytesOf[dtype]!;
  // a typed array must begin at a multiple of its element size; the format does not promise that
  const aligned = (bytes.byteOffset + start) % size === 0;
  const raw = aligned ? bytes.subarray(start, end) : Uint8Array.from(bytes.subarray(start, end));
  const length = raw.byteLength / size;
  if (dtype === 'F16') return { type: 'float16', shape, data: new Uint16Array(raw.buffer, raw.byteOffset, length) };
  if (dtype === 'I8') return { type: 'int8', shape, data: new Int8Array(raw.buffer, raw.byteOffset, length) };
  if (dtype === 'F32') return { type: 'float32', shape, data: new Float32Array(raw.buffer, raw.byteOffset, length) };
  return { type: 'int64', shape, data: new BigInt64Array(raw.buffer, raw.byteOffset, length) };
}
