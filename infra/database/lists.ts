// Pages of a viewer's things, by keyset: a cursor is the sort key of a row, so pages stay right while rows come and go.
// Must never clamp a page size: the API refuses it before.
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { refused, type Refused } from './refused.ts';
import type { Database } from './tables.ts';

/** Forwards from `after`, or backwards from `before`. */
export type Page =
  | { readonly first: number; readonly after?: string | undefined }
  | { readonly last: number; readonly before?: string | undefined };

export interface Slice {
  readonly items: readonly { readonly id: string; readonly cursor: string }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** Newest activity first. */
export function listConversations(db: Kysely<Database>, viewerId: string, page: Page): Promise<Slice | Refused> {
  const rows = sql`select id, to_char(updated_at at time zone 'utc', 'YYYYMMDDHH24MISSUS') || '.' || id as key
    from conversation where viewer_id = ${viewerId} and deleted_at is null`;
  return slice(db, rows, 'desc', page);
}

/** Newest first, all branches. */
export function listImages(
  db: Kysely<Database>,
  viewerId: string,
  conversationId: string,
  page: Page,
): Promise<Slice | Refused> {
  const rows = sql`select image.id, image.id::text as key from image
    join conversation on conversation.id = image.conversation_id and conversation.deleted_at is null
    where image.conversation_id = ${conversationId} and image.viewer_id = ${viewerId}`;
  return slice(db, rows, 'desc', page);
}

/** The path from the first message to the leaf, oldest first. The leaf was checked to be the viewer's. */
export function listMessages(db: Kysely<Database>, leafId: string, page: Page): Promise<Slice | Refused> {
  const rows = sql`select id, id::text as key from (
    with recursive path as (
      select id, parent_id from message where id = ${leafId}
      union all select parent.id, parent.parent_id from message parent join path on parent.id = path.parent_id)
    select id from path) as path`;
  return slice(db, rows, 'asc', page);
}

/** Messages with the same parent and role, oldest first, this one included. */
export async function listAlternatives(db: Kysely<Database>, messageId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select sibling.id from message self join message sibling
      on sibling.conversation_id = self.conversation_id and sibling.role = self.role
      and sibling.parent_id is not distinct from self.parent_id
    where self.id = ${messageId} order by sibling.id`.execute(db);
  return rows.map((row) => row.id);
}

async function slice(
  db: Kysely<Database>,
  source: RawBuilder<unknown>,
  order: 'asc' | 'desc',
  page: Page,
): Promise<Slice | Refused> {
  const forwards = 'first' in page;
  const size = forwards ? page.first : page.last;
  const cursor = forwards ? page.after : page.before;
  const key = cursor === undefined ? undefined : parseKey(cursor);
  if (key === null)
    return refused(
      'INVALID',
      `"${cursor ?? ''}" is no cursor of this list: use one that it returned`,
      forwards ? 'after' : 'before',
    );

  // going backwards is the opposite order read from the other end
  const ascending = (order === 'asc') === forwards;
  const bound =
    key === undefined ? sql`true` : ascending ? sql`key collate "C" > ${key}` : sql`key collate "C" < ${key}`;
  const { rows } = await sql<{ id: string; key: string }>`
    select id, key from (${source}) as source where ${bound}
    order by key collate "C" ${ascending ? sql`asc` : sql`desc`} limit ${size + 1}`.execute(db);
  const more = rows.length > size;
  const kept = rows.slice(0, size);
  if (!forwards) kept.reverse();
  return {
    items: kept.map((row) => ({ id: row.id, cursor: Buffer.from(row.key).toString('base64url') })),
    hasNextPage: forwards ? more : key !== undefined,
    hasPreviousPage: forwards ? key !== undefined : more,
  };
}

/** @returns null for anything that is not a key of ours */
function parseKey(cursor: string): string | null {
  const key = Buffer.from(cursor, 'base64url').toString('latin1');
  return /^(\d{20}\.)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(key) ? key : null;
}
