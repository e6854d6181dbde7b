// Where a picture belongs: its part, its row and its `image` job, in one transaction with the text before it. A retried
// reply draws nothing twice, since (message, part, take) is unique and its fold already holds the part.
import type { Kysely } from 'kysely';
import { newId } from '../../core/ids.ts';
import type { LoggedEvent } from '../../core/message-event.ts';
import type { Recipe } from '../../core/reply-options.ts';
import { append, heldOrRollback, lostOr } from './event-log.ts';
import { renewLease, type ClaimedJob } from './jobs.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

export interface NewPicture {
  readonly partIndex: number;
  readonly recipe: Recipe;
  readonly alt: string;
}

/** @param before events that come before the picture's own, such as text not yet flushed */
export function addPicture(
  db: Kysely<Database>,
  job: ClaimedJob,
  messageId: string,
  before: readonly LoggedEvent[],
  picture: NewPicture,
  leaseMs?: number,
): Promise<{ readonly imageId: string } | 'lost'> {
  return inTransaction(db, async (tx) => {
    const imageId = newId();
    await append(tx, messageId, [
      ...before,
      { type: 'image', partIndex: picture.partIndex, imageId, takeIds: [imageId] },
    ]);
    heldOrRollback(await renewLease(tx, job, leaseMs));
    await tx
      .insertInto('image')
      .values({
        id: imageId,
        viewer_id: job.viewerId,
        conversation_id: job.conversationId,
        message_id: messageId,
        part_index: picture.partIndex,
        take: 0,
        status: 'QUEUED',
        recipe: JSON.stringify(picture.recipe),
        alt: picture.alt,
      })
      .execute();
    await tx
      .insertInto('job')
      .values({
        id: newId(),
        kind: 'image',
        state: 'queued',
        viewer_id: job.viewerId,
        conversation_id: job.conversationId,
        message_id: messageId,
        image_id: imageId,
      })
      .execute();
    return { imageId };
  }).catch(lostOr);
}
