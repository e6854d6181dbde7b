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

/** What a watcher of a conversation compares with what it knows. */
export interface WantedRecent {
  readonly viewerId: string;
  readonly conversationId: string;
  /** Wanted however old they are. */
  readonly messageIds: readonly string[];
}

/**
 * Messages accepted in the last ten minutes, and those named, oldest first: of many conversations in the round trips of one.
 * @returns in their order; undefined for a conversation that is gone
 */
export async function readRecentMessages(
  db: Kysely<Database>,
  wanted: readonly WantedRecent[],
): Promise<readonly (readonly RecentMessage[] | undefined)[]> {
  if (wanted.length === 0) return [];
  const conversationIds = wanted.map(({ conversationId }) => conversationId);
  const messageIds = wanted.flatMap((each) => each.messageIds);
  const here = await db
    .selectFrom('conversation')
    .select(['id', 'viewer_id'])
    .where('id', 'in', conversationIds)
    .where('deleted_at', 'is', null)
    .execute();
  const viewerOf = new Map(here.map((row) => [row.id, row.viewer_id]));
  const rows = await db
    .selectFrom('message')
    .select(['id', 'conversation_id', 'role', 'status'])
    .where('conversation_id', 'in', conversationIds)
    .where((where) =>
      where.or([
        where('created_at', '>', sql<Date>`now() - interval '10 minutes'`),
        ...(messageIds.length > 0 ? [where('id', 'in', messageIds)] : []),
      ]),
    )
    .orderBy('id')
    .execute();
  const byConversation = Map.groupBy(rows, (row) => row.conversation_id);
  return wanted.map(({ viewerId, conversationId }) =>
    viewerOf.get(conversationId) === viewerId
      ? (byConversation.get(conversationId) ?? []).map(({ id, role, status }) => ({
          messageId: id,
          role,
          ended: status !== 'QUEUED' && status !== 'RUNNING',
        }))
      : undefined,
  );
}
