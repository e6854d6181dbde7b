// What an account that deleted itself had used today, kept until midnight for whoever comes with the same name: a deletion would
// be a way around the budget otherwise. Must never name anyone: a row is a digest of the day and the name, of use to nobody who
// does not know both, and two days of one person cannot be told to be one person's.
import { createHash } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import { newId } from '../../core/ids.ts';
import { computeUse } from './budget.ts';
import type { Database } from './tables.ts';
import { retrying } from './transaction.ts';

const batch = 500;
const dayMs = 86_400_000;
/** What one row of `usage` can count: 24 days. */
const maxInteger = 2 ** 31 - 1;

const digestOf = (name: string, resetsAt: Date): string =>
  createHash('sha256')
    .update(`${new Date(resetsAt.getTime() - dayMs).toISOString().slice(0, 10)}\n${name}`)
    .digest('hex');

/** To be called before the account's name and counts go. */
export async function leaveUse(tx: Transaction<Database>, viewerId: string, name: string): Promise<void> {
  const { usedMs: countedMs, resetsAt } = await computeUse(tx, viewerId);
  const usedMs = countedMs + (await underWay(tx, viewerId));
  if (usedMs === 0) return;
  await tx
    .insertInto('carried_use')
    .values({ digest: digestOf(name, resetsAt), compute_ms: usedMs, until: resetsAt })
    // an older program beside this one makes accounts without taking what was left
    .onConflict((conflict) =>
      conflict.column('digest').doUpdateSet({ compute_ms: sql<number>`carried_use.compute_ms + excluded.compute_ms` }),
    )
    .execute();
}

/** What one of them can have taken since somebody began it; a job that was handed on has waited in between. */
const longestSeconds = 60;

/** Of replies and pictures that end with the account: what they come to is counted when nobody is there to count it for. */
async function underWay(tx: Transaction<Database>, viewerId: string): Promise<number> {
  const { ms } = await tx
    .selectFrom('job')
    .select(
      sql<string>`coalesce(round(sum(least(extract(epoch from now() - claimed_at), ${longestSeconds})) * 1000), 0)`.as(
        'ms',
      ),
    )
    .where('viewer_id', '=', viewerId)
    .where('kind', 'in', ['reply', 'image'])
    .where('state', '=', 'running')
    .where('lease_until', '>', sql<Date>`now()`)
    .executeTakeFirstOrThrow();
  return Number(ms);
}

/** What was left under this name becomes the new account's own; the row goes. */
export async function takeUse(tx: Transaction<Database>, viewerId: string, name: string): Promise<void> {
  const { resetsAt } = await computeUse(tx, viewerId);
  const left = await tx
    .deleteFrom('carried_use')
    .where('digest', '=', digestOf(name, resetsAt))
    .returning('compute_ms')
    .executeTakeFirst();
  if (!left) return;
  const nothing = { message_id: null, image_id: null };
  await tx
    .insertInto('usage')
    .values({ id: newId(), viewer_id: viewerId, compute_ms: Math.min(Number(left.compute_ms), maxInteger), ...nothing })
    .execute();
}

/** Days that are over. */
export async function sweepUse(db: Kysely<Database>): Promise<void> {
  const over = await db
    .selectFrom('carried_use')
    .select('digest')
    .where('until', '<', sql<Date>`now()`)
    .limit(batch)
    .execute();
  if (over.length === 0) return;
  const digests = over.map(({ digest }) => digest);
  await retrying(() => db.deleteFrom('carried_use').where('digest', 'in', digests).execute());
}
