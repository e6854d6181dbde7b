// What image encoders made of pictures, kept so that each package sees a picture once. Must never outlive the picture: a
// worker may still look at it while its rows are removed.
import { sql, type Kysely } from 'kysely';
import type { WireTensor } from '../../core/function-contract.ts';
import { galleryOwners } from './package-owner.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** Where a finished picture lies. */
export interface PictureFile {
  /** The picture's own id, also where it was asked for by its place in the gallery. */
  readonly imageId: string;
  readonly fileKey: string;
}

/** What a model package makes of a picture. */
export interface SeenImage {
  /** What stands for it in a prompt, shape (k, width of the language model). */
  readonly rows: WireTensor;
  /** What a gallery finds it by, of unit length; undefined where the package has no head for it. */
  readonly embedding: WireTensor | undefined;
}

/**
 * @param ids of pictures, and of gallery items, whose pictures are meant
 * @returns by the id asked for; what is unfinished, gone or another viewer's is left out, what came with the package is everyone's
 */
export async function readPictureFiles(
  db: Kysely<Database>,
  viewerId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PictureFile>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ asked: string; id: string; key: string }>`
    select image.id as asked, image.id, image.file_key as key from image
      where image.id in (${sql.join(ids)}) and ${isThere(viewerId)}
    union all select item.id, image.id, image.file_key from gallery_item item join image on image.id = item.image_id
      where item.id in (${sql.join(ids)}) and ${isThere(viewerId)}`.execute(db);
  return new Map(rows.map(({ asked, id, key }) => [asked, { imageId: id, fileKey: key }]));
}

const isThere = (viewerId: string) => sql<boolean>`
  image.viewer_id in (${sql.join(galleryOwners(viewerId))}) and image.status = 'COMPLETED' and image.file_key is not null and image.deleted_at is null`;

/** @returns by the picture's own id */
export async function readSeen(
  db: Kysely<Database>,
  modelDigest: string,
  imageIds: readonly string[],
): Promise<ReadonlyMap<string, SeenImage>> {
  if (imageIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('seen_image')
    .selectAll()
    .where('image_id', 'in', imageIds)
    .where('model_digest', '=', modelDigest)
    .execute();
  return new Map(
    rows.map((row) => [
      row.image_id,
      {
        rows: { shape: JSON.parse(row.rows_shape) as number[], fp16: row.rows_fp16 },
        embedding: row.embedding_fp16 === null ? undefined : toVector(row.embedding_fp16),
      },
    ]),
  );
}

/** Keeps it unless the picture is gone, or another worker was faster. */
export function keepSeen(db: Kysely<Database>, modelDigest: string, imageId: string, seen: SeenImage): Promise<void> {
  return inTransaction(db, async (tx) => {
    // the lock: whoever removes the picture writes this row too, and removes ours behind it
    const there = await tx
      .updateTable('image')
      .set({ used_at: sql<Date>`now()` })
      .where('id', '=', imageId)
      .where('deleted_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (!there) return;
    await tx
      .insertInto('seen_image')
      .values({
        image_id: imageId,
        model_digest: modelDigest,
        rows_shape: JSON.stringify(seen.rows.shape),
        rows_fp16: seen.rows.fp16,
        embedding_fp16: seen.embedding?.fp16 ?? null,
      })
      .onConflict((conflict) => conflict.columns(['image_id', 'model_digest']).doNothing())
      .execute();
  });
}

function toVector(fp16: string): WireTensor {
  return { shape: [Buffer.from(fp16, 'base64').length / Uint16Array.BYTES_PER_ELEMENT], fp16 };
}
