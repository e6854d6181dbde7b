// Runs a body in one transaction and retries it when the database asks for that. The body may run several times: it must
// have no effect outside the transaction.
import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { AppError, coerceError } from '../../core/app-error.ts';
import { inSpan } from '../../core/tracing.ts';
import type { Database } from './tables.ts';

/** Serialization failure and deadlock (PostgreSQL), conflicts of Aurora DSQL. */
const retryableStates = new Set(['40001', '40P01', 'OC000', 'OC001']);
/** The row is there already: two first writers met. The next run reads what the other wrote. */
const uniqueViolation = '23505';
const maxRuns = 50;

export function inTransaction<T>(db: Kysely<Database>, body: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  return retrying(() => db.transaction().execute(body));
}

/** The same as a span of the trace: for the few that a reply goes through, not for those of every piece of text. */
export function inTracedTransaction<T>(
  db: Kysely<Database>,
  name: string,
  body: (tx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  const options = { kind: 'CLIENT', attributes: { 'db.system.name': 'postgresql' } } as const;
  return inSpan(`transaction ${name}`, options, async (span) => {
    let runs = 0;
    const result = await inTransaction(db, (tx) => {
      runs++;
      return body(tx);
    });
    span.setAttribute('gill.transaction.runs', runs);
    return result;
  });
}

/** The same for a single statement, which is its own transaction. */
export async function retrying<T>(body: () => Promise<T>): Promise<T> {
  for (let run = 1; ; run++) {
    try {
      return await body();
    } catch (thrown) {
      const state = sqlState(thrown);
      const again = state !== undefined && (retryableStates.has(state) || (state === uniqueViolation && run < 5));
      if (!again || run >= maxRuns) throw databaseError(thrown);
      await delay(Math.random() * Math.min(5 * run, 100));
    }
  }
}

/** SQLSTATE of an error or of anything it wraps. */
export function sqlState(thrown: unknown): string | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)) return error.code;
  }
  return undefined;
}

/** Lost connections become a retryable AppError; a statement the database refused is our own fault and stays as it is. */
export function databaseError(thrown: unknown): Error {
  const error = coerceError(thrown);
  const state = sqlState(error);
  const lost =
    state === undefined
      ? /connect|terminat|timeout|ECONN|EPIPE|socket/i.test(error.message)
      : /^(08|57P|53)/.test(state);
  return lost && !(error instanceof AppError)
    ? new AppError('DATABASE', `the database cannot be reached: ${error.message}`, error)
    : error;
}
