// Removing for good: the rows of deleted conversations, and what time has made useless. In batches, so that no transaction
// grows past what Aurora DSQL takes. Must never remove a row whose file still has to be deleted.
import { sql, type Kysely } from 'kysely';
import { limits } from '../../core/limits.ts';
import { sweepUse } from './carried-use.ts';
import { isExpired } from './idempotency.ts';
import { lookAgainLater } from './late-files.ts';
import { release, type DeleteFiles } from './picture-use.ts';
import type { Database } from './tables.ts';
import { inTransaction, retrying } from './transaction.ts';

const batch = 500;

/** Removes all rows of a conversation but its pictures'; repeatable, so an interrupted run goes on. The caller's own job row stays. */
export async function removeConversation(db: Kysely<Database>, conversationId: string): Promise<void> {
  for (;;) {
    // few messages at a time: each has hundreds of events
    const messages = await db
      .selectFrom('message')
      .select('id')
      .where('conversation_id', '=', conversationId)
      .limit(4)
      .execute();
    if (messages.length === 0) break;
    const ids = messages.map((message) => message.id);
    await inTransaction(db, async (tx) => {
      await tx.deleteFrom('event').where('message_id', 'in', ids).execute();
      await tx.deleteFrom('stream').where('message_id', 'in', ids).execute();
      await tx.deleteFrom('part').where('message_id', 'in', ids).execute();
      await tx.deleteFrom('job').where('message_id', 'in', ids).execute();
      await tx.deleteFrom('message').where('id', 'in', ids).execute();
    });
  }
  await retrying(() => db.deleteFrom('conversation').where('id', '=', conversationId).execute());
}

/** One round of what time removes: logs of messages that ended a day ago, used keys, and what was used on days that are over. */
export async function sweep(db: Kysely<Database>): Promise<void> {
  const old = await db
    .selectFrom('message')
    .innerJoin('event', 'event.message_id', 'message.id')
    .select('message.id')
    .distinct()
    .where('message.finished_at', '<', sql<Date>`now() - ${limits.eventLogKeepMs} * interval '1 millisecond'`)
    .limit(4)
    .execute();
  if (old.length > 0) {
    const ids = old.map((message) => message.id);
    await retrying(() => db.deleteFrom('event').where('message_id', 'in', ids).execute());
  }
  const keys = await db.selectFrom('idempotency').select(['viewer_id', 'key']).where(isExpired).limit(batch).execute();
  for (const { viewer_id: viewerId, key } of keys) {
    await retrying(() =>
      db.deleteFrom('idempotency').where('viewer_id', '=', viewerId).where('key', '=', key).execute(),
    );
  }
  await sweepUse(db);
}

/** Uploads of yesterday are forgotten; a picture that one became stays where a message shows it. */
export async function sweepUploads(db: Kysely<Database>, deleteFiles: DeleteFiles): Promise<void> {
  const old = await db
    .selectFrom('upload')
    .select(['id', 'file_key'])
    .where('created_at', '<', sql<Date>`now() - ${limits.uploadKeepMs} * interval '1 millisecond'`)
    .orderBy('created_at')
    .limit(100)
    .execute();
  if (old.length === 0) return;
  const ids = old.map(({ id }) => id);
  await deleteFiles(old.map((upload) => upload.file_key));
  await release(db, ids, deleteFiles);
  await inTransaction(db, async (tx) => {
    // one that was never cleaned has no picture, and its job has nothing to do any more
    await tx
      .updateTable('job')
      .set({ state: 'cancelled', fence: null, lease_until: null, activity: null, finished_at: sql`now()` })
      .where('image_id', 'in', ids)
      .where('state', 'in', ['queued', 'running'])
      .execute();
    await lookAgainLater(tx, ids);
    await tx.deleteFrom('upload').where('id', 'in', ids).execute();
  });
}
