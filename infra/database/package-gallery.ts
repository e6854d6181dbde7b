// Pictures that come with a model package, as rows: written once, whatever the number of workers and viewers. Must never take
// a picture away from a message that shows it.
import { sql, type Kysely } from 'kysely';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';
import { packageOwnerId } from './package-owner.ts';

/** A picture whose file lies in S3 already. */
export interface PackagedPicture {
  readonly itemId: string;
  readonly imageId: string;
  readonly title: string;
  readonly creator: string;
  readonly licence: string;
  /** What it is and what it was made from, in a sentence. */
  readonly origin: string;
  readonly width: number;
  readonly height: number;
  readonly byteSize: number;
  /** Of the file, in hex. */
  readonly sha256: string;
  readonly placeholder: string;
  readonly fileKey: string;
  readonly thumbnailKey: string;
  /** Half precision, base64. */
  readonly embedding: string;
}

/** Items that are in everyone's gallery and can be found by this model. */
export async function readPackaged(db: Kysely<Database>, modelDigest: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('gallery_item')
    .innerJoin('gallery_embedding', 'gallery_embedding.item_id', 'gallery_item.id')
    .select('gallery_item.id')
    .where('viewer_id', '=', packageOwnerId)
    .where('removed_at', 'is', null)
    .where('model_digest', '=', modelDigest)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Puts them into everyone's gallery; those that are there stay as they are. At most a few hundred at once. */
export function putPackaged(
  db: Kysely<Database>,
  modelDigest: string,
  pictures: readonly PackagedPicture[],
): Promise<void> {
  return inTransaction(db, async (tx) => {
    await tx
      .insertInto('image')
      .values(
        pictures.map(({ imageId, title, ...picture }) => ({
          id: imageId,
          viewer_id: packageOwnerId,
          kind: 'uploaded' as const,
          conversation_id: imageId,
          message_id: imageId,
          part_index: 0,
          take: 0,
          status: 'COMPLETED' as const,
          recipe: '{}',
          alt: title,
          width: picture.width,
          height: picture.height,
          content_type: 'image/webp',
          byte_size: picture.byteSize,
          sha256: picture.sha256,
          placeholder: picture.placeholder,
          file_key: picture.fileKey,
          thumbnail_key: picture.thumbnailKey,
        })),
      )
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
    // the lock: one that is being removed, since a package before had let go of it, comes back with the next start
    const there = await tx
      .updateTable('image')
      .set({ used_at: sql<Date>`now()` })
      .where(
        'id',
        'in',
        pictures.map(({ imageId }) => imageId),
      )
      .where('deleted_at', 'is', null)
      .returning('id')
      .execute();
    const alive = new Set(there.map(({ id }) => id));
    const kept = pictures.filter(({ imageId }) => alive.has(imageId));
    if (kept.length === 0) return;
    await tx
      .insertInto('gallery_item')
      .values(
        kept.map(({ itemId, imageId, title, creator, licence, origin }) => ({
          id: itemId,
          viewer_id: packageOwnerId,
          image_id: imageId,
          title,
          creator,
          licence,
          source_page: null,
          origin,
        })),
      )
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ removed_at: null }))
      .execute();
    await tx
      .insertInto('gallery_embedding')
      .values(kept.map(({ itemId, embedding }) => ({ item_id: itemId, model_digest: modelDigest, fp16: embedding })))
      .onConflict((conflict) => conflict.columns(['item_id', 'model_digest']).doNothing())
      .execute();
  });
}

/**
 * Takes what another package brought out of everyone's gallery; messages that show it still do. Rows and files stay for when
 * that package comes back: a few megabytes a package.
 * @param itemIds of the package that is served
 */
export async function retirePackaged(db: Kysely<Database>, itemIds: ReadonlySet<string>): Promise<void> {
  const rows = await db
    .selectFrom('gallery_item')
    .select('id')
    .where('viewer_id', '=', packageOwnerId)
    .where('removed_at', 'is', null)
    .execute();
  const others = rows.map(({ id }) => id).filter((id) => !itemIds.has(id));
  if (others.length === 0) return;
  await inTransaction(db, (tx) =>
    tx
      .updateTable('gallery_item')
      .set({ removed_at: sql<Date>`now()` })
      .where('id', 'in', others)
      .execute(),
  );
}
