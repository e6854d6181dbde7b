// Removing for good: the rows of deleted conversations, and what time has made useless. In batches, so that no transaction
// grows past what Aurora DSQL takes. Must never remove a row whose file still has to be deleted.
import { sql, type Kysely } from 'kysely';
import { limits } from '../../core/limits.ts';
import { isExpired } from './idempotency.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

const batch = 500;

/** Files of a deleted conversation that have to go before its rows do. */
export async function filesOfConversation(db: Kysely<Database>, conversationId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('image')
    .select(['file_key', 'thumbnail_key'])
    .where('conversation_id', '=', conversationId)
    .execute();
  return rows.flatMap((row) => [row.file_key, row.thumbnail_key]).filter((key) => key !== null);
}

/** Removes all rows of a conversation; repeatable, so an interrupted run goes on. The caller's own job row stays. */
export async function removeConversation(db: Kysely<Database>, conversationId: string): Promise<void> {
  for (;;) {
    const images = await db
      .selectFrom('image')
      .select('id')
      .where('conversation_id', '=', conversationId)
      .limit(batch)
      .execute();
    if (images.length === 0) break;
    const ids = images.map((image) => image.id);
    await inTransaction(db, async (tx) => {
      await tx.deleteFrom('image_tensor').where('image_id', 'in', ids).execute();
      await tx.deleteFrom('image').where('id', 'in', ids).execute();
    });
  }
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
  await db.deleteFrom('conversation').where('id', '=', conversationId).execute();
}

/** One round of what time removes: logs of messages that ended a day ago, and used keys. */
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
    await db.deleteFrom('event').where('message_id', 'in', ids).execute();
  }
  const keys = await db.selectFrom('idempotency').select(['viewer_id', 'key']).where(isExpired).limit(batch).execute();
  for (const { viewer_id: viewerId, key } of keys) {
    await db.deleteFrom('idempotency').where('viewer_id', '=', viewerId).where('key', '=', key).execute();
  }
}
