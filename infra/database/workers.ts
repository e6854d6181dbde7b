// Workers as they report themselves: what `capabilities` and a waiting reply's activity are made of. Not part of the
// truth: a missing or stale report changes nothing but what is shown.
import { sql, type Kysely } from 'kysely';
import type { FunctionHealth, ModelCard } from '../../core/function-contract.ts';
import type { Database } from './tables.ts';
import { retrying } from './transaction.ts';

/** A worker that has not reported for this long counts as gone. */
const staleMs = 10_000;

export interface WorkerReport {
  readonly functions: readonly FunctionReport[];
  /** Known from model.json before any weight is loaded; undefined where functions run elsewhere. */
  readonly modelCard?: ModelCard | undefined;
  /** Since the report before: how late timers fired, a sign of something that blocks. */
  readonly eventLoopDelayMs: { readonly p99: number; readonly max: number };
  /** How long the reply waited that this worker was started for; undefined where none did. */
  readonly startMs?: number | undefined;
}

export interface FunctionReport {
  readonly name: 'llm' | 'diffusion';
  readonly health: FunctionHealth;
  /** Every slot is taken. */
  readonly busy: boolean;
}

export async function reportWorker(db: Kysely<Database>, workerId: string, report: WorkerReport): Promise<void> {
  const row = { report: JSON.stringify(report), seen_at: sql<Date>`now()` };
  await retrying(() =>
    db
      .insertInto('worker')
      .values({ id: workerId, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute(),
  );
}

/** A worker that stopped in order: it counts no more, but what it said of the model stays known. */
export async function retireWorker(db: Kysely<Database>, workerId: string): Promise<void> {
  await retrying(() =>
    db
      .updateTable('worker')
      .set({ seen_at: sql<Date>`now() - interval '1 hour'` })
      .where('id', '=', workerId)
      .execute(),
  );
}

export interface Fleet {
  /** Those seen lately. */
  readonly workers: readonly WorkerReport[];
  /** The newest card, even of a worker that is gone: what this deployment draws with when it wakes. */
  readonly modelCard: ModelCard | undefined;
  /** What starts took, newest first, of workers that are gone too. */
  readonly startsMs: readonly number[];
}

export async function readFleet(db: Kysely<Database>): Promise<Fleet> {
  const rows = await db
    .selectFrom('worker')
    .select(['report', sql<boolean>`seen_at > now() - ${staleMs} * interval '1 millisecond'`.as('fresh')])
    .orderBy('seen_at', 'desc')
    .limit(1_000)
    .execute();
  const reports = rows.map((row) => ({ fresh: row.fresh, report: JSON.parse(row.report) as WorkerReport }));
  return {
    workers: reports.filter(({ fresh }) => fresh).map(({ report }) => report),
    modelCard: reports.find(({ report }) => report.modelCard)?.report.modelCard,
    startsMs: reports.flatMap(({ report: { startMs } }) => startMs ?? []),
  };
}

/** Rows of workers that have been gone for a month. */
export async function forgetOldWorkers(db: Kysely<Database>): Promise<void> {
  await retrying(() =>
    db
      .deleteFrom('worker')
      .where('seen_at', '<', sql<Date>`now() - interval '30 days'`)
      .execute(),
  );
}
