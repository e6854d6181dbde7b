// Who uses a picture. It belongs to its viewer: messages of several conversations may show it, the gallery may keep it, and it
// goes with the last of them. Taking it in and letting go of it both write its row, so that of the two the second sees the first.
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import { limits } from '../../core/limits.ts';
import type { GenerationStatus } from '../../core/message-event.ts';
import { mediaKeys } from '../media/media-store.ts';
import { lookAgainLater } from './late-files.ts';
import { galleryOwners } from './package-owner.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

const isShownAs = (id: RawBuilder<unknown>) => sql<boolean>`exists (
  select 1 from part join message showing on showing.id = part.message_id
    join conversation place on place.id = showing.conversation_id
  where part.image_id = ${id} and place.deleted_at is null)`;

/** A message of a conversation that is not deleted shows the row of `image`, or it is in the gallery. */
const isUsed = sql<boolean>`(${isShownAs(sql`image.id`)}
  or exists (select 1 from gallery_item item where item.image_id = image.id
    and (item.removed_at is null or ${isShownAs(sql`item.id`)})))`;

/** The conversation it was drawn in is not deleted. */
const isAtHome = sql<boolean>`exists (
  select 1 from conversation home where home.id = image.conversation_id and home.deleted_at is null)`;

/** Not deleted, neither itself nor with every conversation it belongs to; what was brought along and never used is there. */
export const isVisible = sql<boolean>`(
  image.deleted_at is null and (
    ${isAtHome} or ${isUsed}
    or (image.conversation_id = image.id and not exists (select 1 from part where part.image_id = image.id))))`;

/** For rows of `gallery_item`: in the gallery, or shown by a message of a conversation that is not deleted. */
export const isItemVisible = sql<boolean>`(gallery_item.removed_at is null or ${isShownAs(sql`gallery_item.id`)})`;

/**
 * Takes a picture, or what stands for it in the gallery, into something that the same transaction makes.
 * @returns its state; undefined when it is neither the viewer's nor everyone's, or is gone
 */
export async function usePicture(
  tx: Transaction<Database>,
  viewerId: string,
  imageId: string,
): Promise<GenerationStatus | undefined> {
  const take = (id: string, ownerId = viewerId) =>
    tx
      .updateTable('image')
      .set({ used_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('viewer_id', '=', ownerId)
      .where(isVisible)
      .returning('status')
      .executeTakeFirst();
  const row = await take(imageId);
  if (row) return row.status;
  const item = await tx
    .selectFrom('gallery_item')
    .select(['image_id', 'viewer_id'])
    .where('id', '=', imageId)
    .where('viewer_id', 'in', galleryOwners(viewerId))
    .where(isItemVisible)
    .executeTakeFirst();
  return item && (await take(item.image_id, item.viewer_id))?.status;
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
      select distinct coalesce(item.image_id, part.image_id) as id from part
        join message on message.id = part.message_id left join gallery_item item on item.id = part.image_id
      where message.conversation_id = ${conversationId} and part.image_id is not null
        and ${after === undefined ? sql`true` : sql`coalesce(item.image_id, part.image_id) > ${after}`}
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

/** Also those of attempts that came to nothing, which no row names. */
export function filesOfPicture(row: {
  readonly id: string;
  readonly file_key: string | null;
  readonly thumbnail_key: string | null;
}): string[] {
  const keys = new Set([row.file_key, row.thumbnail_key].filter((key) => key !== null));
  for (let attempt = 1; attempt <= limits.maxAttempts; attempt++) {
    keys.add(mediaKeys.picture(row.id, attempt));
    keys.add(mediaKeys.cleaned(row.id, attempt, 'webp'));
    keys.add(mediaKeys.thumbnail(row.id, attempt));
  }
  return [...keys];
}

/** Whether a picture, or the upload that is to become one, still has a row that nobody is about to remove. */
export async function isPictureThere(db: Kysely<Database>, id: string): Promise<boolean> {
  const image = db.selectFrom('image').select('id').where('id', '=', id).where('deleted_at', 'is', null);
  const upload = db.selectFrom('upload').select('id').where('id', '=', id);
  return (await image.unionAll(upload).limit(1).executeTakeFirst()) !== undefined;
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
      .where(sql<boolean>`not ${isAtHome} and ${isUsed}`)
      .execute();
    return tx
      .updateTable('image')
      .set({ deleted_at: sql<Date>`coalesce(deleted_at, now())` })
      .where('id', 'in', ids)
      .where(sql<boolean>`not ${isAtHome} and not ${isUsed}`)
      .returning(['id', 'file_key', 'thumbnail_key'])
      .execute();
  });
  if (gone.length === 0) return;
  await deleteFiles(gone.flatMap(filesOfPicture));
  const goneIds = gone.map(({ id }) => id);
  await inTransaction(db, async (tx) => {
    await lookAgainLater(tx, goneIds);
    await tx.deleteFrom('image_tensor').where('image_id', 'in', goneIds).execute();
    await tx.deleteFrom('seen_image').where('image_id', 'in', goneIds).execute();
    await tx.deleteFrom('job').where('image_id', 'in', goneIds).where('kind', '!=', 'delete').execute();
    await tx
      .deleteFrom('gallery_embedding')
      .where('item_id', 'in', tx.selectFrom('gallery_item').select('id').where('image_id', 'in', goneIds))
      .execute();
    await tx.deleteFrom('gallery_item').where('image_id', 'in', goneIds).execute();
    await tx.deleteFrom('upload').where('id', 'in', goneIds).execute();
    await tx.deleteFrom('image').where('id', 'in', goneIds).execute();
  });
}
