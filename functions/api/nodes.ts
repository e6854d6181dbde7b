// What resolvers pass on: snapshots of rows with the name of their GraphQL type. Ids inside are UUIDs; only the `id`
// resolvers make them public.
import type { FoldedPart } from '../../core/message-event.ts';
import type { ConversationSnapshot } from '../../infra/database/read-conversations.ts';
import type { ImageSnapshot } from '../../infra/database/read-images.ts';
import type { MessageSnapshot } from '../../infra/database/read-messages.ts';
import type { Viewer } from '../../infra/database/viewers.ts';
import type { Activity, ImageProgress } from '../../core/activity.ts';

export interface ViewerNode extends Viewer {
  readonly __typename: 'Viewer';
}
export interface ConversationNode extends ConversationSnapshot {
  readonly __typename: 'Conversation';
}
export interface UserMessageNode extends MessageSnapshot {
  readonly __typename: 'UserMessage';
}
export interface AssistantMessageNode extends MessageSnapshot {
  readonly __typename: 'AssistantMessage';
}
export type MessageNode = UserMessageNode | AssistantMessageNode;
export interface GeneratedImageNode extends ImageSnapshot {
  readonly __typename: 'GeneratedImage';
}
export type ImageNode = GeneratedImageNode;
export type AnyNode = ViewerNode | ConversationNode | MessageNode | ImageNode;

export interface TextPartNode {
  readonly __typename: 'TextPart';
  readonly index: number;
  readonly text: string;
}
export interface ImagePartNode {
  readonly __typename: 'ImagePart';
  readonly index: number;
  readonly imageId: string;
}
export type PartNode = TextPartNode | ImagePartNode;

/** One event as it is executed for subscribers. */
export type MessageEventNode = { readonly cursor: string; readonly messageId: string; readonly at: Date } & (
  | { readonly __typename: 'TextEvent'; readonly partIndex: number; readonly offset: number; readonly text: string }
  | { readonly __typename: 'ImageEvent'; readonly part: ImagePartNode }
  | { readonly __typename: 'ImageDoneEvent'; readonly imageId: string }
  | { readonly __typename: 'MessageDoneEvent' }
  | { readonly __typename: 'ActivityEvent'; readonly activity: Activity }
  | { readonly __typename: 'ImageProgressEvent'; readonly imageId: string; readonly progress: ImageProgress }
);

export type ConversationEventNode = { readonly conversationId: string } & (
  | { readonly __typename: 'MessageAddedEvent'; readonly messageId: string }
  | { readonly __typename: 'MessageEndedEvent'; readonly messageId: string }
  | { readonly __typename: 'ConversationDeletedEvent' }
);

export function toMessageNode(snapshot: MessageSnapshot): MessageNode {
  return snapshot.role === 'user'
    ? { __typename: 'UserMessage', ...snapshot }
    : { __typename: 'AssistantMessage', ...snapshot };
}

export function toPartNode(part: FoldedPart, index: number): PartNode {
  return part.kind === 'text'
    ? { __typename: 'TextPart', index, text: part.text }
    : { __typename: 'ImagePart', index, imageId: part.imageId };
}
