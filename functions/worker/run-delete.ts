// Removes a deleted conversation for good: its pictures that nobody else shows, files first, then the other rows. Repeatable.
import { releaseConversation } from '../../infra/database/picture-use.ts';
import { removeConversation } from '../../infra/database/remove.ts';
import { endJob, type ClaimedJob } from '../../infra/database/jobs.ts';
import { inTransaction } from '../../infra/database/transaction.ts';
import { finished, lost, type RunOutcome, type WorkerParts } from './parts.ts';

export async function runDelete(parts: WorkerParts, job: ClaimedJob): Promise<RunOutcome> {
  await releaseConversation(parts.db, job.conversationId, parts.media.deleteMany);
  await removeConversation(parts.db, job.conversationId);
  return (await inTransaction(parts.db, (tx) => endJob(tx, job, 'done'))) === 'held' ? finished : lost;
}
