// All resolvers, by type. Types whose fields are plain columns need none.
import { DateTimeResolver, URLResolver, UUIDResolver } from 'graphql-scalars';
import type { Resolvers } from '../../../schema/generated/resolver-types.ts';
import { Conversation } from './conversation.ts';
import * as events from './events.ts';
import { GalleryImage, GeneratedImage, Image, ImageProgress, Recipe, UploadedImage } from './image.ts';
import { AssistantMessage, ImageDecision, ImagePart, Message, MessagePart, UserMessage } from './message.ts';
import { Mutation } from './mutation.ts';
import { Query } from './query.ts';
import { Upload } from './upload.ts';
import { ApiToken, Viewer } from './viewer.ts';

export const resolvers: Resolvers = {
  DateTime: DateTimeResolver,
  UUID: UUIDResolver,
  URL: URLResolver,
  Query,
  Mutation,
  Node: { __resolveType: ({ __typename }) => __typename },
  Viewer,
  ApiToken,
  Conversation,
  Message,
  UserMessage,
  AssistantMessage,
  MessagePart,
  ImagePart,
  ImageDecision,
  Image,
  GeneratedImage,
  UploadedImage,
  GalleryImage,
  Upload,
  ImageProgress,
  Recipe,
  ...events,
};
