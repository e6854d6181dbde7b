// One attempt at an upload: the file as sent in, a clean picture out. Files in S3 first, then the row; the file as sent is
// never given out and goes at the end. Whatever is wrong with it is told to the viewer in a sentence.
import { createHash } from 'node:crypto';
import { limits } from '../../core/limits.ts';
import { writeActivity, type ClaimedJob, type Fenced } from '../../infra/database/jobs.ts';
import { finishUpload, readUploads, type UploadEnd, type UploadSnapshot } from '../../infra/database/uploads.ts';
import { mediaKeys } from '../../infra/media/media-store.ts';
import { cleanPicture } from './clean-picture.ts';
import { finished, lost, outlasting, type RunOutcome, type WorkerParts } from './parts.ts';
import { withdrawFiles } from './withdraw-files.ts';

export async function runIngest(parts: WorkerParts, job: ClaimedJob, signal: AbortSignal): Promise<RunOutcome> {
  const uploadId = job.imageId!;
  const upload = (await readUploads(parts.db, job.viewerId, [uploadId])).get(uploadId);
  if (!upload) return lost;
  if ((await writeActivity(parts.db, job, { phase: 'READING' }, parts.leaseMs)) === 'lost') return lost;
  const stored: string[] = [];
  let outcome: Fenced = 'lost';
  try {
    const end = await clean(parts, job, upload, stored);
    signal.throwIfAborted();
    outcome = await outlasting(parts, signal, () => finishUpload(parts.db, job, end));
  } finally {
    if (outcome === 'lost') await withdrawFiles(parts, uploadId, stored);
  }
  parts.bus.ring(`image:${uploadId}`);
  if (outcome === 'lost') return lost;
  await parts.media.deleteMany([upload.fileKey]);
  return finished;
}

/** @param stored takes the keys of the files it puts */
async function clean(
  parts: WorkerParts,
  job: ClaimedJob,
  upload: UploadSnapshot,
  stored: string[],
): Promise<UploadEnd> {
  const bytes = await parts.media.get(upload.fileKey, limits.maxUploadBytes);
  if (!bytes) return rejected('the file was gone before it could be read: upload it again');
  if (bytes.length !== upload.byteSize)
    return rejected(`the file has ${bytes.length} bytes, ${upload.byteSize} were announced`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== upload.sha256)
    return rejected(`the file's sha256 is ${sha256}, ${upload.sha256} was announced: it was changed on its way`);
  const cleaned = await cleanPicture(bytes);
  if (cleaned.kind === 'rejected') return rejected(cleaned.message);

  const { picture } = cleaned;
  const fileKey = mediaKeys.cleaned(upload.id, job.attempt, picture.contentType === 'image/png' ? 'png' : 'webp');
  const thumbnailKey = mediaKeys.thumbnail(upload.id, job.attempt);
  stored.push(fileKey, thumbnailKey);
  await Promise.all([
    parts.media.put(fileKey, picture.bytes, picture.contentType),
    parts.media.put(thumbnailKey, picture.thumbnail, 'image/webp'),
  ]);
  const { width, height, contentType, placeholder } = picture;
  const alt = upload.fileName === null ? 'Uploaded picture' : `Uploaded picture ${upload.fileName}`;
  const byteSize = picture.bytes.length;
  return {
    state: 'READY',
    picture: { width, height, contentType, byteSize, sha256: picture.sha256, placeholder, fileKey, thumbnailKey, alt },
  };
}

const rejected = (message: string): UploadEnd => ({
  state: 'REJECTED',
  failure: { code: 'UPLOAD_REJECTED', message, retryable: false },
});
