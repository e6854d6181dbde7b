// A collector of a test's own: takes spans as OTLP in protobuf on a free port of loopback and keeps them. Reads of the
// format what tests ask for.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty on a root. */
  readonly parentId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  readonly failed: boolean;
  /** Of the process that it is from. */
  readonly resource: Attributes;
}

type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface OtlpReceiver extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Everything as it came, for tests that look for what must not be there. */
  readonly bodies: readonly Buffer[];
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const sent = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      assert.equal(request.url, '/v1/traces');
      assert.equal(request.headers['content-type'], 'application/x-protobuf');
      bodies.push(body);
      spans.push(...readRequest(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Indented names, children by their start: what a trace looks like on one page. */
export function treeOf(spans: readonly ReceivedSpan[], parentId = ''): string[] {
  return spans
    .filter((span) => span.parentId === parentId)
    .sort((a, b) => Number(a.startNs - b.startNs))
    .flatMap((span) => [
      `${String(span.resource['service.name'])}: ${span.name}`,
      ...treeOf(spans, span.spanId).map((line) => `  ${line}`),
    ]);
}

function readRequest(body: Buffer): ReceivedSpan[] {
  return all(body, 1).flatMap((ofResource) => {
    const resource = attributesOf(all(all(ofResource, 1)[0]!, 1));
    return all(ofResource, 2).flatMap((ofScope) => all(ofScope, 2).map((span) => readSpan(span, resource)));
  });
}

function readSpan(span: Buffer, resource: Attributes): ReceivedSpan {
  const hex = (field: number): string => all(span, field)[0]?.toString('hex') ?? '';
  const [status] = all(span, 15);
  return {
    traceId: hex(1),
    spanId: hex(2),
    parentId: hex(4),
    name: text(span, 5),
    kind: Number(numbers(span, 6)[0] ?? 0n),
    startNs: numbers(span, 7)[0]!,
    endNs: numbers(span, 8)[0]!,
    attributes: attributesOf(all(span, 9)),
    events: all(span, 11).map((event) => ({ name: text(event, 2), attributes: attributesOf(all(event, 3)) })),
    failed: status !== undefined && numbers(status, 3)[0] === 2n,
    resource,
  };
}

function attributesOf(pairs: readonly Buffer[]): Attributes {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [value] = all(pair, 2);
      assert.ok(value);
      const read = [...fieldsOf(value)][0];
      assert.ok(read, 'an attribute without a value');
      const [field, content] = read;
      if (typeof content !== 'bigint') return [text(pair, 1), content.toString('utf8')];
      if (field === 2) return [text(pair, 1), content === 1n];
      return [text(pair, 1), field === 4 ? doubleOf(content) : Number(BigInt.asIntN(64, content))];
    }),
  );
}

const text = (message: Buffer, field: number): string => all(message, field)[0]?.toString('utf8') ?? '';

const all = (message: Buffer, wanted: number): Buffer[] =>
  [...fieldsOf(message)].flatMap(([field, value]) => (field === wanted && typeof value !== 'bigint' ? [value] : []));

const numbers = (message: Buffer, wanted: number): bigint[] =>
  [...fieldsOf(message)].flatMap(([field, value]) => (field === wanted && typeof value === 'bigint' ? [value] : []));

/** Protobuf: pairs of a field's number and its bytes, or the number that it holds. */
function* fieldsOf(message: Buffer): Generator<[number, Buffer | bigint]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    if (wire === 0) yield [tag >> 3, varint()];
    else if (wire === 1) {
      yield [tag >> 3, message.readBigUInt64LE(at)];
      at += 8;
    } else if (wire === 2) {
      const length = Number(varint());
      yield [tag >> 3, message.subarray(at, at + length)];
      at += length;
    } else if (wire === 5) {
      yield [tag >> 3, BigInt(message.readUInt32LE(at))];
      at += 4;
    } else throw new Error(`wire type ${wire}`);
  }
}

function doubleOf(bits: bigint): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, bits));
  return bytes.readDoubleLE();
}
