// Where pictures belong: their part, their rows and an `image` job for each, in one transaction with the text before them. A
// retried reply draws nothing twice, since (message, part, take) is unique and its fold already holds the part.
import type { Kysely, Transaction } from 'kysely';
import { newId } from '../../core/ids.ts';
import type { ImageDecision, LoggedEvent } from '../../core/message-event.ts';
import type { Recipe } from '../../core/reply-options.ts';
import { activeTraceparent } from '../../core/tracing.ts';
import { append, heldOrRollback, lostOr } from './event-log.ts';
import { renewLease, type ClaimedJob } from './jobs.ts';
import { usePicture } from './picture-use.ts';
import type { KeptTensor } from './read-images.ts';
import type { Database } from './tables.ts';
import type { TakeQuery } from './take-query.ts';
import { inTracedTransaction } from './transaction.ts';

export interface NewPicture {
  readonly partIndex: number;
  /** One a take. */
  readonly recipes: readonly Recipe[];
  readonly alt: string;
  readonly decision?: ImageDecision | undefined;
  /** Of conditioning GILL; the recipes then say so. */
  readonly conditioning?: KeptTensor | undefined;
  /** What finished takes are compared with. */
  readonly query?: TakeQuery | undefined;
  /** The earlier picture that it comes from. */
  readonly parentId?: string | undefined;
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
  return inTracedTransaction(db, 'addPicture', async (tx) => {
    const imageIds = picture.recipes.map(newId);
    await append(tx, messageId, [...before, imageEvent(picture.partIndex, imageIds, picture.decision)]);
    heldOrRollback(await renewLease(tx, job, leaseMs));
    const { viewerId, conversationId } = job;
    await insertTakes(tx, { viewerId, conversationId, messageId, imageIds, ...picture });
    return { imageIds };
  }).catch(lostOr);
}

/** The first take is the one that stands in the text. */
export const imageEvent = (partIndex: number, takeIds: readonly string[], decision?: ImageDecision): LoggedEvent => ({
  type: 'image',
  partIndex,
  imageId: takeIds[0]!,
  takeIds,
  ...(decision && { decision }),
});

export interface FoundPicture {
  readonly partIndex: number;
  /** Of the gallery. */
  readonly itemId: string;
  readonly decision: ImageDecision;
}

/** No job is made: what was found is there. `gone` when the gallery let go of it meanwhile. */
export function addFound(
  db: Kysely<Database>,
  job: ClaimedJob,
  messageId: string,
  before: readonly LoggedEvent[],
  { partIndex, itemId, decision }: FoundPicture,
  leaseMs?: number,
): Promise<'added' | 'gone' | 'lost'> {
  return inTracedTransaction(db, 'addFound', async (tx) => {
    await append(tx, messageId, []);
    if ((await usePicture(tx, job.viewerId, itemId)) === undefined) return 'gone' as const;
    await append(tx, messageId, [...before, { type: 'image', partIndex, imageId: itemId, takeIds: [], decision }]);
    heldOrRollback(await renewLease(tx, job, leaseMs));
    // its row is written before the message ends, so that the picture stays when the gallery lets go of it
    const part = { message_id: messageId, part_index: partIndex, kind: 'image' as const };
    const shown = { image_id: itemId, take_ids: '[]', decision: JSON.stringify(decision) };
    await tx
      .insertInto('part')
      .values({ ...part, ...shown })
      .execute();
    return 'added' as const;
  }).catch(lostOr);
}

export interface NewTakes extends NewPicture {
  readonly viewerId: string;
  readonly conversationId: string;
  readonly messageId: string;
  readonly imageIds: readonly string[];
}

export async function insertTakes(tx: Transaction<Database>, takes: NewTakes): Promise<void> {
  const { viewerId, conversationId, messageId, imageIds, recipes, partIndex, alt, parentId, conditioning, query } =
    takes;
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
        traceparent: activeTraceparent(),
      })),
    )
    .execute();
  const given = { conditioning, query };
  const tensors = (['conditioning', 'query'] as const).flatMap((name) => {
    const tensor = given[name];
    if (!tensor) return [];
    const { shape, fp16, modelDigest } = tensor;
    return [{ name, shape: JSON.stringify(shape), fp16, model_digest: modelDigest ?? null }];
  });
  if (tensors.length === 0) return;
  await tx
    .insertInto('image_tensor')
    .values(imageIds.flatMap((imageId) => tensors.map((tensor) => ({ image_id: imageId, ...tensor }))))
    .execute();
}
