// Viewers: whoever authentication has named. A viewer exists from its first request on, until it deletes itself: then its
// name is free at once, whatever runs for it ends, and a job removes what is left. Must never let a deleted viewer write.
import { sql, type Kysely, type Transaction } from 'kysely';
import { newId } from '../../core/ids.ts';
import { leaveUse, takeUse } from './carried-use.ts';
import { refused, type Refused } from './refused.ts';
import type { Database, JobKind } from './tables.ts';
import { inTransaction } from './transaction.ts';

export interface Viewer {
  readonly id: string;
  readonly name: string;
}

export const findViewer = (db: Kysely<Database>, name: string): Promise<Viewer | undefined> =>
  db.selectFrom('viewer').select(['id', 'name']).where('name', '=', name).executeTakeFirst();

/** The viewer of that name, made if this is its first request. */
export async function ensureViewer(db: Kysely<Database>, name: string): Promise<Viewer> {
  const known = await findViewer(db, name);
  if (known) return known;
  await inTransaction(db, async (tx) => {
    const id = newId();
    const { numInsertedOrUpdatedRows: made } = await tx
      .insertInto('viewer')
      .values({ id, name })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirst();
    if (made === 1n) await takeUse(tx, id, name);
  });
  return db.selectFrom('viewer').select(['id', 'name']).where('name', '=', name).executeTakeFirstOrThrow();
}

/**
 * Forgets name and API tokens at once; conversations, files and counts follow by a job. Whoever comes with the same
 * credential afterwards is someone new.
 * @param keepsUse where there is a budget: what was used today counts for whoever comes with the same name
 */
export function deleteViewer(
  db: Kysely<Database>,
  viewerId: string,
  keepsUse = false,
): Promise<{ readonly outcome: 'deleted' } | Refused> {
  return inTransaction(db, async (tx) => {
    const known = tx.selectFrom('viewer').select('name').where('id', '=', viewerId).where('deleted_at', 'is', null);
    const viewer = keepsUse ? await known.executeTakeFirst() : undefined;
    if (viewer) await leaveUse(tx, viewerId, viewer.name);
    const hidden = await tx
      .updateTable('viewer')
      .set({ deleted_at: sql`now()`, name: `deleted ${viewerId}` })
      .where('id', '=', viewerId)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    if (hidden.numUpdatedRows === 0n) return refused('NOT_FOUND', 'this account was deleted already');
    await tx.deleteFrom('api_token').where('viewer_id', '=', viewerId).execute();
    // replies first: pictures that a running one has just added are seen by the second statement, and it adds no more
    await endJobs(tx, viewerId, ['reply']);
    await endJobs(tx, viewerId, ['image', 'ingest', 'embed', 'delete']);
    await tx
      .insertInto('job')
      .values({ id: newId(), kind: 'viewer', state: 'queued', viewer_id: viewerId, conversation_id: viewerId })
      .execute();
    return { outcome: 'deleted' as const };
  });
}

/** Whoever runs one of them finds its fence gone, and can write nothing more. */
async function endJobs(tx: Transaction<Database>, viewerId: string, kinds: readonly JobKind[]): Promise<void> {
  await tx
    .updateTable('job')
    .set({ state: 'cancelled', fence: null, lease_until: null, activity: null, finished_at: sql`now()` })
    .where('viewer_id', '=', viewerId)
    .where('kind', 'in', kinds)
    .where('state', 'in', ['queued', 'running'])
    .execute();
}

/**
 * Keeps the account from going while this transaction adds to it, and whoever else adds to it from counting beside it. A
 * write, not a lock: at repeatable read the second of two would count by a snapshot from before the first one's commit,
 * and only two writes of one row make it fail and run again.
 * @returns why it may not be added to
 */
export async function holdViewer(tx: Transaction<Database>, viewerId: string): Promise<Refused | undefined> {
  const { numUpdatedRows } = await tx
    .updateTable('viewer')
    .set({ deleted_at: null })
    .where('id', '=', viewerId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n
    ? undefined
    : refused('NOT_FOUND', 'this account was deleted: ask again in a moment to begin anew');
}
