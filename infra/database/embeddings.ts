// What pictures of the gallery are found by: the jobs that compute it, and their end. Must never outlive the picture, nor queue
// one picture twice.
import { sql, type Kysely, type Transaction } from 'kysely';
import { newId } from '../../core/ids.ts';
import { heldOrRollback, lostOr } from './event-log.ts';
import { endJob, type ClaimedJob, type Fenced } from './jobs.ts';
import { packageOwnerId } from './package-owner.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** Those of the items that this model finds by what they show. */
export async function readSearchable(
  db: Kysely<Database>,
  modelDigest: string,
  itemIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('gallery_embedding')
    .select('item_id')
    .where('item_id', 'in', itemIds)
    .where('model_digest', '=', modelDigest)
    .execute();
  return new Set(rows.map((row) => row.item_id));
}

export async function queueEmbedding(tx: Transaction<Database>, viewerId: string, imageId: string): Promise<void> {
  await queue(tx, [{ viewerId, imageId }]);
}

const queue = (
  tx: Transaction<Database>,
  pictures: readonly { readonly viewerId: string; readonly imageId: string }[],
): Promise<unknown> =>
  tx
    .insertInto('job')
    .values(
      pictures.map(({ viewerId, imageId }) => ({
        id: newId(),
        kind: 'embed' as const,
        state: 'queued' as const,
        viewer_id: viewerId,
        conversation_id: imageId,
        image_id: imageId,
      })),
    )
    .execute();

const queuedAtOnce = 200;

/**
 * Queues pictures of viewers' galleries that this model has not seen: kept before it was served, or while no worker could see.
 * What failed for good stays failed. @returns how many
 */
export function queueMissingEmbeddings(db: Kysely<Database>, modelDigest: string): Promise<number> {
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .selectFrom('gallery_item as item')
      .select(['item.viewer_id', 'item.image_id'])
      .where('item.removed_at', 'is', null)
      .where('item.viewer_id', '!=', packageOwnerId)
      .where(
        sql<boolean>`not exists (select 1 from viewer
        where viewer.id = item.viewer_id and viewer.deleted_at is not null)`,
      )
      .where(
        sql<boolean>`not exists (select 1 from gallery_embedding seen
        where seen.item_id = item.id and seen.model_digest = ${modelDigest})`,
      )
      .where(
        sql<boolean>`not exists (select 1 from job
        where job.image_id = item.image_id and job.kind = 'embed' and job.state in ('queued', 'running', 'failed'))`,
      )
      .limit(queuedAtOnce)
      .execute();
    if (rows.length > 0)
      await queue(
        tx,
        rows.map((row) => ({ viewerId: row.viewer_id, imageId: row.image_id })),
      );
    return rows.length;
  });
}

export type EmbeddingEnd =
  | { readonly state: 'done'; readonly modelDigest: string; /** Half precision, base64. */ readonly fp16: string }
  /** The picture cannot be seen: it is found by its title alone. */
  | { readonly state: 'failed' };

export function finishEmbedding(db: Kysely<Database>, job: ClaimedJob, end: EmbeddingEnd): Promise<Fenced> {
  return inTransaction(db, async (tx) => {
    heldOrRollback(await endJob(tx, job, end.state));
    if (end.state === 'failed') return 'held' as const;
    // the lock: whoever removes the picture writes its row first, and what stands here behind it
    const there = await tx
      .updateTable('image')
      .set({ used_at: sql<Date>`now()` })
      .where('id', '=', job.imageId)
      .where('deleted_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (!there) return 'held' as const;
    const items = await tx
      .selectFrom('gallery_item')
      .select('id')
      .where('image_id', '=', there.id)
      .where('viewer_id', '=', job.viewerId)
      .where('removed_at', 'is', null)
      .execute();
    if (items.length === 0) return 'held' as const;
    await tx
      .insertInto('gallery_embedding')
      .values(items.map(({ id }) => ({ item_id: id, model_digest: end.modelDigest, fp16: end.fp16 })))
      .onConflict((conflict) => conflict.columns(['item_id', 'model_digest']).doNothing())
      .execute();
    return 'held' as const;
  }).catch(lostOr);
}
