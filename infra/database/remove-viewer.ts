// The end of an account: pictures with their files, counts, keys, jobs, and the viewer's row last. In batches, so that no
// transaction grows past what Aurora DSQL takes. Must never remove a row whose file still has to be deleted.
import type { Kysely } from 'kysely';
import { endJob, type ClaimedJob, type Fenced } from './jobs.ts';
import { lookAgainLater } from './late-files.ts';
import { filesOfPicture, type DeleteFiles } from './picture-use.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

const batch = 300;
const picturesAtOnce = 50;

/** Uploads, gallery and pictures of a viewer; also files of attempts that came to nothing, which no row names. */
export async function removePicturesOf(
  db: Kysely<Database>,
  viewerId: string,
  deleteFiles: DeleteFiles,
): Promise<void> {
  for (;;) {
    const uploads = await db
      .selectFrom('upload')
      .select(['id', 'file_key'])
      .where('viewer_id', '=', viewerId)
      .limit(batch)
      .execute();
    if (uploads.length === 0) break;
    await deleteFiles(uploads.map((upload) => upload.file_key));
    const ids = uploads.map(({ id }) => id);
    await inTransaction(db, async (tx) => {
      await lookAgainLater(tx, ids);
      await tx.deleteFrom('upload').where('id', 'in', ids).execute();
    });
  }
  for (;;) {
    const items = await db
      .selectFrom('gallery_item')
      .select('id')
      .where('viewer_id', '=', viewerId)
      .limit(batch)
      .execute();
    if (items.length === 0) break;
    const ids = items.map(({ id }) => id);
    await inTransaction(db, async (tx) => {
      await tx.deleteFrom('gallery_embedding').where('item_id', 'in', ids).execute();
      await tx.deleteFrom('gallery_item').where('id', 'in', ids).execute();
    });
  }
  for (;;) {
    const images = await db
      .selectFrom('image')
      .select(['id', 'file_key', 'thumbnail_key'])
      .where('viewer_id', '=', viewerId)
      .limit(picturesAtOnce)
      .execute();
    if (images.length === 0) break;
    await deleteFiles(images.flatMap(filesOfPicture));
    const ids = images.map(({ id }) => id);
    await inTransaction(db, async (tx) => {
      await lookAgainLater(tx, ids);
      await tx.deleteFrom('image_tensor').where('image_id', 'in', ids).execute();
      await tx.deleteFrom('image').where('id', 'in', ids).execute();
      // behind the pictures' own rows, which whoever writes one of these locks first
      await tx.deleteFrom('seen_image').where('image_id', 'in', ids).execute();
    });
  }
}

/** Conversations of a viewer that are still there, some at a time. */
export async function someConversations(db: Kysely<Database>, viewerId: string): Promise<string[]> {
  const rows = await db.selectFrom('conversation').select('id').where('viewer_id', '=', viewerId).limit(20).execute();
  return rows.map(({ id }) => id);
}

/** The last rows of a viewer, whose conversations are gone. Ends the caller's job by removing it too. */
export async function removeViewer(db: Kysely<Database>, job: ClaimedJob): Promise<Fenced> {
  const { viewerId } = job;
  for (const table of ['usage', 'job'] as const) {
    for (;;) {
      const rows = await db
        .selectFrom(table)
        .select('id')
        .where('viewer_id', '=', viewerId)
        .where('id', '!=', job.id)
        .limit(batch)
        .execute();
      if (rows.length === 0) break;
      const ids = rows.map(({ id }) => id);
      await inTransaction(db, (tx) => tx.deleteFrom(table).where('id', 'in', ids).execute());
    }
  }
  for (;;) {
    const rows = await db
      .selectFrom('idempotency')
      .select('key')
      .where('viewer_id', '=', viewerId)
      .limit(batch)
      .execute();
    if (rows.length === 0) break;
    const keys = rows.map(({ key }) => key);
    await inTransaction(db, (tx) =>
      tx.deleteFrom('idempotency').where('viewer_id', '=', viewerId).where('key', 'in', keys).execute(),
    );
  }
  return inTransaction(db, async (tx) => {
    if ((await endJob(tx, job, 'done')) === 'lost') return 'lost';
    await tx.deleteFrom('job').where('id', '=', job.id).execute();
    await tx.deleteFrom('viewer').where('id', '=', viewerId).execute();
    return 'held';
  });
}
