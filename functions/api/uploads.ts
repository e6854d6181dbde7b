// Uploads as the viewer asks for them. Nobody tells the server that a file has come, so whoever asks makes it look; the API
// sees that the file is there and never its bytes.
import { limits } from '../../core/limits.ts';
import { beginCleaning, readUploads, type UploadSnapshot } from '../../infra/database/uploads.ts';
import { checkText, type InputError } from './check-input.ts';
import type { Services } from './context.ts';

/** What is taken; a worker's decoders are for these and no others (functions/worker/clean-picture.ts). */
export const uploadTypes: readonly string[] = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

/** Uploads by id; one whose file has come since is CLEANING from here on. */
export async function readUploadsNow(
  { db, media, bus }: Pick<Services, 'db' | 'media' | 'bus'>,
  viewerId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, UploadSnapshot>> {
  const uploads = new Map(await readUploads(db, viewerId, ids));
  await Promise.all(
    [...uploads.values()].map(async (upload) => {
      if (upload.status !== 'AWAITING_FILE' || !(await media.has(upload.fileKey))) return;
      if (await beginCleaning(db, viewerId, upload.id)) bus.ring('jobs');
      const now = (await readUploads(db, viewerId, [upload.id])).get(upload.id);
      if (now) uploads.set(upload.id, now);
    }),
  );
  return uploads;
}

export interface AnnouncedFile {
  readonly fileName?: string | null | undefined;
  readonly contentType: string;
  readonly byteSize: number;
  readonly sha256: string;
}

export function checkFile({ fileName, contentType, byteSize, sha256 }: AnnouncedFile): InputError | undefined {
  if (!uploadTypes.includes(contentType))
    return {
      code: 'UNSUPPORTED_TYPE',
      message: `"${contentType.slice(0, 80)}" is not taken: send one of ${uploadTypes.join(', ')}`,
      path: ['contentType'],
    };
  if (byteSize < 1)
    return { code: 'INVALID', message: `byteSize is ${byteSize}: a file has at least one byte`, path: ['byteSize'] };
  if (byteSize > limits.maxUploadBytes)
    return {
      code: 'TOO_LARGE',
      message: `the file has ${byteSize} bytes, the limit is ${limits.maxUploadBytes}: make it smaller`,
      path: ['byteSize'],
    };
  if (!/^[0-9a-f]{64}$/i.test(sha256))
    return {
      code: 'INVALID',
      message: `"${sha256.slice(0, 80)}" is no sha256: 64 hexadecimal digits`,
      path: ['sha256'],
    };
  if (fileName === null || fileName === undefined) return undefined;
  // a name is shown beside others: it must not turn them round, nor its own ending
  const turning = /[\p{Cc}\p{Bidi_Control}]/u.exec(fileName)?.[0];
  if (turning !== undefined && turning !== '\0')
    return {
      code: 'INVALID',
      message: `the file name holds a character that nobody sees (U+${turning.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}): rename the file`,
      path: ['fileName'],
    };
  return checkText(fileName, limits.maxFileNameCodePoints, ['fileName']);
}
