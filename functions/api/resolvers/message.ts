// Fields of messages and of their parts that are more than a column.
import { toCursor } from '../../../core/message-event.ts';
import { toPublicId } from '../../../core/ids.ts';
import type {
  AssistantMessageResolvers,
  ImageDecisionResolvers,
  ImagePartResolvers,
  MessagePartResolvers,
  MessageResolvers,
  UserMessageResolvers,
} from '../../../schema/generated/resolver-types.ts';
import { AppError } from '../../../core/app-error.ts';
import type { Context } from '../context.ts';
import { explainWaiting } from '../fleet.ts';
import {
  toPartNode,
  type ConversationNode,
  type GeneratedImageNode,
  type ImageNode,
  type MessageNode,
} from '../nodes.ts';

const common = {
  id: ({ id }: MessageNode) => toPublicId('message', id),
  conversation: ({ conversationId }: MessageNode, _: unknown, context: Context) =>
    loadConversation(conversationId, context),
  parts: ({ parts }: MessageNode) => parts.map(toPartNode),
  parent: ({ parentId }: MessageNode, _: unknown, { load }: Context) =>
    parentId === null ? null : load.message.load(parentId),
  alternatives: async ({ id }: MessageNode, _: unknown, { load }: Context): Promise<MessageNode[]> => {
    const messages = await load.message.loadMany(await load.alternatives.load(id));
    return messages.filter((message): message is MessageNode => message !== null && !(message instanceof Error));
  },
};

export const Message: MessageResolvers = { __resolveType: ({ __typename }) => __typename };
export const UserMessage: UserMessageResolvers = common;
export const AssistantMessage: AssistantMessageResolvers = {
  ...common,
  cursor: ({ id, lastN }) => toCursor(id, lastN),
  activity: async ({ activity, createdAt }, _, { services }) =>
    activity === undefined ? null : explainWaiting(activity, createdAt, await services.fleet()),
  failure: ({ failure }) => failure ?? null,
  noPicture: ({ status, parts, pictureProbability }) => {
    if (status !== 'COMPLETED' || pictureProbability === null || parts.some(({ kind }) => kind === 'image'))
      return null;
    return pictureProbability > 0.5 ? 'NOTHING_FOUND' : 'NOT_WANTED';
  },
  usage: ({ usage }) => usage ?? null,
};

export const MessagePart: MessagePartResolvers = { __resolveType: ({ __typename }) => __typename };
export const ImagePart: ImagePartResolvers = {
  image: ({ imageId }, _, context) => loadImage(imageId, context),
  takes: async ({ takeIds }, _, { load }) => {
    const takes = await load.image.loadMany(takeIds);
    return takes.filter((take): take is GeneratedImageNode => isNode(take) && take.__typename === 'GeneratedImage');
  },
  decision: ({ decision }) => decision ?? null,
};

/** Pictures that are gone by now are left out. */
export const ImageDecision: ImageDecisionResolvers = {
  pictureProbability: ({ pictureProbability }) => pictureProbability ?? null,
  drawProbability: ({ drawProbability }) => drawProbability ?? null,
  findProbability: ({ findProbability }) => findProbability ?? null,
  candidates: async ({ candidates }, _, { load }) => {
    const images = await load.image.loadMany(candidates.map(({ itemId }) => itemId));
    return candidates.flatMap(({ similarity }, i) => {
      const image = images[i]!;
      return isNode(image) && image.__typename === 'GalleryImage' ? [{ image, similarity }] : [];
    });
  },
  meant: async ({ meant }, _, { load }) => {
    if (!meant) return null;
    const images = await load.image.loadMany(meant.candidates.map(({ imageId }) => imageId));
    const candidates = meant.candidates.flatMap(({ probability }, i) => {
      const image = images[i]!;
      return isNode(image) ? [{ image, probability }] : [];
    });
    return { noneProbability: meant.noneProbability, candidates };
  },
};

const isNode = (loaded: ImageNode | Error | null): loaded is ImageNode => loaded !== null && !(loaded instanceof Error);

/** A row that others point to exists, unless its conversation was deleted since. */
export async function loadImage(imageId: string, { load }: Context): Promise<ImageNode> {
  return (await load.image.load(imageId)) ?? gone('picture');
}

export async function loadGenerated(imageId: string, context: Context): Promise<GeneratedImageNode> {
  const image = await loadImage(imageId, context);
  if (image.__typename !== 'GeneratedImage')
    throw new AppError('INTERNAL', 'a drawn picture was asked for, and this one was not drawn');
  return image;
}

export async function loadMessage(messageId: string, { load }: Context): Promise<MessageNode> {
  return (await load.message.load(messageId)) ?? gone('message');
}

async function loadConversation(conversationId: string, { load }: Context): Promise<ConversationNode> {
  return (await load.conversation.load(conversationId)) ?? gone('conversation');
}

function gone(what: string): never {
  throw new AppError('NOT_FOUND', `the ${what} was deleted meanwhile`);
}
