// The viewer's gallery: pictures kept to be found, with a title and where they come from, beside those that came with the model
// package and are everyone's. A kept picture stays while it is in the gallery or a message shows it. Searching, by words and by
// meaning, stands behind one interface.
import { sql, type Kysely } from 'kysely';
import { cosine, toVector } from '../../core/embedding.ts';
import { newId } from '../../core/ids.ts';
import { limits } from '../../core/limits.ts';
import { queueEmbedding } from './embeddings.ts';
import { once, type Idempotency } from './idempotency.ts';
import { byId, slice, type Page, type Slice } from './lists.ts';
import { galleryOwners, packageOwnerId } from './package-owner.ts';
import { usePicture } from './picture-use.ts';
import { refused, type Refused } from './refused.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';
import { holdViewer } from './viewers.ts';

/** Every word must be part of the title, whatever its case. */
export interface GalleryQuery {
  readonly kind: 'title';
  readonly text: string;
}

export interface Gallery {
  /** Ids of the viewer's items, newest first; all of them without a query. Exact. */
  readonly search: (viewerId: string, query: GalleryQuery | undefined, page: Page) => Promise<Slice | Refused>;
  /** The items whose pictures are most alike to another one of the gallery, best first, itself left out. Exact. */
  readonly alike: (viewerId: string, wanted: AlikeQuery, page: Page) => Promise<AlikeSlice | Refused>;
  /** The items whose embeddings by this model are most alike, best first. Exact: every one is compared, in memory. */
  readonly nearest: (viewerId: string, wanted: NearestQuery) => Promise<readonly Match[]>;
}

export interface AlikeQuery {
  /** Of an item, or of the picture that it stands for. */
  readonly imageId: string;
  readonly modelDigest: string;
}

export interface AlikeSlice extends Slice {
  /** Item → cosine. */
  readonly similarities: ReadonlyMap<string, number>;
}

export interface NearestQuery {
  readonly modelDigest: string;
  /** Half precision, base64, of the embeddings' length. */
  readonly fp16: string;
  readonly count: number;
  /** Items and pictures that are not wanted: the dialogue shows them already. */
  readonly except: ReadonlySet<string>;
}

export interface Match {
  readonly itemId: string;
  /** Cosine. */
  readonly similarity: number;
}

export function createGallery(db: Kysely<Database>): Gallery {
  const gallery: Gallery = {
    search(viewerId, query, page) {
      const words = query?.text.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
      const matches = words.map((word) => sql`position(${word} in lower(title)) > 0`);
      const rows = sql`select id from gallery_item where viewer_id in (${sql.join(galleryOwners(viewerId))}) and removed_at is null
        and ${matches.length === 0 ? sql`true` : sql.join(matches, sql` and `)}`;
      return slice(db, rows, byId, 'desc', page);
    },
    async alike(viewerId, { imageId, modelDigest }, page) {
      const path = ['query', 'imageId'];
      const asked = await db
        .selectFrom('gallery_item')
        .leftJoin('gallery_embedding', (join) =>
          join.onRef('item_id', '=', 'gallery_item.id').on('model_digest', '=', modelDigest),
        )
        .select(['gallery_item.id', 'fp16'])
        .where('viewer_id', 'in', galleryOwners(viewerId))
        .where('removed_at', 'is', null)
        .where((or) => or.or([or('gallery_item.id', '=', imageId), or('image_id', '=', imageId)]))
        .executeTakeFirst();
      if (!asked) return refused('NOT_FOUND', 'the gallery has no such picture: add it first', ...path);
      if (asked.fp16 === null)
        return refused('INVALID', 'this picture has not been looked at yet: try again in a while', ...path);
      const wanted = { modelDigest, fp16: asked.fp16, count: Infinity, except: new Set([asked.id]) };
      return sliceMatches(await gallery.nearest(viewerId, wanted), page);
    },
    async nearest(viewerId, { modelDigest, fp16, count, except }) {
      const rows = await db
        .selectFrom('gallery_embedding')
        .innerJoin('gallery_item', 'gallery_item.id', 'gallery_embedding.item_id')
        .select(['item_id', 'image_id', 'fp16'])
        .where('gallery_item.viewer_id', 'in', galleryOwners(viewerId))
        .where('gallery_item.removed_at', 'is', null)
        .where('model_digest', '=', modelDigest)
        .execute();
      // also a picture that the dialogue shows as itself, or by another place in the gallery
      const shown = new Set([...except, ...(await picturesBehind(db, except))]);
      const query = toVector(fp16);
      return rows
        .filter((row) => !shown.has(row.item_id) && !shown.has(row.image_id))
        .flatMap((row) => {
          const similarity = cosine(query, toVector(row.fp16));
          return similarity === undefined ? [] : [{ itemId: row.item_id, similarity }];
        })
        .sort((a, b) => b.similarity - a.similarity || (a.itemId < b.itemId ? -1 : 1))
        .slice(0, count);
    },
  };
  return gallery;
}

/** A cursor is an item's id, so that pages stay right while others come and go. */
function sliceMatches(matches: readonly Match[], page: Page): AlikeSlice | Refused {
  const forwards = 'first' in page;
  const cursor = forwards ? page.after : page.before;
  const from =
    cursor === undefined ? undefined : matches.findIndex(({ itemId }) => itemId === Buffer.from(cursor, 'base64url').toString('latin1')); // prettier-ignore
  if (from === -1)
    return refused(
      'INVALID',
      `"${cursor?.slice(0, 80) ?? ''}" is no cursor of this list, or its picture is gone: begin anew`,
      forwards ? 'after' : 'before',
    );
  const start = forwards ? (from === undefined ? 0 : from + 1) : Math.max(0, (from ?? matches.length) - page.last);
  const end = forwards ? start + page.first : (from ?? matches.length);
  const kept = matches.slice(start, end);
  return {
    items: kept.map(({ itemId }) => ({ id: itemId, cursor: Buffer.from(itemId).toString('base64url') })),
    similarities: new Map(kept.map(({ itemId, similarity }) => [itemId, similarity])),
    hasNextPage: end < matches.length,
    hasPreviousPage: start > 0,
  };
}

export interface AddToGallery {
  readonly viewerId: string;
  readonly imageId: string;
  /** The input field that names the picture. */
  readonly path: readonly string[];
  readonly title: string;
  readonly creator: string | null;
  readonly licence: string | null;
  readonly sourcePage: string | null;
  /** Whether a worker can see it, so that it is found by what it shows. */
  readonly isSeen: boolean;
  readonly idempotency: Idempotency;
}

export function addToGallery(
  db: Kysely<Database>,
  input: AddToGallery,
): Promise<{ readonly outcome: 'added'; readonly itemId: string } | Refused> {
  const { viewerId, imageId, path } = input;
  return inTransaction(db, (tx) =>
    once(tx, viewerId, input.idempotency, async () => {
      const status = await usePicture(tx, viewerId, imageId);
      if (status === undefined) return refused('NOT_FOUND', 'there is no such picture', ...path);
      if (status !== 'COMPLETED')
        return refused('INVALID', `this picture is ${status}: only a finished one can be kept`, ...path);
      const pictureId = await pictureBehind(tx, imageId);
      const inGallery = tx.selectFrom('gallery_item').where('removed_at', 'is', null);
      const there = await inGallery
        .select('title')
        .where('viewer_id', 'in', galleryOwners(viewerId))
        .where('image_id', '=', pictureId)
        .executeTakeFirst();
      if (there) return refused('CONFLICT', `this picture is in the gallery already, as "${there.title}"`, ...path);
      const { count } = await inGallery
        .where('viewer_id', '=', viewerId)
        .select(sql<string>`count(*)`.as('count'))
        .executeTakeFirstOrThrow();
      if (Number(count) >= limits.maxGalleryItems)
        return refused(
          'TOO_LARGE',
          `the gallery holds ${count} pictures, the limit is ${limits.maxGalleryItems}: remove some`,
        );
      const itemId = newId();
      await tx
        .insertInto('gallery_item')
        .values({
          id: itemId,
          viewer_id: viewerId,
          image_id: pictureId,
          title: input.title,
          creator: input.creator,
          licence: input.licence,
          source_page: input.sourcePage,
          origin: null,
        })
        .execute();
      if (input.isSeen) await queueEmbedding(tx, viewerId, pictureId);
      return { outcome: 'added' as const, itemId };
    }),
  );
}

/** Messages that show it keep showing it; a picture that nothing shows any more follows by a job. */
export function removeFromGallery(
  db: Kysely<Database>,
  input: { readonly viewerId: string; readonly itemId: string },
): Promise<{ readonly outcome: 'removed' } | Refused> {
  return inTransaction(db, async (tx) => {
    const gone = await holdViewer(tx, input.viewerId);
    if (gone) return gone;
    const item = await tx
      .updateTable('gallery_item')
      .set({ removed_at: sql<Date>`now()` })
      .where('id', '=', input.itemId)
      .where('viewer_id', '=', input.viewerId)
      .where('removed_at', 'is', null)
      .returning('image_id')
      .executeTakeFirst();
    if (!item) return refused(...(await whyNotRemoved(tx, input.itemId)), 'imageId');
    await tx
      .insertInto('job')
      .values({
        id: newId(),
        kind: 'delete',
        state: 'queued',
        viewer_id: input.viewerId,
        conversation_id: item.image_id,
        image_id: item.image_id,
      })
      .execute();
    return { outcome: 'removed' as const };
  });
}

async function whyNotRemoved(tx: Kysely<Database>, itemId: string): Promise<[Refused['code'], string]> {
  const packaged = await tx
    .selectFrom('gallery_item')
    .select('title')
    .where('id', '=', itemId)
    .where('viewer_id', '=', packageOwnerId)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  if (!packaged) return ['NOT_FOUND', 'there is no such picture in the gallery'];
  return ['INVALID', `"${packaged.title}" came with the model and is everyone's: it cannot be removed`];
}

/** Of those of the ids that are items. */
async function picturesBehind(db: Kysely<Database>, ids: ReadonlySet<string>): Promise<readonly string[]> {
  if (ids.size === 0) return [];
  const rows = await db
    .selectFrom('gallery_item')
    .select('image_id')
    .where('id', 'in', [...ids])
    .execute();
  return rows.map((row) => row.image_id);
}

/** The picture that an item stands for, or the picture itself. */
async function pictureBehind(tx: Kysely<Database>, id: string): Promise<string> {
  const item = await tx.selectFrom('gallery_item').select('image_id').where('id', '=', id).executeTakeFirst();
  return item?.image_id ?? id;
}
