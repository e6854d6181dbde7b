// A worker that has lost its job may put files when their picture's rows are gone, and then die before it can take them
// back. So whoever removes rows that a worker may still have had in hand leaves a `delete` job that rests, and then removes
// the files once more. That job names no viewer: the picture's own id stands in its place.
import { sql, type Transaction } from 'kysely';
import { newId } from '../../core/ids.ts';
import type { ClaimedJob } from './jobs.ts';
import type { Database } from './tables.ts';

/** Longer than a worker can go on without its fence: a lease, and `limits.maxOutageMs` for each of two stores. */
const lateWriterMs = 300_000;

/** In the transaction that removes the rows of these pictures and uploads, before it removes them. */
export async function lookAgainLater(tx: Transaction<Database>, ids: readonly string[]): Promise<void> {
  const images = await tx
    .selectFrom('image')
    .select('id')
    .where('id', 'in', ids)
    .where(sql<boolean>`(finished_at is null or finished_at > now() - ${lateWriterMs} * interval '1 millisecond')`)
    .execute();
  const uploads = await tx
    .selectFrom('upload')
    .select('id')
    .where('id', 'in', ids)
    .where('state', '=', 'CLEANING')
    .execute();
  const late = new Set([...images, ...uploads].map(({ id }) => id));
  if (late.size === 0) return;
  await tx
    .insertInto('job')
    .values(
      [...late].map((id) => ({
        id: newId(),
        kind: 'delete' as const,
        state: 'queued' as const,
        viewer_id: id,
        conversation_id: id,
        image_id: id,
        lease_until: sql<Date>`now() + ${lateWriterMs} * interval '1 millisecond'`,
      })),
    )
    .execute();
}

/** Whether the job is such a second look. */
export const isSecondLook = ({ viewerId, imageId }: ClaimedJob): boolean => viewerId === imageId;
