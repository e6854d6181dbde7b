// Where pictures belong: their part, their rows and an `image` job for each, in one transaction with the text before them. A
// retried reply draws nothing twice, since (message, part, take) is unique and its fold already holds the part.
import type { Kysely, Transaction } from 'kysely';
import { newId } from '../../core/ids.ts';
import type { LoggedEvent } from '../../core/message-event.ts';
import type { Recipe } from '../../core/reply-options.ts';
import { append, heldOrRollback, lostOr } from './event-log.ts';
import { renewLease, type ClaimedJob } from './jobs.ts';
import type { Database } from './tables.ts';
import { inTransaction } from './transaction.ts';

export interface NewPicture {
  readonly partIndex: number;
  /** One a take. */
  readonly recipes: readonly Recipe[];
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
): Promise<{ readonly imageIds: readonly string[] } | 'lost'> {
  return inTransaction(db, async (tx) => {
    const imageIds = picture.recipes.map(newId);
    await append(tx, messageId, [...before, imageEvent(picture.partIndex, imageIds)]);
    heldOrRollback(await renewLease(tx, job, leaseMs));
    const { viewerId, conversationId } = job;
    await insertTakes(tx, { viewerId, conversationId, messageId, imageIds, ...picture });
    return { imageIds };
  }).catch(lostOr);
}

/** The first take is the one that stands in the text. */
export const imageEvent = (partIndex: number, takeIds: readonly string[]): LoggedEvent => ({
  type: 'image',
  partIndex,
  imageId: takeIds[0]!,
  takeIds,
});

export interface NewTakes extends NewPicture {
  readonly viewerId: string;
  readonly conversationId: string;
  readonly messageId: string;
  readonly imageIds: readonly string[];
  readonly parentId?: string;
}

export async function insertTakes(tx: Transaction<Database>, takes: NewTakes): Promise<void> {
  const { viewerId, conversationId, messageId, imageIds, recipes, partIndex, alt, parentId } = takes;
  const place = { viewer_id: viewerId, conversation_id: conversationId, message_id: messageId };
  await tx
    .insertInto('image')
    .values(
      imageIds.map((id, take) => ({
        id,
        ...place,
        kind: 'generated' as const,
        part_index: partIndex,
        take,
        status: 'QUEUED' as const,
        recipe: JSON.stringify(recipes[take]),
        alt,
        parent_id: parentId ?? null,
      })),
    )
    .execute();
  await tx
    .insertInto('job')
    .values(
      imageIds.map((imageId) => ({
        id: newId(),
        kind: 'image' as const,
        state: 'queued' as const,
        ...place,
        image_id: imageId,
      })),
    )
    .execute();
}
