// Workers as they report themselves: what `capabilities` and a waiting reply's activity are made of. Not part of the
// truth: a missing or stale report changes nothing but what is shown.
import { sql, type Kysely } from 'kysely';
import type { FunctionHealth, ModelCard } from '../../core/function-contract.ts';
import type { Database } from './tables.ts';

/** A worker that has not reported for this long counts as gone. */
const staleMs = 10_000;

export interface WorkerReport {
  readonly functions: readonly FunctionReport[];
  /** Undefined until the weights are loaded. */
  readonly modelCard?: ModelCard | undefined;
}

export interface FunctionReport {
  readonly name: 'llm' | 'diffusion';
  readonly health: FunctionHealth;
  /** Every slot is taken. */
  readonly busy: boolean;
}

export async function reportWorker(db: Kysely<Database>, workerId: string, report: WorkerReport): Promise<void> {
  const row = { report: JSON.stringify(report), seen_at: sql<Date>`now()` };
  await db
    .insertInto('worker')
    .values({ id: workerId, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

export async function forgetWorker(db: Kysely<Database>, workerId: string): Promise<void> {
  await db.deleteFrom('worker').where('id', '=', workerId).execute();
}

export async function readWorkers(db: Kysely<Database>): Promise<WorkerReport[]> {
  const rows = await db
    .selectFrom('worker')
    .select('report')
    .where('seen_at', '>', staleBefore)
    .orderBy('id')
    .execute();
  return rows.map((row) => JSON.parse(row.report) as WorkerReport);
}

/** Rows of workers that went away without a word. */
export async function forgetStaleWorkers(db: Kysely<Database>): Promise<void> {
  await db.deleteFrom('worker').where('seen_at', '<', staleBefore).execute();
}

const staleBefore = sql<Date>`now() - ${staleMs} * interval '1 millisecond'`;
