// Conversations as rows. Must never show a deleted one or another viewer's.
import type { Kysely } from 'kysely';
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
