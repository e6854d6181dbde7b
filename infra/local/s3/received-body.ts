// Receives the bytes of an upload into a file, fsynced, and checks what the client said about them: length, MD5, sha256 of
// the payload, and a checksum in a header or in a trailer. Must never leave a file behind that did not pass.
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { unreachable } from '../../../core/app-error.ts';
import { S3Error } from './s3-error.ts';

/** Chunked upload whose trailer holds the checksum; the other chunked kinds sign each chunk and are not offered. */
const chunkedWithTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const maxTrailerBytes = 4_096;
const maxChunkHeaderBytes = 1_024;

export interface ReceivedBody {
  readonly size: number;
  /** In hex: the ETag of an object that came in one piece. */
  readonly md5: string;
  /** The checksum the client sent, or CRC-32. Base64. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

const checksumAlgorithms = ['crc32', 'sha1', 'sha256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** What the request says of its body. */
export interface BodyClaims {
  readonly headers: IncomingHttpHeaders;
  readonly payloadHash: string;
}

/** @throws {S3Error} 400 when the bytes are not what was claimed, 501 for a claim that cannot be checked */
export async function receiveBody(
  source: Readable,
  file: string,
  { headers, payloadHash }: BodyClaims,
  maxBytes: number,
): Promise<ReceivedBody> {
  const chunked = payloadHash.startsWith('STREAMING-');
  if (chunked && payloadHash !== chunkedWithTrailer)
    throw new S3Error('NotImplemented', `${payloadHash} is not offered: use ${chunkedWithTrailer}`);
  const hashes = { md5: createHash('md5'), sha1: createHash('sha1'), sha256: createHash('sha256') };
  let crc = 0;
  let size = 0;
  const handle = await open(file, 'wx', 0o600);
  try {
    // a source that is left early stays open: the refusal goes out on the same connection
    const bytes = source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    const trailer: Record<string, string> = {};
    for await (const chunk of chunked ? unchunk(bytes, trailer) : bytes) {
      size += chunk.length;
      if (size > maxBytes) throw new S3Error('EntityTooLarge', `an object may have ${maxBytes} bytes`);
      for (const hash of Object.values(hashes)) hash.update(chunk);
      crc = crc32(chunk, crc);
      await handle.writeFile(chunk);
    }

    const claimedSize = headers[chunked ? 'x-amz-decoded-content-length' : 'content-length'];
    if (claimedSize !== undefined && Number(claimedSize) !== size)
      throw new S3Error('IncompleteBody', `${size} bytes came, ${String(claimedSize)} were announced`);
    const sha256 = hashes.sha256.digest();
    if (/^[0-9a-f]{64}$/.test(payloadHash) && sha256.toString('hex') !== payloadHash)
      throw new S3Error('XAmzContentSHA256Mismatch', 'the body is not the one that was signed');
    const md5 = hashes.md5.digest();
    if (headers['content-md5'] !== undefined && headers['content-md5'] !== md5.toString('base64'))
      throw new S3Error('BadDigest', 'the body does not have the MD5 that was announced');
    const sums = { crc32: crcBase64(crc), sha1: hashes.sha1.digest('base64'), sha256: sha256.toString('base64') };
    const checksum = compareChecksums(sums, { ...headers, ...trailer });
    const announced = headers['x-amz-trailer'];
    if (chunked && typeof announced === 'string' && trailer[announced.toLowerCase()] === undefined)
      throw new S3Error('MalformedTrailerError', `the trailer ${announced} was announced and did not come`);
    await handle.sync();
    await handle.close();
    return { size, md5: md5.toString('hex'), checksum };
  } catch (thrown) {
    await handle.close();
    await rm(file, { force: true });
    throw thrown;
  }
}

/** Checks every checksum that was sent. @throws {S3Error} BadDigest, or NotImplemented for CRC-32C and CRC-64/NVME */
export function compareChecksums(
  sums: Readonly<Record<ChecksumAlgorithm, string>>,
  claims: Readonly<Record<string, unknown>>,
): ReceivedBody['checksum'] {
  let used: ChecksumAlgorithm = 'crc32';
  for (const [name, value] of Object.entries(claims)) {
    const claimed = /^x-amz-checksum-(?!algorithm|type|mode)(\w+)$/.exec(name)?.[1];
    if (claimed === undefined) continue;
    const algorithm = checksumAlgorithms.find((known) => known === claimed);
    if (!algorithm) throw new S3Error('NotImplemented', `${name} cannot be checked: use crc32, sha1 or sha256`);
    if (value !== sums[algorithm]) throw new S3Error('BadDigest', `the body does not have the announced ${algorithm}`);
    used = algorithm;
  }
  return { algorithm: used, value: sums[used] };
}

export function checksumsOf(bytes: Buffer): Record<ChecksumAlgorithm, string> {
  return {
    crc32: crcBase64(crc32(bytes)),
    sha1: createHash('sha1').update(bytes).digest('base64'),
    sha256: createHash('sha256').update(bytes).digest('base64'),
  };
}

function crcBase64(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

/** Takes the framing of aws-chunked off: `hex size [; …] CRLF data CRLF …  0 CRLF trailer lines`. */
async function* unchunk(source: AsyncIterable<Buffer>, trailer: Record<string, string>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let state: 'header' | 'data' | 'trailer' = 'header';
  /** Bytes of this chunk that are still to come, its CRLF left out. */
  let left = 0;
  for await (const received of source) {
    rest = rest.length > 0 ? Buffer.concat([rest, received]) : received;
    let starved = false;
    while (!starved) {
      switch (state) {
        case 'header': {
          const end = rest.indexOf('\r\n');
          starved = end < 0;
          if (starved) {
            if (rest.length > maxChunkHeaderBytes) throw new S3Error('InvalidRequest', 'a chunk header is too long');
            break;
          }
          left = chunkSize(rest.toString('latin1', 0, end));
          rest = rest.subarray(end + 2);
          state = left === 0 ? 'trailer' : 'data';
          break;
        }
        case 'data': {
          const data = rest.subarray(0, left);
          if (data.length > 0) yield data;
          rest = rest.subarray(data.length);
          left -= data.length;
          starved = left > 0 || rest.length < 2;
          if (starved) break;
          if (rest.toString('latin1', 0, 2) !== '\r\n') throw new S3Error('InvalidRequest', 'a chunk is malformed');
          rest = rest.subarray(2);
          state = 'header';
          break;
        }
        case 'trailer':
          if (rest.length > maxTrailerBytes) throw new S3Error('InvalidRequest', 'the trailer is too long');
          starved = true;
          break;
        default:
          unreachable(state);
      }
    }
  }
  if (state !== 'trailer') throw new S3Error('IncompleteBody', 'the body ended inside a chunk');
  for (const line of rest.toString('latin1').split('\r\n')) {
    const at = line.indexOf(':');
    if (at > 0) trailer[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
  }
}

function chunkSize(header: string): number {
  const size = header.split(';')[0]!;
  if (!/^[0-9a-f]{1,8}$/i.test(size)) throw new S3Error('InvalidRequest', 'a chunk header is malformed');
  return parseInt(size, 16);
}
