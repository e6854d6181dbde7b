// Conversations as rows. Must never show a deleted one or another viewer's.
import { sql, type Kysely } from 'kysely';
import type { Database } from './tables.ts';

export interface ConversationSnapshot {
  readonly id: string;
  readonly title: string | null;
  readonly instructions: string | null;
  readonly activeLeafId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export async function readConversations(
  db: Kysely<Database>,
  viewerId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ConversationSnapshot>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('conversation')
    .selectAll()
    .where('id', 'in', ids)
    .where('viewer_id', '=', viewerId)
    .where('deleted_at', 'is', null)
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        title: row.title,
        instructions: row.instructions,
        activeLeafId: row.active_leaf_id,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      },
    ]),
  );
}

export interface RecentMessage {
  readonly messageId: string;
  readonly role: 'user' | 'assistant';
  readonly ended: boolean;
}

/**
 * Messages accepted in the last ten minutes, and those named, oldest first: what a watcher of the conversation compares.
 * @returns undefined when the conversation is gone
 */
export async function readRecentMessages(
  db: Kysely<Database>,
  viewerId: string,
  conversationId: string,
  messageIds: readonly string[],
): Promise<readonly RecentMessage[] | undefined> {
  if ((await readConversations(db, viewerId, [conversationId])).size === 0) return undefined;
  const rows = await db
    .selectFrom('message')
    .select(['id', 'role', 'status'])
    .where('conversation_id', '=', conversationId)
    .where((where) =>
      where.or([
        where('created_at', '>', sql<Date>`now() - interval '10 minutes'`),
        ...(messageIds.length > 0 ? [where('id', 'in', messageIds)] : []),
      ]),
    )
    .orderBy('id')
    .execute();
  return rows.map(({ id, role, status }) => ({
    messageId: id,
    role,
    ended: status !== 'QUEUED' && status !== 'RUNNING',
  }));
}
