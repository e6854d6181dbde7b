// Thread entry: reads the GGUF file and finds or makes the decoder's graph in the cache folder, so that seconds of
// arithmetic never touch the event loop that serves. Must never leave a torn graph where a later start could load it.
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { AppError, coerceError } from '../../core/app-error.ts';
import { parseGguf, type GgufTensor } from '../engine/gguf.ts';
import { blockSize } from '../engine/quantize.ts';
import {
  buildDecoderGraph,
  graphVersion,
  readDecoderShape,
  type DecoderShape,
  type Precision,
} from './decoder-graph.ts';

export interface PrepareRequest {
  readonly weightsFile: string;
  /** In hex, from model.json: a file that differs is refused. */
  readonly weightsSha256: string;
  readonly cacheFolder: string;
  /** Default: int8, as it is served. */
  readonly precision?: Precision | undefined;
}

/** A finished graph: in the cache with its weights beside it, or in memory when the cache folder cannot be written. */
export type PreparedGraph =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'memory'; readonly bytes: Uint8Array; readonly reason: string };

export type PrepareMessage =
  | { readonly type: 'progress'; readonly loadedBytes: number; readonly totalBytes: number }
  | {
      readonly type: 'done';
      readonly graph: PreparedGraph;
      readonly shape: DecoderShape;
      readonly embeddings: GgufTensor;
    };

/** What a process leaves behind that was killed while it wrote; no conversion takes this long. */
const abandonedMs = 600_000;
const hashSliceBytes = 4 * 1024 * 1024;

if (parentPort) prepare(workerData as PrepareRequest, parentPort.postMessage.bind(parentPort));

function prepare(request: PrepareRequest, post: (message: PrepareMessage, transfer?: ArrayBuffer[]) => void): void {
  const file = readFileSync(request.weightsFile);
  const sha256 = createHash('sha256').update(file).digest('hex');
  if (sha256 !== request.weightsSha256) {
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${request.weightsFile} has sha256 ${sha256}, but model.json says ${request.weightsSha256}: fetch the file again`,
    );
  }
  const gguf = parseGguf(file);
  const shape = readDecoderShape(gguf);
  const { bytes, ...stored } = gguf.tensor('token_embd.weight');
  const embeddings = Uint8Array.from(bytes);

  const { precision = 'int8' } = request;
  const recipe = [request.weightsSha256, graphVersion, precision, blockSize].join(' ');
  const prefix = `decoder-${createHash('sha256').update(recipe).digest('hex').slice(0, 16)}-`;
  const cached = findCached(request.cacheFolder, prefix, (loadedBytes, totalBytes) =>
    post({ type: 'progress', loadedBytes, totalBytes }),
  );
  const graph = cached ?? build();
  post({ type: 'done', graph, shape, embeddings: { ...stored, bytes: embeddings } }, [
    embeddings.buffer,
    ...(graph.kind === 'memory' ? [graph.bytes.buffer as ArrayBuffer] : []),
  ]);

  function build(): PreparedGraph {
    let loadedBytes = 0;
    const decoder = buildDecoderGraph(gguf, {
      precision,
      onRead: (readBytes) => {
        loadedBytes = Math.min(loadedBytes + readBytes, file.length);
        post({ type: 'progress', loadedBytes, totalBytes: file.length });
      },
    });
    try {
      const weights = writeCached(request.cacheFolder, prefix, '.weights', decoder.weights());
      const model = decoder.toModelBeside(path.basename(weights));
      return { kind: 'file', path: writeCached(request.cacheFolder, prefix, '.onnx', [model]) };
    } catch (thrown) {
      return { kind: 'memory', bytes: decoder.toModel(), reason: coerceError(thrown).message };
    }
  }
}

/**
 * Names end with the file's own sha256, so that a damaged one is known by reading it, and a graph holds the name of its weights.
 * A damaged one is left for the new one to replace: removing it could hit a good one that another process has just put in its place.
 */
function findCached(
  folder: string,
  prefix: string,
  onProgress: (loadedBytes: number, totalBytes: number) => void,
): PreparedGraph | undefined {
  const kept = list(folder).filter((entry) => entry.startsWith(prefix));
  for (const name of kept.filter((entry) => entry.endsWith('.onnx'))) {
    const model = readFileSync(path.join(folder, name));
    if (name !== `${prefix}${sha256Of([model])}.onnx`) continue;
    const weights = kept.find((entry) => entry.endsWith('.weights') && model.includes(entry));
    if (weights && weights === `${prefix}${hashFile(path.join(folder, weights), onProgress)}.weights`)
      return { kind: 'file', path: path.join(folder, name) };
  }
  return undefined;
}

function sha256Of(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

function hashFile(file: string, onProgress: (loadedBytes: number, totalBytes: number) => void): string {
  const handle = openSync(file, 'r');
  try {
    const totalBytes = statSync(file).size;
    const hash = createHash('sha256');
    const slice = Buffer.alloc(hashSliceBytes);
    let loadedBytes = 0;
    for (let n = readSync(handle, slice); n > 0; n = readSync(handle, slice)) {
      hash.update(slice.subarray(0, n));
      loadedBytes += n;
      onProgress(loadedBytes, totalBytes);
    }
    return hash.digest('hex');
  } finally {
    closeSync(handle);
  }
}

/** Appears under its name only when it is whole and on the disk; of several writers the last one wins, with equal bytes. */
function writeCached(folder: string, prefix: string, ending: string, pieces: readonly Uint8Array[]): string {
  mkdirSync(folder, { recursive: true });
  removeAbandoned(folder);
  const target = path.join(folder, `${prefix}${sha256Of(pieces)}${ending}`);
  const temporary = path.join(folder, `decoder-${randomUUID()}.tmp`);
  try {
    const handle = openSync(temporary, 'wx');
    try {
      for (const piece of pieces) for (let at = 0; at < piece.length;) at += writeSync(handle, piece, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, target);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown;
  }
  return target;
}

function removeAbandoned(folder: string): void {
  for (const name of list(folder).filter((entry) => /^decoder-.*\.tmp$/.test(entry))) {
    const file = path.join(folder, name);
    const written = statSync(file, { throwIfNoEntry: false });
    if (written && Date.now() - written.mtimeMs > abandonedMs) rmSync(file, { force: true });
  }
}

/** Names in a folder; none when it does not exist or may not be read, since then nothing is cached there. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return [];
    throw thrown;
  }
}
