// What a viewer has used today, and whether that is all it may use. Asked wherever the API makes a reply or a picture; work
// that was accepted is finished, the pictures of an accepted reply included. So a viewer can go over by what
// `limits.maxUnfinishedJobsPerViewer` replies and pictures take, and by no more.
import { sql, type Kysely } from 'kysely';
import { refused, type Refused } from './refused.ts';
import type { Database } from './tables.ts';

export interface ComputeUse {
  readonly usedMs: number;
  /** Midnight, UTC. */
  readonly resetsAt: Date;
}

/** Days are UTC, by the database's clock: every API process sees the same midnight. */
export async function computeUse(db: Kysely<Database>, viewerId: string): Promise<ComputeUse> {
  const { rows } = await sql<{ used: string | number; day: string }>`
    select coalesce(sum(compute_ms), 0) as used,
      to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as day
    from usage where viewer_id = ${viewerId}
      and created_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'`.execute(db);
  const { used, day } = rows[0]!;
  return { usedMs: Number(used), resetsAt: new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000) };
}

/** @returns why nothing more may be started today */
export async function budgetSpent(
  db: Kysely<Database>,
  viewerId: string,
  budgetMs: number | undefined,
): Promise<Refused | undefined> {
  if (budgetMs === undefined) return undefined;
  const { usedMs, resetsAt } = await computeUse(db, viewerId);
  if (usedMs < budgetMs) return undefined;
  return refused(
    'BUDGET_EXHAUSTED',
    `${(usedMs / 1_000).toFixed(1)} s of computing were used today, the budget is ${budgetMs / 1_000} s: it starts anew at ${resetsAt.toISOString()}`,
  );
}
