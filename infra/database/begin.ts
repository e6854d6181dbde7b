// A claimed job's first write: what it works on shows as RUNNING. Fenced, so that a cancel that came first stays.
import { sql, type Kysely, type Transaction } from 'kysely';
import { heldOrRollback, lostOr } from './event-log.ts';
import { renewLease, type ClaimedJob, type Fenced } from './jobs.ts';
import type { Database } from './tables.ts';
import { inTracedTransaction } from './transaction.ts';

export function beginReply(db: Kysely<Database>, job: ClaimedJob, messageId: string): Promise<Fenced> {
  return begin(db, job, 'message', messageId);
}

export function beginPicture(db: Kysely<Database>, job: ClaimedJob, imageId: string): Promise<Fenced> {
  return begin(db, job, 'image', imageId);
}

function begin(db: Kysely<Database>, job: ClaimedJob, table: 'message' | 'image', id: string): Promise<Fenced> {
  return inTracedTransaction(db, table === 'image' ? 'beginPicture' : 'beginReply', async (tx) => {
    heldOrRollback(await renewLease(tx, job));
    await run(tx, table, id);
    // a reply that is pictures alone begins with the first of them
    if (table === 'image' && job.messageId !== null) await run(tx, 'message', job.messageId);
    return 'held' as const;
  }).catch(lostOr);
}

async function run(tx: Transaction<Database>, table: 'message' | 'image', id: string): Promise<void> {
  await sql`update ${sql.table(table)} set status = 'RUNNING' where id = ${id} and status = 'QUEUED'`.execute(tx);
}
