// The viewer's writes into a conversation: send, reword, regenerate. One transaction each: message, empty reply, its log
// and its job appear together or not at all. Must never wait for a model.
import type { Kysely, Transaction } from 'kysely';
import { unreachable } from '../../core/app-error.ts';
import { newId } from '../../core/ids.ts';
import { limits } from '../../core/limits.ts';
import { activeTraceparent } from '../../core/tracing.ts';
import type { ReplyOptions } from '../../core/reply-options.ts';
import { insertConversation, lockConversation } from './conversations.ts';
import { once, type Idempotency } from './idempotency.ts';
import { usePicture } from './picture-use.ts';
import { refused, type Refused } from './refused.ts';
import type { Database } from './tables.ts';
import { inTracedTransaction } from './transaction.ts';
import { budgetSpent } from './budget.ts';
import { jobsOf, tooMuchUnfinished } from './unfinished.ts';

export interface SendMessage {
  readonly viewerId: string;
  /** Undefined opens a conversation. */
  readonly conversationId?: string | undefined;
  /** The message this one follows; undefined: the active leaf. */
  readonly parentId?: string | undefined;
  /** Another wording of this user message. Excludes `parentId`. */
  readonly replacesId?: string | undefined;
  readonly parts: readonly NewPart[];
  readonly options: ReplyOptions;
  /** Title of a conversation opened here. */
  readonly title: string;
  readonly idempotency: Idempotency;
  /** Milliseconds of computing the viewer may use in a day; undefined: no bound. */
  readonly computeBudgetMs?: number | undefined;
}

/** An upload's id is also the id of its picture. */
export type NewPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly imageId: string; readonly path: readonly string[] };

export interface Accepted {
  readonly outcome: 'accepted';
  readonly conversationId: string;
  readonly messageId: string;
  readonly replyId: string;
}

export function sendMessage(db: Kysely<Database>, input: SendMessage): Promise<Accepted | Refused> {
  return inTracedTransaction(db, 'sendMessage', (tx) =>
    once(tx, input.viewerId, input.idempotency, async () => {
      const place = await findPlace(tx, input);
      if ('outcome' in place) return place;
      // nothing may be made before the last reason to refuse: what is refused is committed as it stands
      const full =
        (await budgetSpent(tx, input.viewerId, input.computeBudgetMs)) ??
        (await tooMuchUnfinished(tx, input.viewerId, place.conversationId, jobsOf(input.options))) ??
        (await tooManyAlternatives(tx, place.conversationId, 'user', place.parentId));
      if (full) return full;

      for (const part of input.parts) {
        const unusable = part.kind === 'image' && (await whyUnusable(tx, input.viewerId, part));
        if (unusable) return unusable;
      }
      const conversationId = place.conversationId ?? (await insertConversation(tx, input.viewerId, input.title, null));
      const messageId = newId();
      await tx
        .insertInto('message')
        .values({
          id: messageId,
          conversation_id: conversationId,
          role: 'user',
          parent_id: place.parentId,
          status: 'COMPLETED',
        })
        .execute();
      await tx
        .insertInto('part')
        .values(
          input.parts.map((part, index) => ({
            message_id: messageId,
            part_index: index,
            kind: part.kind,
            text: part.kind === 'text' ? part.text : null,
            image_id: part.kind === 'image' ? part.imageId : null,
            take_ids: part.kind === 'image' ? '[]' : null,
          })),
        )
        .execute();
      const replyId = await insertReply(tx, { ...input, conversationId, parentId: messageId, after: place.after });
      return { outcome: 'accepted' as const, conversationId, messageId, replyId };
    }),
  );
}

export interface RegenerateMessage {
  readonly viewerId: string;
  /** An assistant message; the new reply answers the same user message. */
  readonly messageId: string;
  readonly options: ReplyOptions;
  readonly idempotency: Idempotency;
  readonly computeBudgetMs?: number | undefined;
}

export interface Regenerated {
  readonly outcome: 'accepted';
  readonly conversationId: string;
  readonly replyId: string;
}

export function regenerateMessage(db: Kysely<Database>, input: RegenerateMessage): Promise<Regenerated | Refused> {
  return inTracedTransaction(db, 'regenerateMessage', (tx) =>
    once(tx, input.viewerId, input.idempotency, async () => {
      const old = await ownedMessage(tx, input.viewerId, input.messageId);
      if (!old) return refused('NOT_FOUND', 'there is no such message', 'messageId');
      if (old.role !== 'assistant' || !old.parent_id) {
        return refused(
          'INVALID',
          'only an assistant message can be answered anew: to reword your own, send with replacesId',
          'messageId',
        );
      }
      if (!(await lockConversation(tx, input.viewerId, old.conversation_id)))
        return refused('NOT_FOUND', 'there is no such message', 'messageId');
      const full =
        (await budgetSpent(tx, input.viewerId, input.computeBudgetMs)) ??
        (await tooMuchUnfinished(tx, input.viewerId, old.conversation_id, jobsOf(input.options))) ??
        (await tooManyAlternatives(tx, old.conversation_id, 'assistant', old.parent_id));
      if (full) return full;
      const after = await assistantBefore(tx, old.parent_id);
      const replyId = await insertReply(tx, {
        ...input,
        conversationId: old.conversation_id,
        parentId: old.parent_id,
        after,
      });
      return { outcome: 'accepted' as const, conversationId: old.conversation_id, replyId };
    }),
  );
}

/** Takes a picture in, or says why it cannot stand in a message. */
async function whyUnusable(
  tx: Transaction<Database>,
  viewerId: string,
  { imageId, path }: Extract<NewPart, { kind: 'image' }>,
): Promise<Refused | undefined> {
  const status = await usePicture(tx, viewerId, imageId);
  switch (status) {
    case 'COMPLETED':
      return undefined;
    case 'QUEUED':
    case 'RUNNING':
      return refused('BUSY', 'this picture is still being drawn: send it when it is there', ...path);
    case 'FAILED':
    case 'CANCELLED':
      return refused('INVALID', `this picture was never finished (${status}): choose another`, ...path);
    case undefined:
      return refused('NOT_FOUND', 'there is no such picture', ...path);
    default:
      return unreachable(status);
  }
}

interface Place {
  readonly conversationId: string | undefined;
  readonly parentId: string | null;
  /** The assistant message that must be terminal before the reply may start. */
  readonly after: string | null;
}

async function findPlace(tx: Transaction<Database>, input: SendMessage): Promise<Place | Refused> {
  if (input.replacesId !== undefined && input.parentId !== undefined) {
    return refused('INVALID', 'give replacesId or parentId, not both', 'replacesId');
  }
  if (input.conversationId === undefined) {
    if (input.parentId !== undefined || input.replacesId !== undefined) {
      return refused('INVALID', 'parentId and replacesId need the conversationId they belong to', 'conversationId');
    }
    return { conversationId: undefined, parentId: null, after: null };
  }
  const conversation = await lockConversation(tx, input.viewerId, input.conversationId);
  if (!conversation) return refused('NOT_FOUND', 'there is no such conversation', 'conversationId');
  const { id: conversationId } = conversation;

  if (input.replacesId !== undefined) {
    const replaced = await messageOf(tx, conversationId, input.replacesId);
    if (replaced?.role !== 'user')
      return refused('NOT_FOUND', 'there is no such user message in this conversation', 'replacesId');
    return { conversationId, parentId: replaced.parent_id, after: replaced.parent_id };
  }
  const parentId = input.parentId ?? conversation.active_leaf_id;
  if (parentId === null) return { conversationId, parentId, after: null };
  const parent = await messageOf(tx, conversationId, parentId);
  if (!parent) return refused('NOT_FOUND', 'there is no such message in this conversation', 'parentId');
  if (parent.role !== 'assistant') {
    return refused(
      'INVALID',
      'a message follows an assistant message: to reword a user message, give replacesId',
      'parentId',
    );
  }
  return { conversationId, parentId, after: parentId };
}

interface NewReply {
  readonly viewerId: string;
  readonly conversationId: string;
  readonly parentId: string;
  readonly after: string | null;
  readonly options: ReplyOptions;
}

async function insertReply(tx: Transaction<Database>, reply: NewReply): Promise<string> {
  const replyId = newId();
  await tx
    .insertInto('message')
    .values({
      id: replyId,
      conversation_id: reply.conversationId,
      role: 'assistant',
      parent_id: reply.parentId,
      status: 'QUEUED',
      options: JSON.stringify(reply.options),
    })
    .execute();
  await tx.insertInto('stream').values({ message_id: replyId, last_n: 0 }).execute();
  await tx
    .insertInto('job')
    .values({
      id: newId(),
      kind: 'reply',
      state: 'queued',
      viewer_id: reply.viewerId,
      conversation_id: reply.conversationId,
      message_id: replyId,
      after_message_id: reply.after,
      traceparent: activeTraceparent(),
    })
    .execute();
  await tx
    .updateTable('conversation')
    .set({ active_leaf_id: replyId })
    .where('id', '=', reply.conversationId)
    .execute();
  return replyId;
}

/** One turn's wordings, or one message's answers, are shown side by side: there is an end to how many. */
export async function tooManyAlternatives(
  tx: Transaction<Database>,
  conversationId: string | undefined,
  role: 'user' | 'assistant',
  parentId: string | null,
): Promise<Refused | undefined> {
  if (conversationId === undefined) return undefined;
  const { count } = await tx
    .selectFrom('message')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('conversation_id', '=', conversationId)
    .where('role', '=', role)
    .where('parent_id', parentId === null ? 'is' : '=', parentId)
    .executeTakeFirstOrThrow();
  if (Number(count) < limits.maxAlternatives) return undefined;
  const what = role === 'user' ? 'this turn has' : 'this message has';
  return refused(
    'INVALID',
    `${what} ${count} ${role === 'user' ? 'wordings' : 'answers'} already, the limit is ${limits.maxAlternatives}: go on from one of them`,
    role === 'user' ? 'parts' : 'messageId',
  );
}

/** The assistant message a user message follows, if any. */
async function assistantBefore(tx: Transaction<Database>, userMessageId: string): Promise<string | null> {
  const row = await tx.selectFrom('message').select('parent_id').where('id', '=', userMessageId).executeTakeFirst();
  return row?.parent_id ?? null;
}

function messageOf(tx: Transaction<Database>, conversationId: string, id: string) {
  return tx
    .selectFrom('message')
    .select(['role', 'parent_id'])
    .where('id', '=', id)
    .where('conversation_id', '=', conversationId)
    .executeTakeFirst();
}

/** A message of a conversation that the viewer owns and has not deleted. */
export function ownedMessage(tx: Kysely<Database>, viewerId: string, id: string) {
  return tx
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select(['message.id', 'message.role', 'message.parent_id', 'message.conversation_id', 'message.status'])
    .where('message.id', '=', id)
    .where('conversation.viewer_id', '=', viewerId)
    .where('conversation.deleted_at', 'is', null)
    .executeTakeFirst();
}
