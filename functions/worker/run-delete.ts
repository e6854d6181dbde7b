// Removes for good what nobody uses any more: a deleted conversation with its pictures, files first, then the other rows; or
// one picture that left the gallery. Repeatable.
import { release, releaseConversation } from '../../infra/database/picture-use.ts';
import { removeConversation } from '../../infra/database/remove.ts';
import { endJob, type ClaimedJob } from '../../infra/database/jobs.ts';
import { inTransaction } from '../../infra/database/transaction.ts';
import { finished, lost, type RunOutcome, type WorkerParts } from './parts.ts';

export async function runDelete(parts: WorkerParts, job: ClaimedJob): Promise<RunOutcome> {
  const { deleteMany } = parts.media;
  if (job.imageId === null) {
    await releaseConversation(parts.db, job.conversationId, deleteMany);
    await removeConversation(parts.db, job.conversationId);
  } else {
    await release(parts.db, [job.imageId], deleteMany);
  }
  return (await inTransaction(parts.db, (tx) => endJob(tx, job, 'done'))) === 'held' ? finished : lost;
}
