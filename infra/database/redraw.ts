// A picture drawn again, or drawn in the place of a found one: in an alternative to its reply, with the same text around it; or
// as a replay of its recipe, outside any message. Must never change the reply that is there.
import { sql, type Kysely, type Transaction } from 'kysely';
import { newId } from '../../core/ids.ts';
import type { ImageDecision, LoggedEvent } from '../../core/message-event.ts';
import type { Recipe } from '../../core/reply-options.ts';
import { activeTraceparent } from '../../core/tracing.ts';
import { imageEvent, insertTakes } from './add-picture.ts';
import type { FoundPlace } from './found-picture.ts';
import { append } from './event-log.ts';
import { once, type Idempotency } from './idempotency.ts';
import { lockConversation } from './conversations.ts';
import { usePicture } from './picture-use.ts';
import { readKept } from './read-images.ts';
import { refused, type Refused } from './refused.ts';
import { budgetSpent } from './budget.ts';
import { ownedMessage, tooManyAlternatives, type Regenerated } from './send-message.ts';
import type { Database } from './tables.ts';
import { keptQuery } from './take-query.ts';
import { inTracedTransaction } from './transaction.ts';
import { tooMuchUnfinished } from './unfinished.ts';

export interface RedrawImage {
  readonly viewerId: string;
  readonly imageId: string;
  /** Of a picture that was found: where the reply shows it. */
  readonly found?: Pick<FoundPlace, 'messageId' | 'partIndex'> | undefined;
  /** One a take. */
  readonly recipes: readonly Recipe[];
  readonly alt: string;
  readonly idempotency: Idempotency;
  readonly computeBudgetMs?: number | undefined;
}

export function redrawImage(db: Kysely<Database>, input: RedrawImage): Promise<Regenerated | Refused> {
  return inTracedTransaction(db, 'redrawImage', (tx) =>
    once(tx, input.viewerId, input.idempotency, async () => {
      const image = await (input.found
        ? foundPicture(tx, input.viewerId, input.imageId, input.found)
        : drawnPicture(tx, input.viewerId, input.imageId));
      if ('outcome' in image) return image;
      const old = await ownedMessage(tx, input.viewerId, image.message_id);
      if (!old)
        return refused('INVALID', 'this picture stands in no reply of yours: only those can be redrawn', 'imageId');
      if (!(await lockConversation(tx, input.viewerId, old.conversation_id)))
        return refused('NOT_FOUND', noPicture, 'imageId');
      if (old.status === 'QUEUED' || old.status === 'RUNNING')
        return refused('BUSY', 'the reply of this picture is still being made: wait until it has ended', 'imageId');
      if (input.recipes[0]?.parent && image.status !== 'COMPLETED')
        return refused('INVALID', `this picture is ${image.status}: only a finished one can be drawn from`, 'strength');
      const full =
        (await budgetSpent(tx, input.viewerId, input.computeBudgetMs)) ??
        (await tooMuchUnfinished(tx, input.viewerId, old.conversation_id, input.recipes.length)) ??
        (await tooManyAlternatives(tx, old.conversation_id, 'assistant', old.parent_id));
      if (full) return { ...full, path: ['imageId'] };

      const { viewerId, recipes, alt } = input;
      const conversationId = old.conversation_id;
      const replyId = newId();
      await insertCopy(tx, old.id, replyId);
      const imageIds = recipes.map(newId);
      await append(tx, replyId, await eventsOf(tx, old.id, image.part_index, imageIds));
      const place = { viewerId, conversationId, messageId: replyId, partIndex: image.part_index };
      const isMapped = recipes[0]?.conditioning === 'GILL';
      const conditioning = isMapped ? await readKept(tx, input.imageId, 'conditioning') : undefined;
      // of other words nobody has asked the model what it would look for
      const recipe = 'recipe' in image && typeof image.recipe === 'string' ? image.recipe : '{}';
      const { words } = JSON.parse(recipe) as Partial<Recipe>;
      const query = recipes[0]?.words === words ? await keptQuery(tx, input.imageId) : undefined;
      await insertTakes(tx, { ...place, imageIds, recipes, alt, conditioning, query, parentId: input.imageId });
      await tx.updateTable('conversation').set({ active_leaf_id: replyId }).where('id', '=', conversationId).execute();
      return { outcome: 'accepted' as const, conversationId, replyId };
    }),
  );
}

/** An empty reply in the same place. */
async function insertCopy(tx: Transaction<Database>, oldId: string, replyId: string): Promise<void> {
  await sql`insert into message (id, conversation_id, role, parent_id, status, options, dropped_turns, picture_probability)
    select ${replyId}, conversation_id, role, parent_id, 'QUEUED', options, dropped_turns, picture_probability from message where id = ${oldId}`.execute(
    tx,
  );
  await tx.insertInto('stream').values({ message_id: replyId, last_n: 0 }).execute();
}

/** The finished parts as a log, with the new takes in place of the old ones. */
async function eventsOf(
  tx: Transaction<Database>,
  messageId: string,
  redrawnIndex: number,
  imageIds: readonly string[],
): Promise<LoggedEvent[]> {
  const parts = await tx
    .selectFrom('part')
    .select(['part_index', 'text', 'image_id', 'take_ids', 'decision'])
    .where('message_id', '=', messageId)
    .orderBy('part_index')
    .execute();
  return parts.map((part): LoggedEvent => {
    const partIndex = part.part_index;
    if (partIndex === redrawnIndex) return imageEvent(partIndex, imageIds);
    if (part.image_id === null) return { type: 'text', partIndex, offset: 0, text: part.text ?? '' };
    const takeIds = part.take_ids === null ? [part.image_id] : (JSON.parse(part.take_ids) as string[]);
    const decision = part.decision === null ? undefined : (JSON.parse(part.decision) as ImageDecision);
    return { type: 'image', partIndex, imageId: part.image_id, takeIds, ...(decision && { decision }) };
  });
}

export interface ReplayImage {
  readonly viewerId: string;
  readonly imageId: string;
  readonly idempotency: Idempotency;
  readonly computeBudgetMs?: number | undefined;
}

export function replayImage(
  db: Kysely<Database>,
  input: ReplayImage,
): Promise<{ readonly outcome: 'accepted'; readonly imageId: string } | Refused> {
  return inTracedTransaction(db, 'replayImage', (tx) =>
    once(tx, input.viewerId, input.idempotency, async () => {
      const image = await drawnPicture(tx, input.viewerId, input.imageId);
      if ('outcome' in image) return image;
      if (image.status !== 'COMPLETED')
        return refused('INVALID', `this picture is ${image.status}: only a finished one can be compared`, 'imageId');
      const full =
        (await budgetSpent(tx, input.viewerId, input.computeBudgetMs)) ??
        (await tooMuchUnfinished(tx, input.viewerId, image.conversation_id, 1));
      if (full) return full;
      const imageId = newId();
      // it goes with the conversation of what it repeats
      const conversationId = image.conversation_id === input.imageId ? imageId : image.conversation_id;
      const recipe = asAsked(JSON.parse(image.recipe) as Recipe);
      const place = { viewer_id: input.viewerId, conversation_id: conversationId };
      await tx
        .insertInto('image')
        .values({
          id: imageId,
          ...place,
          message_id: imageId,
          kind: 'generated',
          part_index: 0,
          take: 0,
          status: 'QUEUED',
          recipe: JSON.stringify(recipe),
          alt: image.alt,
          replay_of_id: input.imageId,
        })
        .execute();
      await tx
        .insertInto('job')
        .values({
          id: newId(),
          kind: 'image',
          state: 'queued',
          ...place,
          image_id: imageId,
          traceparent: activeTraceparent(),
        })
        .execute();
      return { outcome: 'accepted' as const, imageId };
    }),
  );
}

/** A recipe without what came to be known while it was drawn. */
function asAsked({ conditioningDigest, model, modelDigest, executionProvider, parent, ...recipe }: Recipe): Recipe {
  return parent ? { ...recipe, parent: { imageId: parent.imageId, guidance: parent.guidance } } : recipe;
}

export const noPicture = 'there is no such picture';
export const notDrawn = 'this picture was not drawn here: it has no recipe to draw again';

/** Locked, as a drawn one is. */
async function foundPicture(
  tx: Transaction<Database>,
  viewerId: string,
  imageId: string,
  { messageId, partIndex }: Pick<FoundPlace, 'messageId' | 'partIndex'>,
) {
  const status = await usePicture(tx, viewerId, imageId);
  if (status === undefined) return refused('NOT_FOUND', noPicture, 'imageId');
  return { message_id: messageId, part_index: partIndex, status };
}

/** Locked, so that it stays while something is made of it. */
async function drawnPicture(tx: Transaction<Database>, viewerId: string, imageId: string) {
  if ((await usePicture(tx, viewerId, imageId)) === undefined) return refused('NOT_FOUND', noPicture, 'imageId');
  const image = await tx
    .selectFrom('image')
    .select(['kind', 'message_id', 'conversation_id', 'part_index', 'status', 'recipe', 'alt'])
    .where('id', '=', imageId)
    .executeTakeFirst();
  // a gallery picture has an id of its own, and no recipe
  if (image && image.kind !== 'uploaded') return image;
  return refused('INVALID', notDrawn, 'imageId');
}
