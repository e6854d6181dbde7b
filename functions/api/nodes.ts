// What resolvers pass on: snapshots of rows with the name of their GraphQL type. Ids inside are UUIDs; only the `id`
// resolvers make them public.
import { unreachable } from '../../core/app-error.ts';
import type { FoldedPart, ImageDecision } from '../../core/message-event.ts';
import type { ApiTokenRow } from '../../infra/database/api-tokens.ts';
import type { ConversationSnapshot } from '../../infra/database/read-conversations.ts';
import type {
  GalleryImageSnapshot,
  GeneratedImageSnapshot,
  ImageSnapshot,
  UploadedImageSnapshot,
} from '../../infra/database/read-images.ts';
import type { MessageSnapshot } from '../../infra/database/read-messages.ts';
import type { UploadSnapshot } from '../../infra/database/uploads.ts';
import type { Viewer } from '../../infra/database/viewers.ts';
import type { Activity, ImageProgress } from '../../core/activity.ts';
import type { Recipe } from '../../core/reply-options.ts';

export interface ViewerNode extends Viewer {
  readonly __typename: 'Viewer';
}
export interface ApiTokenNode extends ApiTokenRow {
  readonly __typename: 'ApiToken';
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
export interface GeneratedImageNode extends GeneratedImageSnapshot {
  readonly __typename: 'GeneratedImage';
}
export interface UploadedImageNode extends UploadedImageSnapshot {
  readonly __typename: 'UploadedImage';
}
export interface GalleryImageNode extends GalleryImageSnapshot {
  readonly __typename: 'GalleryImage';
}
export type ImageNode = GeneratedImageNode | UploadedImageNode | GalleryImageNode;
export interface UploadNode extends UploadSnapshot {
  readonly __typename: 'Upload';
}
export type AnyNode = ViewerNode | ApiTokenNode | ConversationNode | MessageNode | ImageNode | UploadNode;

export interface TextPartNode {
  readonly __typename: 'TextPart';
  readonly index: number;
  readonly text: string;
}
export interface ImagePartNode {
  readonly __typename: 'ImagePart';
  readonly index: number;
  readonly imageId: string;
  readonly takeIds: readonly string[];
  readonly decision?: ImageDecision;
}
export type PartNode = TextPartNode | ImagePartNode;

export type ActivityNode = Activity;
export type ImageProgressNode = ImageProgress;
export type RecipeNode = Recipe;
export type ImageDecisionNode = ImageDecision;

/** What every event of a message carries. `messageId` is the row's UUID. */
interface EventBase {
  readonly cursor: string;
  readonly messageId: string;
  readonly at: Date;
}
export interface TextEventNode extends EventBase {
  readonly __typename: 'TextEvent';
  readonly partIndex: number;
  readonly offset: number;
  readonly text: string;
}
export interface ImageEventNode extends EventBase {
  readonly __typename: 'ImageEvent';
  readonly part: ImagePartNode;
}
export interface ImageDoneEventNode extends EventBase {
  readonly __typename: 'ImageDoneEvent';
  readonly imageId: string;
}
export interface MessageDoneEventNode extends EventBase {
  readonly __typename: 'MessageDoneEvent';
}
export interface ActivityEventNode extends EventBase {
  readonly __typename: 'ActivityEvent';
  readonly activity: Activity;
}
export interface ImageProgressEventNode extends EventBase {
  readonly __typename: 'ImageProgressEvent';
  readonly imageId: string;
  readonly progress: ImageProgress;
}
export type MessageEventNode =
  | TextEventNode
  | ImageEventNode
  | ImageDoneEventNode
  | MessageDoneEventNode
  | ActivityEventNode
  | ImageProgressEventNode;

export interface MessageAddedEventNode {
  readonly __typename: 'MessageAddedEvent';
  readonly conversationId: string;
  readonly messageId: string;
}
export interface MessageEndedEventNode {
  readonly __typename: 'MessageEndedEvent';
  readonly conversationId: string;
  readonly messageId: string;
}
export interface ConversationDeletedEventNode {
  readonly __typename: 'ConversationDeletedEvent';
  readonly conversationId: string;
}
export type ConversationEventNode = MessageAddedEventNode | MessageEndedEventNode | ConversationDeletedEventNode;

export function toMessageNode(snapshot: MessageSnapshot): MessageNode {
  return snapshot.role === 'user'
    ? { __typename: 'UserMessage', ...snapshot }
    : { __typename: 'AssistantMessage', ...snapshot };
}

export function toImageNode(snapshot: ImageSnapshot): ImageNode {
  switch (snapshot.kind) {
    case 'generated':
      return { __typename: 'GeneratedImage', ...snapshot };
    case 'uploaded':
      return { __typename: 'UploadedImage', ...snapshot };
    case 'gallery':
      return { __typename: 'GalleryImage', ...snapshot };
    default:
      return unreachable(snapshot);
  }
}

export const toPartNode = (part: FoldedPart, index: number): PartNode =>
  part.kind === 'text' ? { __typename: 'TextPart', index, text: part.text } : toImagePartNode(part, index);

export function toImagePartNode(
  { imageId, takeIds, decision }: Extract<FoldedPart, { kind: 'image' }>,
  index: number,
): ImagePartNode {
  return { __typename: 'ImagePart', index, imageId, takeIds, ...(decision && { decision }) };
}
