// Conversations as a whole: open, rename, delete. Deleting hides at once and cancels what runs; rows and files follow by
// a job. Must never show a conversation to anyone but its viewer.
import { sql, type Kysely, type Transaction } from 'kysely';
import { newId } from '../../core/ids.ts';
import { append } from './event-log.ts';
import { cancelWithin } from './finish.ts';
import { once, type Idempotency } from './idempotency.ts';
import { refused, type Refused } from './refused.ts';
import type { Database } from './tables.ts';
import { inTransaction, retrying } from './transaction.ts';
import { holdViewer } from './viewers.ts';

export interface CreateConversation {
  readonly viewerId: string;
  readonly title: string | null;
  readonly instructions: string | null;
  readonly idempotency: Idempotency;
}

export function createConversation(
  db: Kysely<Database>,
  input: CreateConversation,
): Promise<{ readonly outcome: 'created'; readonly conversationId: string } | Refused> {
  return inTransaction(db, (tx) =>
    once(tx, input.viewerId, input.idempotency, async () => {
      const conversationId = await insertConversation(tx, input.viewerId, input.title, input.instructions);
      return { outcome: 'created' as const, conversationId };
    }),
  );
}

export async function renameConversation(
  db: Kysely<Database>,
  input: { readonly viewerId: string; readonly conversationId: string; readonly title: string },
): Promise<{ readonly outcome: 'renamed' } | Refused> {
  const { numUpdatedRows } = await retrying(() =>
    db
      .updateTable('conversation')
      .set({ title: input.title, updated_at: sql`now()` })
      .where('id', '=', input.conversationId)
      .where('viewer_id', '=', input.viewerId)
      .where('deleted_at', 'is', null)
      .executeTakeFirst(),
  );
  return numUpdatedRows === 1n
    ? { outcome: 'renamed' }
    : refused('NOT_FOUND', 'there is no such conversation', 'conversationId');
}

export interface Deleted {
  readonly outcome: 'deleted';
  /** Replies that were running: ring their bells. */
  readonly cancelledMessageIds: readonly string[];
}

export function deleteConversation(
  db: Kysely<Database>,
  input: { readonly viewerId: string; readonly conversationId: string },
): Promise<Deleted | Refused> {
  return inTransaction(db, async (tx) => {
    const gone = await holdViewer(tx, input.viewerId);
    if (gone) return gone;
    const cancelledMessageIds = await hideWithin(tx, input);
    if (!cancelledMessageIds) return refused('NOT_FOUND', 'there is no such conversation', 'conversationId');
    await tx
      .insertInto('job')
      .values({
        id: newId(),
        kind: 'delete',
        state: 'queued',
        viewer_id: input.viewerId,
        conversation_id: input.conversationId,
      })
      .execute();
    return { outcome: 'deleted' as const, cancelledMessageIds };
  });
}

/** Hides it and ends what runs; who calls removes the rest. */
export async function hideConversation(
  db: Kysely<Database>,
  input: { readonly viewerId: string; readonly conversationId: string },
): Promise<readonly string[]> {
  return (await inTransaction(db, (tx) => hideWithin(tx, input))) ?? [];
}

/** @returns the replies it ended; undefined when it is not the viewer's, or hidden already */
async function hideWithin(
  tx: Transaction<Database>,
  { viewerId, conversationId }: { readonly viewerId: string; readonly conversationId: string },
): Promise<string[] | undefined> {
  const hidden = await tx
    .updateTable('conversation')
    .set({ deleted_at: sql`now()` })
    .where('id', '=', conversationId)
    .where('viewer_id', '=', viewerId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (hidden.numUpdatedRows === 0n) return undefined;
  const unfinished = await tx
    .selectFrom('message')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('status', 'in', ['QUEUED', 'RUNNING'])
    .orderBy('id') // one order for everyone, so that two writers cannot wait for each other
    .execute();
  const cancelled: string[] = [];
  for (const { id } of unfinished) {
    await append(tx, id, []);
    if (!(await isUnfinished(tx, id))) continue;
    await cancelWithin(tx, id);
    cancelled.push(id);
  }
  return cancelled;
}

/** The caller holds the viewer. @returns the new conversation's id */
export async function insertConversation(
  tx: Transaction<Database>,
  viewerId: string,
  title: string | null,
  instructions: string | null,
): Promise<string> {
  const id = newId();
  await tx.insertInto('conversation').values({ id, viewer_id: viewerId, title, instructions }).execute();
  return id;
}

/**
 * Takes the conversation for this transaction: its writers take turns, so the second of two sends follows the first.
 * @returns undefined when it is not the viewer's, or deleted
 */
export function lockConversation(tx: Transaction<Database>, viewerId: string, id: string) {
  return tx
    .updateTable('conversation')
    .set({ updated_at: sql`now()` })
    .where('id', '=', id)
    .where('viewer_id', '=', viewerId)
    .where('deleted_at', 'is', null)
    .returning(['id', 'active_leaf_id'])
    .executeTakeFirst();
}

/** Read after the lock of `append`, so that a finish that came first is seen. */
export async function isUnfinished(tx: Transaction<Database>, messageId: string): Promise<boolean> {
  const { status } = await tx
    .selectFrom('message')
    .select('status')
    .where('id', '=', messageId)
    .executeTakeFirstOrThrow();
  return status === 'QUEUED' || status === 'RUNNING';
}
