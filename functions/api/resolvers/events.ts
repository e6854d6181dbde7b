// Fields of the events of subscriptions: each is executed once, from the node that its source made.
import { toPublicId } from '../../../core/ids.ts';
import { AppError } from '../../../core/app-error.ts';
import type {
  ActivityEventResolvers,
  ConversationDeletedEventResolvers,
  ConversationEventResolvers,
  ImageDoneEventResolvers,
  ImageEventResolvers,
  ImageProgressEventResolvers,
  MessageAddedEventResolvers,
  MessageDoneEventResolvers,
  MessageEndedEventResolvers,
  MessageEventResolvers,
  TextEventResolvers,
} from '../../../schema/generated/resolver-types.ts';
import type { Context } from '../context.ts';
import type { AssistantMessageNode } from '../nodes.ts';
import { loadGenerated, loadMessage } from './message.ts';

const ofMessage = { messageId: ({ messageId }: { messageId: string }) => toPublicId('message', messageId) };
const ofConversation = {
  conversationId: ({ conversationId }: { conversationId: string }) => toPublicId('conversation', conversationId),
};

export const MessageEvent: MessageEventResolvers = { __resolveType: ({ __typename }) => __typename };
export const TextEvent: TextEventResolvers = ofMessage;
export const ImageEvent: ImageEventResolvers = ofMessage;
export const ImageDoneEvent: ImageDoneEventResolvers = {
  ...ofMessage,
  image: ({ imageId }, _, context) => loadGenerated(imageId, context),
};
export const MessageDoneEvent: MessageDoneEventResolvers = {
  ...ofMessage,
  message: ({ messageId }, _, context) => loadReply(messageId, context),
};
export const ActivityEvent: ActivityEventResolvers = ofMessage;
export const ImageProgressEvent: ImageProgressEventResolvers = {
  ...ofMessage,
  imageId: ({ imageId }) => toPublicId('image', imageId),
};

export const ConversationEvent: ConversationEventResolvers = { __resolveType: ({ __typename }) => __typename };
export const ConversationDeletedEvent: ConversationDeletedEventResolvers = ofConversation;
export const MessageAddedEvent: MessageAddedEventResolvers = {
  ...ofConversation,
  message: ({ messageId }, _, context) => loadMessage(messageId, context),
};
export const MessageEndedEvent: MessageEndedEventResolvers = {
  ...ofConversation,
  message: ({ messageId }, _, context) => loadReply(messageId, context),
};

async function loadReply(messageId: string, context: Context): Promise<AssistantMessageNode> {
  const message = await loadMessage(messageId, context);
  if (message.__typename !== 'AssistantMessage')
    throw new AppError('INTERNAL', 'an event of a reply names a message that is none');
  return message;
}
