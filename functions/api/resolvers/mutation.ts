// Writes. Each checks its input, runs one transaction, rings the bells and reads back what it made; what can go wrong for
// the viewer comes back as userErrors. Must never wait for a model.
import { limits } from '../../../core/limits.ts';
import { cancelMessage } from '../../../infra/database/cancel.ts';
import { createConversation, deleteConversation, renameConversation } from '../../../infra/database/conversations.ts';
import { isRefused } from '../../../infra/database/refused.ts';
import { regenerateMessage, sendMessage, type NewPart } from '../../../infra/database/send-message.ts';
import type {
  MutationResolvers,
  PartInput,
  SendMessageInput,
  UserError,
} from '../../../schema/generated/resolver-types.ts';
import { checkParts, checkText, first, type InputError } from '../check-input.ts';
import { chooseOptions } from '../choose-options.ts';
import type { Context } from '../context.ts';
import type { MessageNode, UserMessageNode } from '../nodes.ts';
import { asReply, idempotencyOf, idOf, ringCancelled, toUserError } from './mutation-input.ts';
import { galleryMutations } from './gallery-mutations.ts';
import { pictureMutations } from './picture-mutations.ts';
import { pictureOf } from './upload.ts';
import { viewerMutations } from './viewer.ts';

const titleCodePoints = 80;

export const Mutation: MutationResolvers = {
  ...viewerMutations,

  async createConversation(_, { input }, { services, viewer, load }) {
    const error = first([
      ifGiven(input.title, (title) => checkText(title, limits.maxTitleCodePoints, ['title'])),
      ifGiven(input.instructions, (text) => checkText(text, limits.maxInstructionsCodePoints, ['instructions'])),
    ]);
    if (error) return { conversation: null, userErrors: [error] };
    const result = await createConversation(services.db, {
      viewerId: viewer.id,
      title: input.title ?? null,
      instructions: input.instructions ?? null,
      idempotency: idempotencyOf('createConversation', input),
    });
    if (isRefused(result)) return { conversation: null, userErrors: [toUserError(result)] };
    return { conversation: await load.conversation.load(result.conversationId), userErrors: [] };
  },

  async renameConversation(_, { input }, { services, viewer, load }) {
    const id = idOf('conversation', input.conversationId, 'conversationId');
    if (!id.ok) return { conversation: null, userErrors: [id.error] };
    const error = checkText(input.title, limits.maxTitleCodePoints, ['title']);
    if (error) return { conversation: null, userErrors: [error] };
    const renamed = { viewerId: viewer.id, conversationId: id.uuid, title: input.title };
    const result = await renameConversation(services.db, renamed);
    if (isRefused(result)) return { conversation: null, userErrors: [toUserError(result)] };
    return { conversation: await load.conversation.load(id.uuid), userErrors: [] };
  },

  async deleteConversation(_, { input }, { services, viewer }) {
    const id = idOf('conversation', input.conversationId, 'conversationId');
    if (!id.ok) return { deletedConversationId: null, userErrors: [id.error] };
    const result = await deleteConversation(services.db, { viewerId: viewer.id, conversationId: id.uuid });
    if (isRefused(result)) return { deletedConversationId: null, userErrors: [toUserError(result)] };
    const { bus } = services;
    for (const messageId of result.cancelledMessageIds) bus.ring(`message:${messageId}`);
    bus.ring('cancel');
    bus.ring('jobs');
    bus.ring(`conversation:${id.uuid}`);
    return { deletedConversationId: input.conversationId, userErrors: [] };
  },

  async sendMessage(_, { input }, context) {
    const { services, viewer, load } = context;
    const refuse = (error: UserError | InputError) => ({
      conversation: null,
      message: null,
      reply: null,
      userErrors: [error],
    });
    const error = checkParts(input.parts);
    if (error) return refuse(error);
    const places = placesOf(input);
    if ('error' in places) return refuse(places.error);
    const read = await readParts(input.parts, context);
    if ('error' in read) return refuse(read.error);
    const { parts } = read;
    const texts = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
    const chosen = chooseOptions(input.options, (await services.fleet()).modelCard, {
      hasWords: texts.length > 0,
      again: false,
    });
    if (chosen.kind === 'wrong') return refuse(chosen.error);
    const result = await sendMessage(services.db, {
      viewerId: viewer.id,
      ...places,
      parts,
      options: chosen.options,
      title: titleOf(texts[0] ?? 'A picture'),
      idempotency: idempotencyOf('sendMessage', input),
      computeBudgetMs: services.computeBudgetMs,
    });
    if (isRefused(result)) return refuse(toUserError(result));
    services.bus.ring('jobs');
    services.bus.ring(`conversation:${result.conversationId}`);
    return {
      conversation: await load.conversation.load(result.conversationId),
      message: asUser(await load.message.load(result.messageId)),
      reply: asReply(await load.message.load(result.replyId)),
      userErrors: [],
    };
  },

  async regenerateMessage(_, { input }, context) {
    const { services, viewer, load } = context;
    const id = idOf('message', input.messageId, 'messageId');
    if (!id.ok) return { reply: null, userErrors: [id.error] };
    const old = await load.message.load(id.uuid);
    const asked = old?.parentId ? await load.message.load(old.parentId) : null;
    const hasWords = asked?.parts.some((part) => part.kind === 'text') ?? true;
    const chosen = chooseOptions(input.options, (await services.fleet()).modelCard, {
      hasWords,
      again: old?.parts.some((part) => part.kind === 'image') ?? false,
    });
    if (chosen.kind === 'wrong') return { reply: null, userErrors: [chosen.error] };
    const result = await regenerateMessage(services.db, {
      viewerId: viewer.id,
      messageId: id.uuid,
      options: chosen.options,
      idempotency: idempotencyOf('regenerateMessage', input),
      computeBudgetMs: services.computeBudgetMs,
    });
    if (isRefused(result)) return { reply: null, userErrors: [toUserError(result)] };
    services.bus.ring('jobs');
    services.bus.ring(`conversation:${result.conversationId}`);
    return { reply: asReply(await load.message.load(result.replyId)), userErrors: [] };
  },

  async cancelMessage(_, { input }, { services, viewer, load }) {
    const id = idOf('message', input.messageId, 'messageId');
    if (!id.ok) return { message: null, userErrors: [id.error] };
    const result = await cancelMessage(services.db, { viewerId: viewer.id, messageId: id.uuid });
    if (isRefused(result)) return { message: null, userErrors: [toUserError(result)] };
    ringCancelled(services, result);
    return { message: asReply(await load.message.load(id.uuid)), userErrors: [] };
  },
  ...pictureMutations,
  ...galleryMutations,
};

/** Parts as they are stored: ids read, an upload as the picture it became. */
async function readParts(
  parts: readonly PartInput[],
  context: Context,
): Promise<{ readonly parts: NewPart[] } | { readonly error: UserError | InputError }> {
  const read: NewPart[] = [];
  for (const [i, { text, uploadId, imageId }] of parts.entries()) {
    const place = ['parts', String(i)];
    if (text !== undefined) read.push({ kind: 'text', text });
    else if (uploadId !== undefined) {
      const path = [...place, 'uploadId'];
      const picture = await pictureOf(uploadId, path, context);
      if ('error' in picture) return picture;
      read.push({ kind: 'image', imageId: picture.imageId, path });
    } else {
      const path = [...place, 'imageId'];
      const id = idOf('image', imageId, ...path);
      if (!id.ok) return { error: id.error };
      read.push({ kind: 'image', imageId: id.uuid, path });
    }
  }
  return { parts: read };
}

type Places =
  | { conversationId: string | undefined; parentId: string | undefined; replacesId: string | undefined }
  | { error: UserError };

function placesOf(input: SendMessageInput): Places {
  const uuids: (string | undefined)[] = [];
  for (const [kind, field] of [
    ['conversation', 'conversationId'],
    ['message', 'parentId'],
    ['message', 'replacesId'],
  ] as const) {
    const value = input[field];
    const id = value === undefined || value === null ? undefined : idOf(kind, value, field);
    if (id && !id.ok) return { error: id.error };
    uuids.push(id?.uuid);
  }
  return { conversationId: uuids[0], parentId: uuids[1], replacesId: uuids[2] };
}

/** The beginning of the text, cut at a word. */
function titleOf(whole: string): string {
  const text = whole.trim().replaceAll(/\s+/g, ' ');
  const points = Array.from(text.slice(0, titleCodePoints * 2 + 2));
  if (points.length <= titleCodePoints) return text;
  const cut = points.slice(0, titleCodePoints - 1).join('');
  const space = cut.lastIndexOf(' ');
  return `${space > titleCodePoints / 2 ? cut.slice(0, space) : cut}…`;
}

const ifGiven = <T>(value: T | null | undefined, check: (value: T) => InputError | undefined) =>
  value === null || value === undefined ? undefined : check(value);

const asUser = (message: MessageNode | null): UserMessageNode | null =>
  message?.__typename === 'UserMessage' ? message : null;
