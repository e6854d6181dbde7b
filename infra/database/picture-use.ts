// Who uses a picture. It belongs to its viewer: messages of several conversations may show it, and it goes with the last
// of them. Taking it in and letting go of it both write its row, so that of the two the second sees the first.
import { sql, type Kysely, type Transaction } from 'kysely';
import type { GenerationStatus } from '../../core/message-event.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** A message of a conversation that is not deleted shows the row of `image`. */
const isShown = sql<boolean>`exists (
  select 1 from part join message showing on showing.id = part.message_id
    join conversation place on place.id = showing.conversation_id
  where part.image_id = image.id and place.deleted_at is null)`;

/** The conversation it was drawn in is not deleted. */
const isAtHome = sql<boolean>`exists (
  select 1 from conversation home where home.id = image.conversation_id and home.deleted_at is null)`;

/** Not deleted, neither itself nor with every conversation it belongs to; what was brought along and never used is there. */
export const isVisible = sql<boolean>`(
  image.deleted_at is null and (
    ${isAtHome} or ${isShown}
    or (image.conversation_id = image.id and not exists (select 1 from part where part.image_id = image.id))))`;

/**
 * Takes a picture into a message of the same transaction.
 * @returns its state; undefined when it is not the viewer's or is gone
 */
export async function usePicture(
  tx: Transaction<Database>,
  viewerId: string,
  imageId: string,
): Promise<GenerationStatus | undefined> {
  const row = await tx
    .updateTable('image')
    .set({ used_at: sql<Date>`now()` })
    .where('id', '=', imageId)
    .where('viewer_id', '=', viewerId)
    .where(isVisible)
    .returning('status')
    .executeTakeFirst();
  return row?.status;
}

const batch = 100;

/** Removes files; those that are not there are no error. */
export type DeleteFiles = (keys: readonly string[]) => Promise<void>;

/** Lets go of every picture of a deleted conversation; repeatable. Those that others still show become the viewer's own. */
export async function releaseConversation(
  db: Kysely<Database>,
  conversationId: string,
  deleteFiles: DeleteFiles,
): Promise<void> {
  for (;;) {
    const home = await db
      .selectFrom('image')
      .select('id')
      .where('conversation_id', '=', conversationId)
      .limit(batch)
      .execute();
    if (home.length === 0) break;
    await release(
      db,
      home.map(({ id }) => id),
      deleteFiles,
    );
  }
  // those it shows and that belong elsewhere; they may stay, so the list is walked by its key
  for (let after: string | undefined; ;) {
    const { rows } = await sql<{ id: string }>`
      select distinct part.image_id as id from part join message on message.id = part.message_id
      where message.conversation_id = ${conversationId} and part.image_id is not null
        and ${after === undefined ? sql`true` : sql`part.image_id > ${after}`}
      order by id limit ${batch}`.execute(db);
    if (rows.length === 0) return;
    await release(
      db,
      rows.map(({ id }) => id),
      deleteFiles,
    );
    after = rows.at(-1)!.id;
  }
}

/** Removes those of the pictures that no conversation has any more: files first, since the rows say where they lie. */
export async function release(db: Kysely<Database>, ids: readonly string[], deleteFiles: DeleteFiles): Promise<void> {
  const gone = await inTransaction(db, async (tx) => {
    // the lock; what is read behind it sees every message that took one of them in
    await tx
      .updateTable('image')
      .set({ used_at: sql<Date>`now()` })
      .where('id', 'in', ids)
      .execute();
    await tx
      .updateTable('image')
      .set({ conversation_id: sql`id`, message_id: sql`id`, part_index: 0, take: 0 })
      .where('id', 'in', ids)
      .where('deleted_at', 'is', null)
      .where(sql<boolean>`not ${isAtHome} and ${isShown}`)
      .execute();
    return tx
      .updateTable('image')
      .set({ deleted_at: sql<Date>`coalesce(deleted_at, now())` })
      .where('id', 'in', ids)
      .where(sql<boolean>`not ${isAtHome} and not ${isShown}`)
      .returning(['id', 'file_key', 'thumbnail_key'])
      .execute();
  });
  if (gone.length === 0) return;
  await deleteFiles(gone.flatMap((row) => [row.file_key, row.thumbnail_key]).filter((key) => key !== null));
  const goneIds = gone.map(({ id }) => id);
  await inTransaction(db, async (tx) => {
    await tx.deleteFrom('image_tensor').where('image_id', 'in', goneIds).execute();
    await tx.deleteFrom('job').where('image_id', 'in', goneIds).execute();
    await tx.deleteFrom('upload').where('id', 'in', goneIds).execute();
    await tx.deleteFrom('image').where('id', 'in', goneIds).execute();
  });
}
