// A model package from S3 into a folder named by its digest: model.json first, which names every other file with its sha256.
// Several processes may fetch into different folders only. Must never write outside its folder, whatever model.json says.
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { AppError, coerceError } from '../../core/app-error.ts';
import type { S3Configuration } from '../../core/configuration.ts';
import { defaultFetch, fetchFile, headOf, isThere, type FetchOptions } from './fetch-file.ts';

export interface FetchModel {
  /** `s3://bucket/prefix` */
  readonly uri: string;
  /** Packages lie here, one folder each. */
  readonly folder: string;
  readonly region: string;
  /** Endpoint and credentials, where they are not AWS's own. */
  readonly s3?: Pick<S3Configuration, 'endpoint' | 'credentials'> | undefined;
  /** What is read beside model.json: everything, or the gallery alone where the functions run elsewhere. */
  readonly files: 'all' | 'gallery';
  readonly options?: Partial<FetchOptions>;
}

export type OnProgress = (loadedBytes: number, totalBytes: number) => void;

const manifest = z.object({
  // in the folder itself or in one of its own: no way out of it, nothing hidden
  files: z.record(
    z.string().regex(/^(?:[A-Za-z0-9][A-Za-z0-9._-]*\/)?[A-Za-z0-9][A-Za-z0-9._-]*$/),
    z.string().regex(/^[0-9a-f]{64}$/),
  ),
  gill: z.object({ gallery: z.string().optional() }).optional(),
});

export const isS3Uri = (uri: string): boolean => uri.startsWith('s3://');

/** @returns the package's folder @throws {AppError} MODEL_UNAVAILABLE; the signal's reason */
export async function fetchModel(request: FetchModel, onProgress: OnProgress, signal: AbortSignal): Promise<string> {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+?)\/?$/.exec(request.uri) ?? [];
  if (!bucket || !prefix) throw new AppError('CONFIGURATION', `MODEL_URI=${request.uri} must read s3://bucket/folder`);
  const { endpoint, credentials } = request.s3 ?? {};
  const client = new S3Client({
    region: request.region,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials } : {}),
    maxAttempts: 4,
    // pieces are parts of an object whose own checksum says nothing about them; sha256 is checked at the end
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  try {
    const text = await readText(client, bucket, `${prefix}/model.json`, signal);
    const { files, gill } = manifest.parse(JSON.parse(text));
    const isWanted = (name: string): boolean =>
      request.files === 'all' || (gill?.gallery !== undefined && name.startsWith(`${gill.gallery}/`));
    const folder = path.join(request.folder, createHash('sha256').update(text).digest('hex').slice(0, 32));
    await mkdir(folder, { recursive: true });
    const missing: [string, string][] = [];
    for (const entry of Object.entries(files))
      if (isWanted(entry[0]) && !(await isThere(path.join(folder, entry[0])))) missing.push(entry);
    const remote = missing.map(([name, sha256]) => ({ client, bucket, key: `${prefix}/${name}`, sha256, name }));
    const heads = await Promise.all(remote.map((file) => headOf(file, signal)));
    const totalBytes = heads.reduce((sum, { size }) => sum + size, 0);
    let loadedBytes = 0;
    onProgress(0, totalBytes);
    for (const [i, file] of remote.entries()) {
      const target = path.join(folder, file.name);
      await mkdir(path.dirname(target), { recursive: true });
      const options = { ...defaultFetch, ...request.options };
      await fetchFile(
        file,
        heads[i]!,
        target,
        options,
        (bytes) => onProgress((loadedBytes += bytes), totalBytes),
        signal,
      );
    }
    // last: a folder that has it is whole
    await writeFile(path.join(folder, 'model.json.part'), text);
    await rename(path.join(folder, 'model.json.part'), path.join(folder, 'model.json'));
    return folder;
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof AppError) throw thrown;
    const { message } = coerceError(thrown);
    throw new AppError('MODEL_UNAVAILABLE', `${request.uri} cannot be fetched: ${message}`, coerceError(thrown));
  } finally {
    client.destroy();
  }
}

async function readText(client: S3Client, bucket: string, key: string, signal: AbortSignal): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  return (await Body?.transformToString('utf8')) ?? '';
}
