// Pictures as they are now, with the progress of those that are being drawn. Must never show another viewer's picture or
// one of a deleted conversation.
import { sql, type Kysely } from 'kysely';
import type { ImageProgress } from '../../core/activity.ts';
import type { GenerationStatus } from '../../core/message-event.ts';
import type { Failure, Recipe } from '../../core/reply-options.ts';
import type { Database } from './tables.ts';

export interface ImageSnapshot {
  readonly id: string;
  readonly conversationId: string;
  readonly messageId: string;
  readonly status: GenerationStatus;
  readonly recipe: Recipe;
  readonly alt: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly contentType: string | null;
  readonly byteSize: number | null;
  readonly sha256: string | null;
  readonly placeholder: string | null;
  readonly fileKey: string | null;
  readonly thumbnailKey: string | null;
  readonly progress: ImageProgress | undefined;
  readonly failure: Failure | undefined;
  readonly createdAt: Date;
}

export async function readImages(
  db: Kysely<Database>,
  viewerId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ImageSnapshot>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('image')
    .innerJoin('conversation', 'conversation.id', 'image.conversation_id')
    .leftJoin('job', 'job.image_id', 'image.id')
    .selectAll('image')
    .select(['job.state as job_state', 'job.activity as job_activity'])
    .where('image.id', 'in', ids)
    .where('image.viewer_id', '=', viewerId)
    .where('conversation.deleted_at', 'is', null)
    .execute();
  return new Map(
    rows.map((row) => {
      const recipe = JSON.parse(row.recipe) as Recipe;
      const snapshot: ImageSnapshot = {
        id: row.id,
        conversationId: row.conversation_id,
        messageId: row.message_id,
        status: row.status,
        recipe,
        alt: row.alt,
        width: row.width,
        height: row.height,
        contentType: row.content_type,
        byteSize: row.byte_size,
        sha256: row.sha256,
        placeholder: row.placeholder,
        fileKey: row.file_key,
        thumbnailKey: row.thumbnail_key,
        progress: progressOf(row.status, row.job_activity, recipe.steps),
        failure: row.failure === null ? undefined : (JSON.parse(row.failure) as Failure),
        createdAt: row.created_at,
      };
      return [row.id, snapshot];
    }),
  );
}

export function progressOf(
  status: GenerationStatus,
  jobActivity: string | null,
  steps: number,
): ImageProgress | undefined {
  if (status !== 'QUEUED' && status !== 'RUNNING') return undefined;
  return jobActivity === null ? { phase: 'QUEUED', step: 0, steps } : (JSON.parse(jobActivity) as ImageProgress);
}

/** One picture's state inside a message, as a tail of the message needs it. */
export interface ImageState {
  readonly imageId: string;
  readonly progress: ImageProgress | undefined;
}

export async function readImageStates(db: Kysely<Database>, messageId: string): Promise<ImageState[]> {
  const { rows } = await sql<{ id: string; status: GenerationStatus; recipe: string; activity: string | null }>`
    select image.id, image.status, image.recipe, job.activity from image left join job on job.image_id = image.id
    where image.message_id = ${messageId} and image.status in ('QUEUED', 'RUNNING') order by image.part_index, image.take`.execute(
    db,
  );
  return rows.map((row) => ({
    imageId: row.id,
    progress: progressOf(row.status, row.activity, (JSON.parse(row.recipe) as Recipe).steps),
  }));
}
