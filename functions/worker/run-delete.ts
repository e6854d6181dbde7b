// Removes a deleted conversation for good: files first, since the rows say where they lie, then rows. Repeatable.
import { filesOfConversation, removeConversation } from '../../infra/database/remove.ts';
import { endJob, type ClaimedJob } from '../../infra/database/jobs.ts';
import { inTransaction } from '../../infra/database/transaction.ts';
import { finished, lost, type RunOutcome, type WorkerParts } from './parts.ts';

export async function runDelete(parts: WorkerParts, job: ClaimedJob): Promise<RunOutcome> {
  await parts.media.deleteMany(await filesOfConversation(parts.db, job.conversationId));
  await removeConversation(parts.db, job.conversationId);
  return (await inTransaction(parts.db, (tx) => endJob(tx, job, 'done'))) === 'held' ? finished : lost;
}
