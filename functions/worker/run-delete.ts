// Removes for good what nobody uses any more: a deleted conversation with its pictures, files first, then the other rows; one
// picture that left the gallery; or all that a deleted viewer had. Repeatable.
import { hideConversation } from '../../infra/database/conversations.ts';
import { filesOfPicture, isPictureThere, release, releaseConversation } from '../../infra/database/picture-use.ts';
import { isSecondLook } from '../../infra/database/late-files.ts';
import { removeConversation } from '../../infra/database/remove.ts';
import { removePicturesOf, removeViewer, someConversations } from '../../infra/database/remove-viewer.ts';
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
    if (isSecondLook(job) && !(await isPictureThere(parts.db, job.imageId)))
      await deleteMany(filesOfPicture({ id: job.imageId, file_key: null, thumbnail_key: null }));
  }
  const ended = await inTransaction(parts.db, async (tx) => {
    const fenced = await endJob(tx, job, 'done');
    if (fenced === 'held' && isSecondLook(job)) await tx.deleteFrom('job').where('id', '=', job.id).execute();
    return fenced;
  });
  return ended === 'held' ? finished : lost;
}

export async function runDeleteViewer(parts: WorkerParts, job: ClaimedJob): Promise<RunOutcome> {
  const { db, bus } = parts;
  for (;;) {
    const conversations = await someConversations(db, job.viewerId);
    if (conversations.length === 0) break;
    for (const conversationId of conversations) {
      // so that whoever watches it is told
      for (const id of await hideConversation(db, { viewerId: job.viewerId, conversationId }))
        bus.ring(`message:${id}`);
      bus.ring('cancel');
      bus.ring(`conversation:${conversationId}`);
      await removeConversation(db, conversationId);
    }
  }
  // whoever used them is gone too: they belong to this viewer alone
  await removePicturesOf(db, job.viewerId, parts.media.deleteMany);
  return (await removeViewer(db, job)) === 'held' ? finished : lost;
}
