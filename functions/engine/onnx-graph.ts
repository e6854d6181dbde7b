// Writes ONNX models as protobuf bytes (onnx.proto3), so that graphs are built where they are used and no Python is
// needed. Must never check what a kernel accepts: ONNX Runtime does, and names the node.

export type ElementType = 'float32' | 'float16' | 'uint8' | 'int8' | 'int32' | 'int64';

/** TensorProto.DataType. */
export const elementCode: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
};

/** A node's attribute: ONNX tells integers and floats apart, JavaScript does not, so the kind is said. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] };

export type Attributes = Readonly<Record<string, Attribute>>;

export interface OpOptions {
  /** `com.microsoft` for ONNX Runtime's own operators; default the standard set. */
  readonly domain?: string;
  /** How many outputs the node has, or their names; an empty name leaves an optional one out. Default 1. */
  readonly outputs?: number | readonly string[];
  /** Default: its type and its number. */
  readonly name?: string;
}

/** Names stand for tensors throughout; an empty input name leaves an optional input out. */
export interface GraphBuilder {
  /** Adds a node and returns the names of its outputs. */
  readonly op: (
    type: string,
    inputs: readonly string[],
    attributes?: Attributes,
    options?: OpOptions,
  ) => readonly string[];
  /** Adds a node with one output and returns its name. */
  readonly one: (type: string, inputs: readonly string[], attributes?: Attributes, domain?: string) => string;
  /** Adds a constant. `data` is read when `toModel` runs: it must not change before. Float16 travels as Uint16Array. */
  readonly initializer: (
    name: string,
    type: ElementType,
    dims: readonly number[],
    data: NodeJS.ArrayBufferView,
  ) => string;
  /** Declares an input of the graph; a string is a dimension known only when the graph runs. */
  readonly input: (name: string, type: ElementType, dims: readonly (number | string)[]) => string;
  /** Declares an output of the graph: a tensor that some node makes under this very name. */
  readonly output: (name: string, type: ElementType, dims: readonly (number | string)[]) => string;
  /** The whole model, weights included; one copy of them. A model of 2 GB or more cannot be written so. */
  readonly toModel: () => Uint8Array;
  /** The model without its larger constants, which it expects in the file `location` beside it. */
  readonly toModelBeside: (location: string) => Uint8Array;
  /** That file's bytes, in pieces: ONNX Runtime maps it instead of reading it. */
  readonly weights: () => readonly Uint8Array[];
}

/** Constants below this many bytes stay in the model, where ONNX Runtime looks at the values of shapes and axes. */
const smallestOutside = 4096;
/** Where a constant begins in the file, so that it can be mapped and used as it lies. */
const pageBytes = 4096;

// Versions that ONNX Runtime 1.30 knows.
const irVersion = 10;
const opset = 21;
const microsoftOpset = 1;

export function createGraph(): GraphBuilder {
  const nodes: Chunk[] = [];
  const initializers: Initializer[] = [];
  const inputs: Chunk[] = [];
  const outputs: Chunk[] = [];
  let count = 0;
  let outsideBytes = 0;

  const op: GraphBuilder['op'] = (type, from, attributes = {}, { domain = '', outputs: wanted = 1, name } = {}) => {
    const id = name ?? `${type}_${count++}`;
    const to = typeof wanted === 'number' ? Array.from({ length: wanted }, (_, i) => `${id}.${i}`) : wanted;
    nodes.push([
      ...from.flatMap((name) => text(1, name)),
      ...to.flatMap((name) => text(2, name)),
      ...text(3, id),
      ...text(4, type),
      ...Object.entries(attributes).flatMap(([name, value]) => message(5, attribute(name, value))),
      ...(domain ? text(7, domain) : []),
    ]);
    return to;
  };

  return {
    op,
    one: (type, from, attributes, domain = '') => op(type, from, attributes, { domain })[0]!,
    initializer: (name, type, dims, data) => {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const head = [...dims.flatMap((d) => integer(1, d)), ...integer(2, elementCode[type]), ...text(8, name)];
      const outside = bytes.length >= smallestOutside;
      initializers.push({ head, bytes, offset: outside ? outsideBytes : undefined });
      if (outside) outsideBytes += pages(bytes.length);
      return name;
    },
    input: (name, type, dims) => {
      inputs.push(valueInfo(name, type, dims));
      return name;
    },
    output: (name, type, dims) => {
      outputs.push(valueInfo(name, type, dims));
      return name;
    },
    toModel: () => model(({ head, bytes }) => [...head, ...message(9, [bytes])]),
    toModelBeside: (location) => model((initializer) => beside(initializer, location)),
    weights: () =>
      initializers.flatMap(({ bytes, offset }) =>
        offset === undefined ? [] : [bytes, new Uint8Array(pages(bytes.length) - bytes.length)],
      ),
  };

  function model(toTensor: (initializer: Initializer) => Chunk): Uint8Array {
    return join([
      ...integer(1, irVersion),
      ...message(7, [
        ...nodes.flatMap((node) => message(1, node)),
        ...text(2, 'graph'),
        ...initializers.flatMap((initializer) => message(5, toTensor(initializer))),
        ...inputs.flatMap((info) => message(11, info)),
        ...outputs.flatMap((info) => message(12, info)),
      ]),
      ...message(8, [...text(1, ''), ...integer(2, opset)]),
      ...message(8, [...text(1, 'com.microsoft'), ...integer(2, microsoftOpset)]),
    ]);
  }
}

interface Initializer {
  /** Of its TensorProto: dims, type and name. */
  readonly head: Chunk;
  readonly bytes: Uint8Array;
  /** In the file of weights; absent: it stays in the model. */
  readonly offset: number | undefined;
}

const pages = (bytes: number): number => Math.ceil(bytes / pageBytes) * pageBytes;

/** TensorProto with `external_data` (field 13) and `data_location` EXTERNAL (field 14), or with its bytes where it is small. */
function beside({ head, bytes, offset }: Initializer, location: string): Chunk {
  if (offset === undefined) return [...head, ...message(9, [bytes])];
  const entries = Object.entries({ location, offset: String(offset), length: String(bytes.length) });
  const external = entries.flatMap(([key, value]) => message(13, [...text(1, key), ...text(2, value)]));
  return [...head, ...external, ...integer(14, 1)];
}

/** Scalar or vector of integers as an initializer, as Reshape, Slice and the like take them. */
export function shapeInitializer(graph: GraphBuilder, name: string, values: readonly number[]): string {
  return graph.initializer(
    name,
    'int64',
    [values.length],
    BigInt64Array.from(values, (value) => BigInt(value)),
  );
}

function attribute(name: string, value: Attribute): Chunk {
  // AttributeProto: value field, then `type` (field 20) that says which one it is
  if ('int' in value) return [...text(1, name), ...integer(3, value.int), ...integer(20, 2)];
  if ('float' in value) return [...text(1, name), ...float(2, value.float), ...integer(20, 1)];
  if ('string' in value) return [...text(1, name), ...text(4, value.string), ...integer(20, 3)];
  return [...text(1, name), ...value.ints.flatMap((i) => integer(8, i)), ...integer(20, 7)];
}

function valueInfo(name: string, type: ElementType, dims: readonly (number | string)[]): Chunk {
  const shape = dims.flatMap((d) => message(1, typeof d === 'number' ? integer(1, d) : text(2, d)));
  const tensorType = [...integer(1, elementCode[type]), ...message(2, shape)];
  return [...text(1, name), ...message(2, message(1, tensorType))];
}

// ---------------------------------------------------------------- protobuf

/** Bytes in pieces, so that weights are copied only once, when the model is joined. */
type Chunk = Uint8Array[];

const varintWire = 0;
const bytesWire = 2;
const fixed32Wire = 5;
const encoder = new TextEncoder();

const tag = (field: number, wire: number): Uint8Array => varint((field << 3) | wire);
const integer = (field: number, value: number): Chunk => [tag(field, varintWire), varint(value)];
const text = (field: number, value: string): Chunk => message(field, [encoder.encode(value)]);

function message(field: number, parts: Chunk): Chunk {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [tag(field, bytesWire), varint(length), ...parts];
}

function float(field: number, value: number): Chunk {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [tag(field, fixed32Wire), bytes];
}

/** Base-128 integer, low bits first; a negative one takes its 64-bit two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function join(parts: Chunk): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
