// Uploads: announced, cleaned by an `ingest` job, ready or rejected. The picture that an upload becomes has the upload's
// id. Must never make a picture of a file that was not cleaned.
import { sql, type Kysely } from 'kysely';
import { newId } from '../../core/ids.ts';
import { limits } from '../../core/limits.ts';
import { activeTraceparent } from '../../core/tracing.ts';
import type { Failure } from '../../core/reply-options.ts';
import { heldOrRollback, lostOr } from './event-log.ts';
import { once, type Idempotency } from './idempotency.ts';
import { endJob, type ClaimedJob, type Fenced } from './jobs.ts';
import { refused, type Refused } from './refused.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';
import { holdViewer } from './viewers.ts';

export type UploadStatus = 'AWAITING_FILE' | 'CLEANING' | 'READY' | 'REJECTED' | 'EXPIRED';

export interface UploadSnapshot {
  readonly id: string;
  readonly status: UploadStatus;
  readonly fileName: string | null;
  readonly contentType: string;
  readonly byteSize: number;
  /** Of the file as announced, in hex. */
  readonly sha256: string;
  readonly fileKey: string;
  readonly failure: Failure | undefined;
  readonly expiresAt: Date;
}

export interface CreateUpload {
  readonly viewerId: string;
  readonly fileName: string | null;
  readonly contentType: string;
  readonly byteSize: number;
  readonly sha256: string;
  /** Where the file of this upload is to lie. */
  readonly fileKeyOf: (uploadId: string) => string;
  readonly idempotency: Idempotency;
}

export function createUpload(
  db: Kysely<Database>,
  input: CreateUpload,
): Promise<{ readonly outcome: 'created'; readonly uploadId: string } | Refused> {
  return inTransaction(db, (tx) =>
    once(tx, input.viewerId, input.idempotency, async () => {
      const unfinished = await tx
        .selectFrom('upload')
        .select('id')
        .where('viewer_id', '=', input.viewerId)
        // what is being cleaned counts until it is, however long ago its form ran out
        .where(sql<boolean>`(state = 'CLEANING' or (state = 'AWAITING_FILE' and expires_at > now()))`)
        .limit(limits.maxUnfinishedUploads)
        .execute();
      if (unfinished.length >= limits.maxUnfinishedUploads)
        return refused(
          'BUSY',
          `${unfinished.length} of your uploads are unfinished, the limit is ${limits.maxUnfinishedUploads}: send their files first`,
        );
      const uploadId = newId();
      await tx
        .insertInto('upload')
        .values({
          id: uploadId,
          viewer_id: input.viewerId,
          state: 'AWAITING_FILE',
          file_name: input.fileName,
          content_type: input.contentType,
          byte_size: input.byteSize,
          sha256: input.sha256,
          file_key: input.fileKeyOf(uploadId),
          expires_at: sql<Date>`now() + ${limits.uploadFormSeconds} * interval '1 second'`,
        })
        .execute();
      return { outcome: 'created' as const, uploadId };
    }),
  );
}

/** Uploads by id; those of others are absent. */
export async function readUploads(
  db: Kysely<Database>,
  viewerId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, UploadSnapshot>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('upload')
    .selectAll()
    .select(sql<boolean>`expires_at <= now()`.as('expired'))
    .where('id', 'in', ids)
    .where('viewer_id', '=', viewerId)
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        status: row.state === 'AWAITING_FILE' && row.expired ? 'EXPIRED' : row.state,
        fileName: row.file_name,
        contentType: row.content_type,
        byteSize: row.byte_size,
        sha256: row.sha256,
        fileKey: row.file_key,
        failure: row.failure === null ? undefined : (JSON.parse(row.failure) as Failure),
        expiresAt: row.expires_at,
      },
    ]),
  );
}

/** The file is there: from now on a worker has it. Who comes second changes nothing. @returns whether a job was made */
export function beginCleaning(db: Kysely<Database>, viewerId: string, uploadId: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    if (await holdViewer(tx, viewerId)) return false;
    const { numUpdatedRows } = await tx
      .updateTable('upload')
      .set({ state: 'CLEANING' })
      .where('id', '=', uploadId)
      .where('viewer_id', '=', viewerId)
      .where('state', '=', 'AWAITING_FILE')
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await tx
      .insertInto('job')
      .values({
        id: newId(),
        kind: 'ingest',
        state: 'queued',
        viewer_id: viewerId,
        conversation_id: uploadId,
        image_id: uploadId,
        traceparent: activeTraceparent(),
      })
      .execute();
    return true;
  });
}

export interface CleanedPicture {
  readonly width: number;
  readonly height: number;
  readonly contentType: string;
  readonly byteSize: number;
  readonly sha256: string;
  readonly placeholder: string;
  readonly fileKey: string;
  readonly thumbnailKey: string;
  readonly alt: string;
}

export type UploadEnd =
  | { readonly state: 'READY'; readonly picture: CleanedPicture }
  | { readonly state: 'REJECTED'; readonly failure: Failure };

/** Ends the upload; its files already lie in S3. `lost` also where the upload was forgotten meanwhile. */
export function finishUpload(db: Kysely<Database>, job: ClaimedJob, end: UploadEnd): Promise<Fenced> {
  const uploadId = job.imageId!;
  return inTransaction(db, async (tx) => {
    heldOrRollback(await endJob(tx, job, end.state === 'READY' ? 'done' : 'failed'));
    const upload = await tx
      .updateTable('upload')
      .set({ state: end.state, failure: end.state === 'REJECTED' ? JSON.stringify(end.failure) : null })
      .where('id', '=', uploadId)
      .where('state', '=', 'CLEANING')
      .returning('file_name')
      .executeTakeFirst();
    if (!upload) return 'lost' as const;
    if (end.state === 'REJECTED') return 'held' as const;
    const { picture } = end;
    await tx
      .insertInto('image')
      .values({
        id: uploadId,
        viewer_id: job.viewerId,
        kind: 'uploaded',
        // it stands in no message of its own
        conversation_id: uploadId,
        message_id: uploadId,
        part_index: 0,
        take: 0,
        status: 'COMPLETED',
        recipe: '{}',
        alt: picture.alt,
        width: picture.width,
        height: picture.height,
        content_type: picture.contentType,
        byte_size: picture.byteSize,
        sha256: picture.sha256,
        placeholder: picture.placeholder,
        file_key: picture.fileKey,
        thumbnail_key: picture.thumbnailKey,
        file_name: upload.file_name,
        finished_at: sql<Date>`now()`,
      })
      .execute();
    return 'held' as const;
  }).catch(lostOr);
}
