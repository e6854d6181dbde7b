// One large file out of S3: pieces side by side, each tried again by itself, and what an earlier process fetched is kept.
// Must never show the file under its own name before all of it has the right sha256.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { AppError, coerceError } from '../../core/app-error.ts';

export interface RemoteFile {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly sha256: string;
}

export interface FetchOptions {
  readonly pieceBytes: number;
  /** Pieces under way at once. */
  readonly parallel: number;
  /** A piece that takes longer is asked for again. */
  readonly pieceTimeoutMs: number;
  readonly attempts: number;
  /** Pause before the second attempt; it doubles. */
  readonly pauseMs: number;
}

export const defaultFetch: FetchOptions = {
  pieceBytes: 8 * 1024 * 1024,
  parallel: 8,
  pieceTimeoutMs: 60_000,
  attempts: 6,
  pauseMs: 200,
};

export interface FileHead {
  readonly size: number;
  /** Empty where the store says none. */
  readonly etag: string;
}

/** Asked once a file: its pieces are asked for by the etag. */
export async function headOf({ client, bucket, key }: RemoteFile, signal: AbortSignal): Promise<FileHead> {
  const { ContentLength = 0, ETag = '' } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), {
    abortSignal: signal,
  });
  return { size: ContentLength, etag: ETag };
}

/**
 * @param onBytes told of each piece, also of those that were there already
 * @throws {AppError} MODEL_UNAVAILABLE when it cannot be read, or is not what its sha256 says
 */
export async function fetchFile(
  file: RemoteFile,
  { size, etag }: FileHead,
  target: string,
  options: FetchOptions,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { client, bucket, key, sha256 } = file;
  const [partial, ledger] = [`${target}.part`, `${target}.pieces`];
  // pieces of another version, or of another length, would not fit together
  const mark = `${etag} ${size} ${options.pieceBytes}`;
  const done = await readLedger(ledger, partial, mark);
  if (done === undefined) {
    await rm(partial, { force: true });
    await (await open(partial, 'w')).close();
    await rm(ledger, { force: true });
    await appendFile(ledger, `${mark}\n`);
  }
  const pieces = Array.from({ length: Math.ceil(size / options.pieceBytes) }, (_, index) => index);
  const missing = pieces.filter((index) => done?.has(index) !== true);
  for (const index of pieces) if (!missing.includes(index)) onBytes(bytesOf(index));

  function bytesOf(index: number): number {
    return Math.min(options.pieceBytes, size - index * options.pieceBytes);
  }

  async function fetchPiece(index: number): Promise<Uint8Array> {
    const from = index * options.pieceBytes;
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      Range: `bytes=${from}-${from + bytesOf(index) - 1}`,
      ...(etag ? { IfMatch: etag } : {}),
    });
    // the limit holds for the body too, not only until the answer's head is there
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(options.pieceTimeoutMs)]);
    const { Body } = await client.send(command, { abortSignal });
    const chunks: Uint8Array[] = [];
    let came = 0;
    for await (const chunk of Body as AsyncIterable<Uint8Array>) {
      abortSignal.throwIfAborted();
      came += chunk.length;
      // a store that knows no ranges sends all of it each time
      if (came > bytesOf(index)) throw new Error(`more than the ${bytesOf(index)} bytes of the piece came`);
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    if (bytes.length !== bytesOf(index)) throw new Error(`${bytes.length} bytes came instead of ${bytesOf(index)}`);
    return bytes;
  }

  async function fetchPatiently(index: number): Promise<Uint8Array> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await fetchPiece(index);
      } catch (thrown) {
        signal.throwIfAborted();
        if (attempt >= options.attempts)
          throw new AppError(
            'MODEL_UNAVAILABLE',
            `s3://${bucket}/${key} cannot be read after ${attempt} attempts: ${coerceError(thrown).message}`,
            coerceError(thrown),
          );
      }
      await delay(options.pauseMs * 2 ** (attempt - 1), undefined, { signal });
    }
  }

  {
    await using handle = await open(partial, 'r+');
    const lane = async (): Promise<void> => {
      for (let index = missing.shift(); index !== undefined; index = missing.shift()) {
        const bytes = await fetchPatiently(index);
        await writeAll(handle, bytes, index * options.pieceBytes);
        await appendFile(ledger, `${index}\n`);
        onBytes(bytes.length);
      }
    };
    await Promise.all(Array.from({ length: options.parallel }, lane));
    await handle.sync();
  }
  const actual = await digestOf(partial, signal);
  if (actual !== sha256) {
    await rm(ledger, { force: true });
    await rm(partial, { force: true });
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `s3://${bucket}/${key} has sha256 ${actual}, but model.json says ${sha256}: upload the file again`,
    );
  }
  await rename(partial, target);
  await rm(ledger, { force: true });
}

/** One write may take fewer bytes than it was given. */
export async function writeAll(
  handle: {
    readonly write: (
      ...piece: readonly [Uint8Array, number, number, number]
    ) => Promise<{ readonly bytesWritten: number }>;
  },
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

export async function digestOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { signal })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** @returns pieces that lie in the partial file; undefined when nothing of it can be used */
async function readLedger(ledger: string, partial: string, mark: string): Promise<Set<number> | undefined> {
  if (!(await isThere(ledger)) || !(await isThere(partial))) return undefined;
  const [first, ...lines] = (await readFile(ledger, 'utf8')).split('\n');
  // the last line may have been cut off by a crash: what stands before a line break is whole
  return first === mark ? new Set(lines.slice(0, -1).filter(Boolean).map(Number)) : undefined;
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return false;
    throw thrown;
  }
}
