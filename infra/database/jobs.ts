// Claiming, renewing and ending jobs. The row is the truth; bells only wake a worker earlier. Only SQL that PostgreSQL and
// Aurora DSQL share. Must never change a row whose fence is not held.
import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import { limits } from '../../core/limits.ts';
import type { Database, JobKind } from './tables.ts';
import { retrying } from './transaction.ts';

/** What a worker holds while it works. `fence` is new with every claim, so an older holder can write nothing. */
export interface ClaimedJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly fence: string;
  /** 1 for the first try. An attempt above 1 continues what the event log already holds. */
  readonly attempt: number;
  readonly viewerId: string;
  readonly conversationId: string;
  readonly messageId: string | null;
  readonly imageId: string | null;
  /** W3C trace context of the transaction that made the job. */
  readonly traceparent: string | null;
  /** Since the job was made. */
  readonly waitedMs: number;
}

/** Outcome of a fenced write: `lost` means that another worker, or a cancel, owns the job now. Stop at once. */
export type Fenced = 'held' | 'lost';

/** A job that asks for the worker holding its conversation's KV cache is left to it for this long. */
const preferWorkerMs = 200;

/** Ids that look claimable, oldest first, uploads by viewers in turn: a hint, since only `claimJob` decides. */
export async function claimableJobs(
  db: Kysely<Database>,
  kinds: readonly JobKind[],
  workerId: string,
  limit: number,
): Promise<string[]> {
  if (kinds.length === 0) return [];
  const rows = await db
    .selectFrom('job')
    .select('id')
    .where('kind', 'in', kinds)
    .where(claimable)
    .where((or) =>
      or.or([
        or('prefer_worker', 'is', null),
        or('prefer_worker', '=', workerId),
        or('created_at', '<', ago(preferWorkerMs)),
      ]),
    )
    .$if(kinds.includes('ingest'), (query) => query.orderBy(lastServed))
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Takes the job if it is free: queued, rested and with a terminal parent, or running with an expired lease.
 * @returns undefined when someone else has it or nothing is to be done
 */
export async function claimJob(
  db: Kysely<Database>,
  jobId: string,
  workerId: string,
  leaseMs: number,
): Promise<ClaimedJob | undefined> {
  const fence = randomUUID();
  const claim = db
    .updateTable('job')
    .set({
      state: 'running',
      fence,
      worker_id: workerId,
      lease_until: inMs(leaseMs),
      attempt: sql`attempt + 1`,
      claimed_at: sql`coalesce(claimed_at, now())`,
    })
    .where('id', '=', jobId)
    .where(claimable)
    .returning(['id', 'kind', 'attempt', 'viewer_id', 'conversation_id', 'message_id', 'image_id', 'traceparent'])
    .returning(sql<string>`extract(epoch from now() - created_at) * 1000`.as('waited_ms'));
  const row = await retrying(() => claim.executeTakeFirst());
  return (
    row && {
      id: row.id,
      kind: row.kind,
      fence,
      attempt: row.attempt,
      viewerId: row.viewer_id,
      conversationId: row.conversation_id,
      messageId: row.message_id,
      imageId: row.image_id,
      traceparent: row.traceparent,
      waitedMs: Number(row.waited_ms),
    }
  );
}

/** Extends the lease inside the transaction that writes something: every write is the heartbeat. */
export async function renewLease(
  db: Kysely<Database>,
  job: ClaimedJob,
  leaseMs: number = limits.leaseMs,
): Promise<Fenced> {
  return holding(
    await db
      .updateTable('job')
      .set({ lease_until: inMs(leaseMs) })
      .where('id', '=', job.id)
      .where('fence', '=', job.fence)
      .executeTakeFirst(),
  );
}

/** Overwrites the state a waiting viewer sees. Never logged, and a heartbeat as well. */
export async function writeActivity(
  db: Kysely<Database>,
  job: ClaimedJob,
  activity: object,
  leaseMs: number = limits.leaseMs,
): Promise<Fenced> {
  const write = db
    .updateTable('job')
    .set({ activity: JSON.stringify(activity), lease_until: inMs(leaseMs) })
    .where('id', '=', job.id)
    .where('fence', '=', job.fence);
  return holding(await retrying(() => write.executeTakeFirst()));
}

/** Ends the job inside the transaction that wrote its result. */
export async function endJob(tx: Transaction<Database>, job: ClaimedJob, state: 'done' | 'failed'): Promise<Fenced> {
  return holding(
    await tx
      .updateTable('job')
      .set({ state, fence: null, lease_until: null, activity: null, finished_at: sql`now()` })
      .where('id', '=', job.id)
      .where('fence', '=', job.fence)
      .executeTakeFirst(),
  );
}

/**
 * Gives the job back to the queue. A worker that stops in order takes the attempt back; one whose function failed in a way
 * that trying again may mend does not, and lets it rest: what is broken for a moment would use up every attempt at once.
 */
export async function handBackJob(
  db: Kysely<Database>,
  job: ClaimedJob,
  attempt: 'free' | { readonly restMs: number },
): Promise<Fenced> {
  const write = db
    .updateTable('job')
    .set({
      state: 'queued',
      fence: null,
      activity: null,
      ...(attempt === 'free'
        ? { lease_until: null, attempt: sql`attempt - 1` }
        : { lease_until: inMs(attempt.restMs) }),
    })
    .where('id', '=', job.id)
    .where('fence', '=', job.fence);
  return holding(await retrying(() => write.executeTakeFirst()));
}

/** Which of these the caller still holds: one round trip for all running jobs of a worker. */
export async function heldJobs(db: Kysely<Database>, jobs: readonly ClaimedJob[]): Promise<ReadonlySet<string>> {
  if (jobs.length === 0) return new Set();
  const rows = await db
    .selectFrom('job')
    .select('id')
    .where(
      'fence',
      'in',
      jobs.map((job) => job.fence),
    )
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** The claim's condition, written once for the hint and the decision. */
const claimable = sql<boolean>`(
  job.state in ('queued', 'running') and (job.lease_until is null or job.lease_until < now())
  and not exists (
    select 1 from message before where before.id = job.after_message_id and before.status in ('QUEUED', 'RUNNING')))`;
// a reply waits for the one before it, pictures included; terminal never reverts, so this cannot race

/**
 * Uploads come in heaps and are cleaned one at a time: viewers take turns, the one who was served longest ago first, so that
 * many of one keep nobody else's waiting.
 */
const lastServed = sql`(select coalesce(max(served.claimed_at), 'epoch'::timestamptz) from job served
  where served.viewer_id = job.viewer_id and served.kind = 'ingest')`;

const inMs = (ms: number) => sql<Date>`now() + ${ms} * interval '1 millisecond'`;
const ago = (ms: number) => sql<Date>`now() - ${ms} * interval '1 millisecond'`;
const holding = (result: { numUpdatedRows: bigint }): Fenced => (result.numUpdatedRows === 1n ? 'held' : 'lost');
