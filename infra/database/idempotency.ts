// One intent, one effect: a key used again returns what it made the first time. Written in the transaction of the
// mutation itself, so a key is stored exactly when its effect is. Refusals are not stored: they may be mended.
import { sql, type Transaction } from 'kysely';
import { limits } from '../../core/limits.ts';
import { isItemVisible, isVisible } from './picture-use.ts';
import { isRefused, refused, type Refused } from './refused.ts';
import type { Database } from './tables.ts';
import { holdViewer } from './viewers.ts';

export interface Idempotency {
  /** UUID made by the client, once per intent. */
  readonly key: string;
  readonly mutation: string;
  /** sha256 of the canonical input without the key. */
  readonly digest: string;
}

/**
 * Runs `make` unless the key has been used within the last 24 hours. A racing twin fails on the primary key, is retried by
 * `inTransaction`, and then finds the stored result.
 */
export async function once<T extends object>(
  tx: Transaction<Database>,
  viewerId: string,
  { key, mutation, digest }: Idempotency,
  make: () => Promise<T | Refused>,
): Promise<T | Refused> {
  const known = await tx
    .selectFrom('idempotency')
    .select(['mutation', 'digest', 'result', isExpired.as('expired')])
    .where('viewer_id', '=', viewerId)
    .where('key', '=', key)
    .executeTakeFirst();
  if (known && !known.expired) {
    if (known.mutation === mutation && known.digest === digest) {
      const made = JSON.parse(known.result) as T & Made;
      return (await isThere(tx, viewerId, made)) ? made : refused('NOT_FOUND', goneSince, 'idempotencyKey');
    }
    return refused(
      'IDEMPOTENCY_MISMATCH',
      `the key ${key} was used for ${known.mutation} with another input: make a new key for each intent`,
      'idempotencyKey',
    );
  }
  // held until the end: a viewer that deletes itself meanwhile waits, one that is gone writes nothing
  const gone = await holdViewer(tx, viewerId);
  if (gone) return gone;
  const result = await make();
  if (isRefused(result)) return result;
  if (known) await tx.deleteFrom('idempotency').where('viewer_id', '=', viewerId).where('key', '=', key).execute();
  await tx
    .insertInto('idempotency')
    .values({ viewer_id: viewerId, key, mutation, digest, result: JSON.stringify(result) })
    .execute();
  return result;
}

const goneSince = 'what this key made has been deleted since: make a new key to make it again';

/** What mutations make, as far as it can be deleted while its key is kept. */
interface Made {
  /** Also of a message: it goes with its conversation. */
  readonly conversationId?: string;
  readonly imageId?: string;
  readonly itemId?: string;
  readonly uploadId?: string;
}

async function isThere(tx: Transaction<Database>, viewerId: string, made: Made): Promise<boolean> {
  const { conversationId, imageId, itemId, uploadId } = made;
  const rows = [
    conversationId !== undefined && sql`select 1 from conversation where id = ${conversationId} and deleted_at is null`,
    imageId !== undefined && sql`select 1 from image where id = ${imageId} and ${isVisible}`,
    itemId !== undefined && sql`select 1 from gallery_item where id = ${itemId} and ${isItemVisible}`,
    uploadId !== undefined && sql`select 1 from upload where id = ${uploadId}`,
  ];
  for (const row of rows) {
    if (row === false) continue;
    const { rows: found } = await sql`${row} and viewer_id = ${viewerId}`.execute(tx);
    if (found.length === 0) return false;
  }
  return true;
}

/** Keys older than this are removed by the sweep, and already ignored before it came by. */
export const isExpired = sql<boolean>`created_at < now() - ${limits.idempotencyKeepMs} * interval '1 millisecond'`;
