// The event log of one message: numbered without a gap, appended by whoever holds the job's fence. Every append bumps
// `stream` first, so that writers of one message take turns. Must never append for a lost fence.
import { sql, type Kysely, type Transaction } from 'kysely';
import { foldEvent, type FoldedPart, type LoggedEvent } from '../../core/message-event.ts';
import { renewLease, type ClaimedJob, type Fenced } from './jobs.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

export interface NumberedEvent {
  readonly n: number;
  readonly body: LoggedEvent;
  readonly at: Date;
}

/** Appends in a transaction of its own; the heartbeat of the job as well. The message becomes RUNNING. */
export function appendEvents(
  db: Kysely<Database>,
  job: ClaimedJob,
  messageId: string,
  events: readonly LoggedEvent[],
  leaseMs?: number,
): Promise<Fenced> {
  return inTransaction(db, async (tx) => {
    await append(tx, messageId, events);
    return heldOrRollback(await renewLease(tx, job, leaseMs));
  }).catch(lostOr);
}

/**
 * The append itself, first statement of every transaction that changes a message: the bump of `stream` locks the message
 * against its other writers until the commit. With no events it only takes the lock.
 * @returns the number of the last event
 */
export async function append(
  tx: Transaction<Database>,
  messageId: string,
  events: readonly LoggedEvent[],
): Promise<number> {
  const { last_n: lastN } = await tx
    .updateTable('stream')
    .set({ last_n: sql`last_n + ${events.length}` })
    .where('message_id', '=', messageId)
    .returning('last_n')
    .executeTakeFirstOrThrow();
  if (events.length > 0) {
    const first = lastN - events.length + 1;
    await tx
      .insertInto('event')
      .values(events.map((event, i) => ({ message_id: messageId, n: first + i, body: JSON.stringify(event) })))
      .execute();
  }
  return lastN;
}

/** Events after `afterN`, in order. */
export async function readEvents(
  db: Kysely<Database>,
  messageId: string,
  afterN: number,
  limit: number,
): Promise<NumberedEvent[]> {
  const rows = await db
    .selectFrom('event')
    .select(['n', 'body', 'created_at'])
    .where('message_id', '=', messageId)
    .where('n', '>', afterN)
    .orderBy('n')
    .limit(limit)
    .execute();
  return rows.map(toNumberedEvent);
}

/** @throws where the row is not what this program writes */
export const toNumberedEvent = (row: {
  readonly n: number;
  readonly body: string;
  readonly created_at: Date;
}): NumberedEvent => ({ n: row.n, body: JSON.parse(row.body) as LoggedEvent, at: row.created_at });

/** The parts as the log says, up to its last event. */
export async function foldLog(db: Kysely<Database>, messageId: string): Promise<FoldedPart[]> {
  const events = await readEvents(db, messageId, 0, Number.MAX_SAFE_INTEGER);
  return events.reduce<FoldedPart[]>((parts, event) => foldEvent(parts, event.body), []);
}

// ---------------------------------------------------------------- fences inside transactions

/** Thrown inside a transaction to roll it back when the fence turns out to be lost; `lostOr` turns it into a value again. */
class LostFence extends Error {
  override readonly name = 'LostFence';
}

export function heldOrRollback(fenced: Fenced): 'held' {
  if (fenced === 'lost') throw new LostFence();
  return 'held';
}

export function lostOr(thrown: unknown): 'lost' {
  if (thrown instanceof LostFence) return 'lost';
  throw thrown;
}
