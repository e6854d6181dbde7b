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
  const rows = sql`select id, updated_at as at from conversation where viewer_id = ${viewerId} and deleted_at is null`;
  return slice(db, rows, byTime, 'desc', page);
}

/** Newest first, all branches; replays stand in none. */
export function listImages(
  db: Kysely<Database>,
  viewerId: string,
  conversationId: string,
  page: Page,
): Promise<Slice | Refused> {
  const rows = sql`select image.id from image
    join conversation on conversation.id = image.conversation_id and conversation.deleted_at is null
    where image.conversation_id = ${conversationId} and image.viewer_id = ${viewerId} and image.replay_of_id is null`;
  return slice(db, rows, byId, 'desc', page);
}

/** The path from the first message to the leaf, oldest first. The leaf was checked to be the viewer's. */
export function listMessages(db: Kysely<Database>, leafId: string, page: Page): Promise<Slice | Refused> {
  const rows = sql`with recursive path as (
      select id, parent_id from message where id = ${leafId}
      union all select parent.id, parent.parent_id from message parent join path on parent.id = path.parent_id)
    select id from path`;
  return slice(db, rows, byId, 'asc', page);
}

/** For each message those with the same parent and role, oldest first, itself included. */
export async function listAlternatives(
  db: Kysely<Database>,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await sql<{ self: string; id: string }>`
    select self.id as self, sibling.id from message self join message sibling
      on sibling.conversation_id = self.conversation_id and sibling.role = self.role
      and sibling.parent_id is not distinct from self.parent_id
    where self.id in (${sql.join(messageIds)}) order by sibling.id`.execute(db);
  const found = new Map<string, string[]>(messageIds.map((id) => [id, []]));
  for (const { self, id } of rows) found.get(self)?.push(id);
  return found;
}

/** What a list is sorted by. Rows are compared as they are, never as text: what text sorts like is the database's locale's. */
interface SortKey {
  /** Cursor of a row, from its columns. */
  readonly text: RawBuilder<unknown>;
  readonly columns: readonly RawBuilder<unknown>[];
  /** @returns the columns' values, or null for anything that is not a key of ours */
  readonly parse: (key: string) => readonly RawBuilder<unknown>[] | null;
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

export const byId: SortKey = {
  text: sql`id::text`,
  columns: [sql`id`],
  parse: (key) => (new RegExp(`^${uuid}$`).test(key) ? [sql`${key}::uuid`] : null),
};

const byTime: SortKey = {
  text: sql`to_char(at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS.US') || '.' || id`,
  columns: [sql`at`, sql`id`],
  parse(key) {
    const found = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6})\\.(${uuid})$`).exec(key);
    if (!found) return null;
    // a day that no calendar has is no key of ours either, and the database would fail on it
    const at = new Date(`${found[1]!.replace(' ', 'T')}Z`);
    if (
      Number.isNaN(at.valueOf()) ||
      at.getUTCFullYear() < 1 ||
      at.toISOString().slice(0, 10) !== found[1]!.slice(0, 10)
    )
      return null;
    return [sql`${`${found[1]!}+00`}::timestamptz`, sql`${found[2]!}::uuid`];
  },
};

export async function slice(
  db: Kysely<Database>,
  source: RawBuilder<unknown>,
  sort: SortKey,
  order: 'asc' | 'desc',
  page: Page,
): Promise<Slice | Refused> {
  const forwards = 'first' in page;
  const size = forwards ? page.first : page.last;
  const cursor = forwards ? page.after : page.before;
  const from = cursor === undefined ? undefined : sort.parse(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (from === null)
    return refused(
      'INVALID',
      `"${cursor?.slice(0, 80) ?? ''}" is no cursor of this list: use one that it returned`,
      forwards ? 'after' : 'before',
    );

  // going backwards is the opposite order read from the other end
  const ascending = (order === 'asc') === forwards;
  const direction = ascending ? sql`asc` : sql`desc`;
  const bound = from ? sql`(${sql.join(sort.columns)}) ${ascending ? sql`>` : sql`<`} (${sql.join(from)})` : sql`true`;
  const { rows } = await sql<{ id: string; key: string }>`
    select id, ${sort.text} as key from (${source}) as source where ${bound}
    order by ${sql.join(sort.columns.map((column) => sql`${column} ${direction}`))} limit ${size + 1}`.execute(db);
  const more = rows.length > size;
  const kept = rows.slice(0, size);
  if (!forwards) kept.reverse();
  return {
    items: kept.map((row) => ({ id: row.id, cursor: Buffer.from(row.key).toString('base64url') })),
    hasNextPage: forwards ? more : from !== undefined,
    hasPreviousPage: forwards ? from !== undefined : more,
  };
}
