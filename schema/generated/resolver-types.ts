import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ViewerNode, ApiTokenNode, ConversationNode, UserMessageNode, AssistantMessageNode, MessageNode, ImageNode, GalleryImageNode, UploadedImageNode, UploadNode, GeneratedImageNode, AnyNode, PartNode, TextPartNode, ImageDecisionNode, ImagePartNode, ActivityNode, ImageProgressNode, RecipeNode, MessageEventNode, TextEventNode, ImageEventNode, ImageDoneEventNode, MessageDoneEventNode, ActivityEventNode, ImageProgressEventNode, ConversationEventNode, MessageAddedEventNode, MessageEndedEventNode, ConversationDeletedEventNode } from '../../functions/api/nodes.ts';
import type { Context } from '../../functions/api/context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** An instant in UTC, RFC 3339 with milliseconds. */
  DateTime: { input: Date; output: Date; }
  /** An absolute URL. */
  URL: { input: string; output: string; }
  /** A UUID of any version, in its usual hyphenated spelling. */
  UUID: { input: string; output: string; }
};

/** What is going on right now, with a place in the queue, bytes of weights or an estimate where there is one. */
export type Activity = {
  readonly __typename?: 'Activity';
  /** Milliseconds this phase is likely to take still. */
  readonly estimatedMs: Maybe<Scalars['Int']['output']>;
  /** Bytes of weights already loaded, while LOADING_WEIGHTS. */
  readonly loadedBytes: Maybe<Scalars['Float']['output']>;
  /** The current phase. */
  readonly phase: Phase;
  /** Replies that come before this one, while QUEUED. */
  readonly position: Maybe<Scalars['Int']['output']>;
  /** Bytes of weights in all, while LOADING_WEIGHTS. */
  readonly totalBytes: Maybe<Scalars['Float']['output']>;
};

/** State, not history: what the reply is doing. Sent with the last cursor. */
export type ActivityEvent = MessageEvent & {
  readonly __typename?: 'ActivityEvent';
  /** The newest activity. */
  readonly activity: Activity;
  /** When it was read. */
  readonly at: Scalars['DateTime']['output'];
  /** The last logged event's cursor. */
  readonly cursor: Scalars['String']['output'];
  /** The message it belongs to. */
  readonly messageId: Scalars['ID']['output'];
};

export type AddToGalleryInput = {
  /** Who made it, at most 200 characters. */
  readonly creator?: InputMaybe<Scalars['String']['input']>;
  /** Made by the client, once per intent. */
  readonly idempotencyKey: Scalars['UUID']['input'];
  /** Under which terms it may be used, at most 200 characters. */
  readonly licence?: InputMaybe<Scalars['String']['input']>;
  /** The picture. */
  readonly source: ImageSource;
  /** The page it comes from: an http or https address of at most 2,000 characters. */
  readonly sourcePage?: InputMaybe<Scalars['URL']['input']>;
  /** 1 to 200 characters. */
  readonly title: Scalars['String']['input'];
};

/** What `addToGallery` returns. */
export type AddToGalleryPayload = {
  readonly __typename?: 'AddToGalleryPayload';
  /** The picture as it stands in the gallery, or null with `userErrors`. */
  readonly image: Maybe<GalleryImage>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** A token of a program that acts for the viewer. Only its hash is kept. */
export type ApiToken = Node & {
  readonly __typename?: 'ApiToken';
  /** When it was made. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** When it stops working; null: when it is revoked. */
  readonly expiresAt: Maybe<Scalars['DateTime']['output']>;
  /** Opaque id. */
  readonly id: Scalars['ID']['output'];
  /** What the viewer calls it. */
  readonly name: Scalars['String']['output'];
  /** What it allows. */
  readonly rights: ReadonlyArray<ApiTokenRight>;
};

/** What a token allows. None allows to make tokens or to delete the viewer. */
export type ApiTokenRight =
  /** Queries and subscriptions. */
  | 'READ'
  /** Mutations. Without READ their payloads show ids, `userErrors` and uploads, and nothing else. */
  | 'WRITE';

/** What the assistant answers. It grows while it is QUEUED or RUNNING and never changes afterwards. */
export type AssistantMessage = Message & Node & {
  readonly __typename?: 'AssistantMessage';
  /** What is going on right now; null once it has ended. */
  readonly activity: Maybe<Activity>;
  /** Other answers to the same message, oldest first, this one included. */
  readonly alternatives: ReadonlyArray<Message>;
  /** Where it was said. */
  readonly conversation: Conversation;
  /** When it was accepted. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** The last event `parts` includes, read in the same transaction: subscribe after it. */
  readonly cursor: Scalars['String']['output'];
  /** Oldest turns left out because the context was full. */
  readonly droppedTurns: Scalars['Int']['output'];
  /** Set when `status` is FAILED. */
  readonly failure: Maybe<Failure>;
  /** Opaque id. */
  readonly id: Scalars['ID']['output'];
  /** Why this finished reply shows no picture; null where it shows one, where the model was not asked, and until it has ended. */
  readonly noPicture: Maybe<NoPicture>;
  /** The message it answers. */
  readonly parent: Maybe<Message>;
  /** Text and pictures so far, in their order. */
  readonly parts: ReadonlyArray<MessagePart>;
  /**
   * How probable the model found it that this reply wants a picture, `imageBias` included: above one half it shows one. Null where
   * the model was not asked, and until the text has ended.
   */
  readonly pictureProbability: Maybe<Scalars['Float']['output']>;
  /** How far it is. */
  readonly status: GenerationStatus;
  /** What it took; null until it has ended. */
  readonly usage: Maybe<Usage>;
};

export type CancelImageInput = {
  /** The picture to stop. */
  readonly imageId: Scalars['ID']['input'];
};

/** What `cancelImage` returns. */
export type CancelImagePayload = {
  readonly __typename?: 'CancelImagePayload';
  /** The picture as it is now, or null with `userErrors`. */
  readonly image: Maybe<GeneratedImage>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

export type CancelMessageInput = {
  /** The assistant message to stop. */
  readonly messageId: Scalars['ID']['input'];
};

/** What `cancelMessage` returns. */
export type CancelMessagePayload = {
  readonly __typename?: 'CancelMessagePayload';
  /** The message as it is now, or null with `userErrors`. */
  readonly message: Maybe<AssistantMessage>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** What this deployment can do. */
export type Capabilities = {
  readonly __typename?: 'Capabilities';
  /** What a picture can be drawn from; the first is the default, but for `firstConditioning`. */
  readonly conditionings: ReadonlyArray<Conditioning>;
  /** Tokens of prompt and reply together. */
  readonly contextTokens: Maybe<Scalars['Int']['output']>;
  /** Guidance of a picture unless set. */
  readonly defaultGuidance: Maybe<Scalars['Float']['output']>;
  /** Network evaluations of a picture unless set. */
  readonly defaultSteps: Maybe<Scalars['Int']['output']>;
  /** A good `strength` of a redraw; null where the model draws from words alone and a strength is refused. */
  readonly defaultStrength: Maybe<Scalars['Float']['output']>;
  /** What a picture is drawn from where its wish is the first message of a conversation, words alone, and `conditioning` is not set. */
  readonly firstConditioning: Conditioning;
  /** The GPU functions and whether they are warm. */
  readonly functions: ReadonlyArray<FunctionState>;
  /** Values of `images` that the model understands; the first is the default. A message without words may have another one. */
  readonly imagePolicies: ReadonlyArray<ImagePolicy>;
  /** Sizes a picture may have; the first is the default. */
  readonly imageSizes: ReadonlyArray<Dimensions>;
  /** Picture parts of one message at most. */
  readonly maxImagesPerMessage: Scalars['Int']['output'];
  /** Parts of one message at most. */
  readonly maxPartsPerMessage: Scalars['Int']['output'];
  /** Pictures that one reply shows at most, takes not counted. */
  readonly maxPicturesPerReply: Scalars['Int']['output'];
  /** Tokens of one reply at most. */
  readonly maxReplyTokens: Scalars['Int']['output'];
  /** Takes of a picture at most. Where a reply shows several, they share so many. */
  readonly maxTakes: Scalars['Int']['output'];
  /** Code points of one text part at most. */
  readonly maxTextCodePoints: Scalars['Int']['output'];
  /** Bytes of one uploaded file at most. */
  readonly maxUploadBytes: Scalars['Int']['output'];
  /** Pixels of one uploaded picture at most, width times height. */
  readonly maxUploadPixels: Scalars['Int']['output'];
  /** Name of the model package; null while no worker has reported. */
  readonly model: Maybe<Scalars['String']['output']>;
  /** sha256 that names the package with all its weights. */
  readonly modelDigest: Maybe<Scalars['String']['output']>;
  /** Whether the model sees pictures of the dialogue. If not, a reply is told that a picture was sent, and nothing of it. */
  readonly readsImages: Scalars['Boolean']['output'];
  /** Samplers a picture may be drawn with; the first is the default. */
  readonly samplers: ReadonlyArray<Scalars['String']['output']>;
  /** MIME types that can be uploaded. */
  readonly uploadTypes: ReadonlyArray<Scalars['String']['output']>;
};

/** What a picture is drawn from. */
export type Conditioning =
  /** Mapped from the language model's hidden states, which have read the whole dialogue. Needs a model with a mapper. */
  | 'GILL'
  /** The text encoder on the recipe's words alone: the Stable Diffusion way. */
  | 'TEXT';

/** A tree of messages; each path from the first message to a leaf is one dialogue. */
export type Conversation = Node & {
  readonly __typename?: 'Conversation';
  /** The newest message of the branch last written to. */
  readonly activeLeaf: Maybe<Message>;
  /** When it was opened. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Opaque id. */
  readonly id: Scalars['ID']['output'];
  /** Pictures of all branches, newest first. Give `first` or `last`, 1 to 100. */
  readonly images: ImageConnection;
  /** Extra instructions for the assistant in this conversation. */
  readonly instructions: Maybe<Scalars['String']['output']>;
  /** The path from the first message to `leafId` (default: the active leaf), oldest first. Give `first` or `last`, 1 to 100. */
  readonly messages: MessageConnection;
  /** Given by the viewer, or the beginning of the first message. */
  readonly title: Maybe<Scalars['String']['output']>;
  /** When it was last written to. */
  readonly updatedAt: Scalars['DateTime']['output'];
};


/** A tree of messages; each path from the first message to a leaf is one dialogue. */
export type ConversationImagesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/** A tree of messages; each path from the first message to a leaf is one dialogue. */
export type ConversationMessagesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  leafId?: InputMaybe<Scalars['ID']['input']>;
};

/** One page of conversations. */
export type ConversationConnection = {
  readonly __typename?: 'ConversationConnection';
  /** The page's conversations with their cursors. */
  readonly edges: ReadonlyArray<ConversationEdge>;
  /** Whether there is more, and where this page ends. */
  readonly pageInfo: PageInfo;
};

/** The conversation is gone; the stream ends. */
export type ConversationDeletedEvent = ConversationEvent & {
  readonly __typename?: 'ConversationDeletedEvent';
  /** The conversation. */
  readonly conversationId: Scalars['ID']['output'];
};

/** A conversation in a list. */
export type ConversationEdge = {
  readonly __typename?: 'ConversationEdge';
  /** Its place in the list, for `after` and `before`. */
  readonly cursor: Scalars['String']['output'];
  /** The conversation. */
  readonly node: Conversation;
};

/** A hint that a conversation changed. */
export type ConversationEvent = {
  /** The conversation. */
  readonly conversationId: Scalars['ID']['output'];
};

export type CreateApiTokenInput = {
  /** In the future; default: until it is revoked. */
  readonly expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** 1 to 200 characters. */
  readonly name: Scalars['String']['input'];
  /** At least one. */
  readonly rights: ReadonlyArray<ApiTokenRight>;
};

/** What `createApiToken` returns. */
export type CreateApiTokenPayload = {
  readonly __typename?: 'CreateApiTokenPayload';
  /** The token as it is kept, or null with `userErrors`. */
  readonly apiToken: Maybe<ApiToken>;
  /** To be sent as `Authorization: Bearer …`. It is never shown again. */
  readonly secret: Maybe<Scalars['String']['output']>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

export type CreateConversationInput = {
  /** Made by the client, once per intent: the same key and input return the same conversation for 24 hours. */
  readonly idempotencyKey: Scalars['UUID']['input'];
  /** Extra instructions for the assistant, at most 2,000 characters. */
  readonly instructions?: InputMaybe<Scalars['String']['input']>;
  /** At most 200 characters. */
  readonly title?: InputMaybe<Scalars['String']['input']>;
};

/** What `createConversation` returns. */
export type CreateConversationPayload = {
  readonly __typename?: 'CreateConversationPayload';
  /** The conversation, or null with `userErrors`. */
  readonly conversation: Maybe<Conversation>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

export type CreateUploadInput = {
  /** Exactly, 1 to `capabilities.maxUploadBytes`. */
  readonly byteSize: Scalars['Int']['input'];
  /** One of `capabilities.uploadTypes`. What the file really is, its bytes tell. */
  readonly contentType: Scalars['String']['input'];
  /** What the viewer calls the file; shown, never used as a path. At most 255 characters. */
  readonly fileName?: InputMaybe<Scalars['String']['input']>;
  /** Made by the client, once per intent. */
  readonly idempotencyKey: Scalars['UUID']['input'];
  /** Of the file, 64 hexadecimal digits. */
  readonly sha256: Scalars['String']['input'];
};

/** What `createUpload` returns. */
export type CreateUploadPayload = {
  readonly __typename?: 'CreateUploadPayload';
  /** The upload, AWAITING_FILE, or null with `userErrors`. */
  readonly upload: Maybe<Upload>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** Who made a choice. */
export type DecidedBy =
  /** The model. */
  | 'MODEL'
  /** Nobody: there was one way only. */
  | 'POLICY'
  /** The viewer, by `images`. */
  | 'VIEWER';

export type DeleteConversationInput = {
  /** The conversation. */
  readonly conversationId: Scalars['ID']['input'];
};

/** What `deleteConversation` returns. */
export type DeleteConversationPayload = {
  readonly __typename?: 'DeleteConversationPayload';
  /** The id of what is gone, or null with `userErrors`. */
  readonly deletedConversationId: Maybe<Scalars['ID']['output']>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

export type DeleteViewerInput = {
  /** The viewer's own id, so that no slip deletes everything. */
  readonly viewerId: Scalars['ID']['input'];
};

/** What `deleteViewer` returns. */
export type DeleteViewerPayload = {
  readonly __typename?: 'DeleteViewerPayload';
  /** The id of who is gone, or null with `userErrors`. */
  readonly deletedViewerId: Maybe<Scalars['ID']['output']>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** Pixels of a picture. */
export type Dimensions = {
  readonly __typename?: 'Dimensions';
  /** Pixels down. */
  readonly height: Scalars['Int']['output'];
  /** Pixels across. */
  readonly width: Scalars['Int']['output'];
};

/** Why something ended without a result. */
export type Failure = {
  readonly __typename?: 'Failure';
  /** What kind of failure. */
  readonly code: FailureCode;
  /** A sentence for people. */
  readonly message: Scalars['String']['output'];
  /** Whether trying again can help. */
  readonly retryable: Scalars['Boolean']['output'];
};

/** Kinds of failure. */
export type FailureCode =
  /** The last message alone does not fit the model's context. */
  | 'CONTEXT_TOO_LONG'
  /** It took too long, or lost its worker too often. */
  | 'DEADLINE_EXCEEDED'
  /** Our fault. */
  | 'INTERNAL'
  /** The model could not be loaded or reached. */
  | 'MODEL_UNAVAILABLE'
  /** A file could not be stored or read. */
  | 'STORAGE'
  /** The file sent is no picture that can be used; the message says why. */
  | 'UPLOAD_REJECTED';

/** A field of a form. */
export type FormField = {
  readonly __typename?: 'FormField';
  /** Its name. */
  readonly name: Scalars['String']['output'];
  /** Its value. */
  readonly value: Scalars['String']['output'];
};

/** One function and its workers. */
export type FunctionState = {
  readonly __typename?: 'FunctionState';
  /** `llm` or `diffusion`. */
  readonly name: Scalars['String']['output'];
  /** Its state as a whole: that of its readiest worker. */
  readonly state: FunctionStatus;
  /** Workers that reported in the last seconds. */
  readonly workers: Scalars['Int']['output'];
};

/** State of a function. */
export type FunctionStatus =
  /** Every worker is working. */
  | 'BUSY'
  /** No worker. */
  | 'COLD'
  /** A worker waits for work. */
  | 'READY'
  /** Workers run, but none can load the model. */
  | 'UNHEALTHY'
  /** A worker is loading weights. */
  | 'WARMING';

/** One page of the gallery. */
export type GalleryConnection = {
  readonly __typename?: 'GalleryConnection';
  /** The page's pictures with their cursors. */
  readonly edges: ReadonlyArray<GalleryEdge>;
  /** Whether there is more, and where this page ends. */
  readonly pageInfo: PageInfo;
};

/** A picture in the gallery's list. */
export type GalleryEdge = {
  readonly __typename?: 'GalleryEdge';
  /** Its place in the list, for `after` and `before`. */
  readonly cursor: Scalars['String']['output'];
  /** The picture. */
  readonly node: GalleryImage;
  /** Cosine of this picture and the one asked with, -1 to 1; null where none was. */
  readonly similarity: Maybe<Scalars['Float']['output']>;
};

/**
 * A picture of the gallery: kept by the viewer to be found, or come with the model package for everyone (`provenance` says so), with
 * a title and where it comes from.
 */
export type GalleryImage = Image & Node & {
  readonly __typename?: 'GalleryImage';
  /** A sentence for people who do not see the picture: its title. */
  readonly alt: Scalars['String']['output'];
  /** Bytes of the full file. */
  readonly byteSize: Maybe<Scalars['Int']['output']>;
  /** MIME type of the full file. */
  readonly contentType: Maybe<Scalars['String']['output']>;
  /** When it was added. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Who made it. */
  readonly creator: Maybe<Scalars['String']['output']>;
  /** A signed URL made at this read. */
  readonly file: Maybe<SignedFile>;
  /** Pixels. */
  readonly height: Maybe<Scalars['Int']['output']>;
  /** Opaque id; another than that of the picture it was made of. */
  readonly id: Scalars['ID']['output'];
  /** Under which terms it may be used. */
  readonly licence: Maybe<Scalars['String']['output']>;
  /** ThumbHash, base64: a blurred stand-in of about 25 bytes. */
  readonly placeholder: Maybe<Scalars['String']['output']>;
  /** Whether a program, the viewer or somebody else made it, and its content credentials. */
  readonly provenance: Provenance;
  /** Whether it is found by what it shows: false until the model's image encoder has looked at it, by its title alone. */
  readonly searchable: Scalars['Boolean']['output'];
  /** sha256 of the full file, in hex. */
  readonly sha256: Maybe<Scalars['String']['output']>;
  /** The page it comes from. */
  readonly sourcePage: Maybe<Scalars['URL']['output']>;
  /** What it is called; searched by `gallery(query:)`. */
  readonly title: Scalars['String']['output'];
  /** Pixels. */
  readonly width: Maybe<Scalars['Int']['output']>;
};


/**
 * A picture of the gallery: kept by the viewer to be found, or come with the model package for everyone (`provenance` says so), with
 * a title and where it comes from.
 */
export type GalleryImageFileArgs = {
  size?: InputMaybe<ImageSize>;
};

/** A picture of the gallery, and how well it fits. */
export type GalleryMatch = {
  readonly __typename?: 'GalleryMatch';
  /** The picture. */
  readonly image: GalleryImage;
  /** Cosine of what was searched with and the picture, -1 to 1. */
  readonly similarity: Scalars['Float']['output'];
};

/** What to look for: exactly one field is given. */
export type GalleryQuery =
  /** Another picture of the gallery: the most alike ones, best first, by what the model's image encoder made of them. */
  { readonly imageId: Scalars['ID']['input']; readonly text?: never; }
  |  /** Every word must be part of the title, whatever its case. At most 200 characters. */
  { readonly imageId?: never; readonly text: Scalars['String']['input']; };

/** A picture drawn for a reply. */
export type GeneratedImage = Image & Node & {
  readonly __typename?: 'GeneratedImage';
  /** A sentence for people who do not see the picture. */
  readonly alt: Scalars['String']['output'];
  /** Bytes of the full file. */
  readonly byteSize: Maybe<Scalars['Int']['output']>;
  /** MIME type of the full file. */
  readonly contentType: Maybe<Scalars['String']['output']>;
  /** When it was asked for. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Set when `status` is FAILED. */
  readonly failure: Maybe<Failure>;
  /** A signed URL made at this read; null until the file exists. */
  readonly file: Maybe<SignedFile>;
  /** Pixels; null until the file exists. */
  readonly height: Maybe<Scalars['Int']['output']>;
  /** Opaque id. */
  readonly id: Scalars['ID']['output'];
  /** The earlier picture that this one comes from: drawn again, or meant by the message; null where there is none, or it is gone. */
  readonly parent: Maybe<Image>;
  /** ThumbHash, base64: a blurred stand-in of about 25 bytes. */
  readonly placeholder: Maybe<Scalars['String']['output']>;
  /** What is going on right now; null once it has ended. */
  readonly progress: Maybe<ImageProgress>;
  /** Whether a program, the viewer or somebody else made it, and its content credentials. */
  readonly provenance: Provenance;
  /** Everything needed to draw the same picture again. */
  readonly recipe: Recipe;
  /** The picture whose recipe this one repeats; null where it repeats none, or that one is gone. */
  readonly replayOf: Maybe<GeneratedImage>;
  /** Of a replay that has ended: whether its pixels are those of `replayOf`. */
  readonly sameness: Maybe<Sameness>;
  /**
   * Of one of several takes: how well it fits what the model asked for, the cosine of what it asked for and what it sees in the
   * picture, -1 to 1. Null until it has ended, and where they were not compared.
   */
  readonly score: Maybe<Scalars['Float']['output']>;
  /** sha256 of the full file, in hex. */
  readonly sha256: Maybe<Scalars['String']['output']>;
  /** How far it is. */
  readonly status: GenerationStatus;
  /** Pixels; null until the file exists. */
  readonly width: Maybe<Scalars['Int']['output']>;
};


/** A picture drawn for a reply. */
export type GeneratedImageFileArgs = {
  size?: InputMaybe<ImageSize>;
};

/** QUEUED and RUNNING lead to exactly one of the three terminal states, which never change. */
export type GenerationStatus =
  /** Stopped by the viewer. */
  | 'CANCELLED'
  /** Finished. */
  | 'COMPLETED'
  /** Ended by a failure. */
  | 'FAILED'
  /** Accepted and waiting. */
  | 'QUEUED'
  /** Being computed. */
  | 'RUNNING';

/** A picture, wherever it comes from. */
export type Image = {
  /** A sentence for people who do not see the picture. */
  readonly alt: Scalars['String']['output'];
  /** Bytes of the full file. */
  readonly byteSize: Maybe<Scalars['Int']['output']>;
  /** MIME type of the full file. */
  readonly contentType: Maybe<Scalars['String']['output']>;
  /** When it was asked for. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** A signed URL made at this read; null until the file exists. */
  readonly file: Maybe<SignedFile>;
  /** Pixels; null until the file exists. */
  readonly height: Maybe<Scalars['Int']['output']>;
  /** Opaque id. */
  readonly id: Scalars['ID']['output'];
  /** ThumbHash, base64: a blurred stand-in of about 25 bytes. */
  readonly placeholder: Maybe<Scalars['String']['output']>;
  /** Whether a program, the viewer or somebody else made it, and its content credentials. */
  readonly provenance: Provenance;
  /** sha256 of the full file, in hex. */
  readonly sha256: Maybe<Scalars['String']['output']>;
  /** Pixels; null until the file exists. */
  readonly width: Maybe<Scalars['Int']['output']>;
};


/** A picture, wherever it comes from. */
export type ImageFileArgs = {
  size?: InputMaybe<ImageSize>;
};

/** Where a reply's picture comes from. */
export type ImageChoice =
  /** Drawn for this reply. */
  | 'DRAW'
  /** Found in the gallery. */
  | 'FIND';

/** One page of pictures. */
export type ImageConnection = {
  readonly __typename?: 'ImageConnection';
  /** The page's pictures with their cursors. */
  readonly edges: ReadonlyArray<ImageEdge>;
  /** Whether there is more, and where this page ends. */
  readonly pageInfo: PageInfo;
};

/** Why a reply shows a picture, and why it was drawn or found. */
export type ImageDecision = {
  readonly __typename?: 'ImageDecision';
  /** The gallery's best matches that the dialogue had not shown, best first, also when the choice was to draw. */
  readonly candidates: ReadonlyArray<GalleryMatch>;
  /** Whether it was drawn or found. */
  readonly choice: ImageChoice;
  /** Who chose between drawing and finding. */
  readonly decidedBy: DecidedBy;
  /** How probable the model found it that one should be drawn; null where it was not asked. */
  readonly drawProbability: Maybe<Scalars['Float']['output']>;
  /** How probable the model found it that one should be found; null where it was not asked. */
  readonly findProbability: Maybe<Scalars['Float']['output']>;
  /** Which earlier picture the model found meant; null where it was not asked, and where there was none. */
  readonly meant: Maybe<PictureMeant>;
  /** How probable the model found it that a picture is wanted, `imageBias` included; null where it was not asked. */
  readonly pictureProbability: Maybe<Scalars['Float']['output']>;
};

/** A picture ended: completed, failed or cancelled. */
export type ImageDoneEvent = MessageEvent & {
  readonly __typename?: 'ImageDoneEvent';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Resume after this one. */
  readonly cursor: Scalars['String']['output'];
  /** The picture as it is now. */
  readonly image: GeneratedImage;
  /** The message it belongs to. */
  readonly messageId: Scalars['ID']['output'];
};

/** A picture in a list. */
export type ImageEdge = {
  readonly __typename?: 'ImageEdge';
  /** Its place in the list, for `after` and `before`. */
  readonly cursor: Scalars['String']['output'];
  /** The picture. */
  readonly node: Image;
};

/** A picture part was added. */
export type ImageEvent = MessageEvent & {
  readonly __typename?: 'ImageEvent';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Resume after this one. */
  readonly cursor: Scalars['String']['output'];
  /** The message it belongs to. */
  readonly messageId: Scalars['ID']['output'];
  /** The part with its picture. */
  readonly part: ImagePart;
};

/** How a picture is drawn. What is not given is the model package's default. */
export type ImageOptions = {
  /**
   * What the picture is drawn from; default: the first of `capabilities.conditionings`, or `capabilities.firstConditioning`. A redraw keeps what its picture was drawn
   * from, and other words are TEXT.
   */
  readonly conditioning?: InputMaybe<Conditioning>;
  /** Weight of the conditional prediction, 1 to 20. */
  readonly guidance?: InputMaybe<Scalars['Float']['input']>;
  /** Together with `width` one of `capabilities.imageSizes`. */
  readonly height?: InputMaybe<Scalars['Int']['input']>;
  /** One of `capabilities.samplers`. */
  readonly sampler?: InputMaybe<Scalars['String']['input']>;
  /**
   * An unsigned 64-bit number in decimal; default: random. Where a reply's picture is mapped from an earlier one that it changes, it begins with that one's seed, so that
   * what is not spoken of stays where it was; not where the message says nothing new, nor for another answer by `regenerateMessage`.
   */
  readonly seed?: InputMaybe<Scalars['String']['input']>;
  /** Network evaluations, 1 to 50. */
  readonly steps?: InputMaybe<Scalars['Int']['input']>;
  /** Pictures drawn for the wish, with seeds that count up from `seed`: 1 to `capabilities.maxTakes`; default 1. */
  readonly takes?: InputMaybe<Scalars['Int']['input']>;
  /** Together with `height` one of `capabilities.imageSizes`. */
  readonly width?: InputMaybe<Scalars['Int']['input']>;
};

/** A picture at its place in the text. */
export type ImagePart = MessagePart & {
  readonly __typename?: 'ImagePart';
  /** Why there is a picture. Null for the viewer's own, and where the model was not asked. */
  readonly decision: Maybe<ImageDecision>;
  /** The picture that stands in the text. Of several takes it is the first; to go on with another, send its `imageId`. */
  readonly image: Image;
  /** Its place in the message, from 0. */
  readonly index: Scalars['Int']['output'];
  /** Every picture drawn for this wish, in the order of their seeds; `score` tells which fits best. Empty where nothing was drawn. */
  readonly takes: ReadonlyArray<GeneratedImage>;
};

/** Whether a reply holds a picture. */
export type ImagePolicy =
  /** One picture. */
  | 'ALWAYS'
  /** Pictures where the model finds that the viewer wants some, up to `capabilities.maxPicturesPerReply`. Needs a model that can tell. */
  | 'AUTO'
  /** As AUTO; what is shown is drawn, never found. Needs a model that can tell. */
  | 'DRAW_ONLY'
  /** As AUTO; what is shown is found in the gallery, never drawn: see `noPicture`. Needs a model that can find. */
  | 'FIND_ONLY'
  /** Text only. */
  | 'NEVER';

/** How far a picture is. */
export type ImageProgress = {
  readonly __typename?: 'ImageProgress';
  /** Milliseconds until the picture is likely to be ready. */
  readonly estimatedMs: Maybe<Scalars['Int']['output']>;
  /** The current phase. */
  readonly phase: Phase;
  /** The newest small preview; it expires soon. */
  readonly preview: Maybe<SignedFile>;
  /** Steps done. */
  readonly step: Scalars['Int']['output'];
  /** Steps in all. */
  readonly steps: Scalars['Int']['output'];
};

/** State, not history: how far a picture is. Sent with the last cursor. */
export type ImageProgressEvent = MessageEvent & {
  readonly __typename?: 'ImageProgressEvent';
  /** When it was read. */
  readonly at: Scalars['DateTime']['output'];
  /** The last logged event's cursor. */
  readonly cursor: Scalars['String']['output'];
  /** The picture. */
  readonly imageId: Scalars['ID']['output'];
  /** The message it belongs to. */
  readonly messageId: Scalars['ID']['output'];
  /** Its newest progress. */
  readonly progress: ImageProgress;
};

/** Which file of a picture. */
export type ImageSize =
  /** The picture itself, PNG or WebP. */
  | 'FULL'
  /** At most 256 pixels on its longer side, WebP. */
  | 'THUMBNAIL';

/** What is added: exactly one field is given. */
export type ImageSource =
  /** Any finished picture of the viewer. */
  { readonly imageId: Scalars['ID']['input']; readonly uploadId?: never; }
  |  /** An upload that is READY. */
  { readonly imageId?: never; readonly uploadId: Scalars['ID']['input']; };

/** A picture of the dialogue, and how probably it is meant. */
export type MeantPicture = {
  readonly __typename?: 'MeantPicture';
  /** The picture. */
  readonly image: Image;
  /** Its share. */
  readonly probability: Scalars['Float']['output'];
};

/** One turn: of the viewer or of the assistant. */
export type Message = {
  /** Other wordings of this turn, or other answers to it, oldest first, this one included. */
  readonly alternatives: ReadonlyArray<Message>;
  /** Where it was said. */
  readonly conversation: Conversation;
  /** When it was accepted. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Opaque id. */
  readonly id: Scalars['ID']['output'];
  /** The message this one follows; null on the first. */
  readonly parent: Maybe<Message>;
  /** Text and pictures in their order. */
  readonly parts: ReadonlyArray<MessagePart>;
};

/** A message was accepted, or a reply to it begun. */
export type MessageAddedEvent = ConversationEvent & {
  readonly __typename?: 'MessageAddedEvent';
  /** The conversation. */
  readonly conversationId: Scalars['ID']['output'];
  /** The message. */
  readonly message: Message;
};

/** One page of messages. */
export type MessageConnection = {
  readonly __typename?: 'MessageConnection';
  /** The page's messages with their cursors. */
  readonly edges: ReadonlyArray<MessageEdge>;
  /** Whether there is more, and where this page ends. */
  readonly pageInfo: PageInfo;
};

/** Terminal, with the whole message. */
export type MessageDoneEvent = MessageEvent & {
  readonly __typename?: 'MessageDoneEvent';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** The last cursor of this message. */
  readonly cursor: Scalars['String']['output'];
  /** The message, which never changes from here on. */
  readonly message: AssistantMessage;
  /** The message it belongs to. */
  readonly messageId: Scalars['ID']['output'];
};

/** A message in a list. */
export type MessageEdge = {
  readonly __typename?: 'MessageEdge';
  /** Its place in the list, for `after` and `before`. */
  readonly cursor: Scalars['String']['output'];
  /** The message. */
  readonly node: Message;
};

/** A reply reached its terminal state. */
export type MessageEndedEvent = ConversationEvent & {
  readonly __typename?: 'MessageEndedEvent';
  /** The conversation. */
  readonly conversationId: Scalars['ID']['output'];
  /** The reply. */
  readonly message: AssistantMessage;
};

/** Something that changed an assistant message, or its newest state. */
export type MessageEvent = {
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Resume after this one: `messageEvents(after:)`. */
  readonly cursor: Scalars['String']['output'];
  /** The message it belongs to. */
  readonly messageId: Scalars['ID']['output'];
};

/** A piece of a message. */
export type MessagePart = {
  /** Its place in the message, from 0. */
  readonly index: Scalars['Int']['output'];
};

/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /** Keeps a picture of the viewer to be found. */
  readonly addToGallery: AddToGalleryPayload;
  /** Stops one picture; its message goes on. No error on a finished one. */
  readonly cancelImage: CancelImagePayload;
  /** Stops exactly this reply and its pictures, at once and for good. Text so far is kept. No error on a finished one. */
  readonly cancelMessage: CancelMessagePayload;
  /** Makes a token for a program that acts for the viewer. The answer shows it once. */
  readonly createApiToken: CreateApiTokenPayload;
  /** Opens an empty conversation. `sendMessage` can open one as well. */
  readonly createConversation: CreateConversationPayload;
  /** Announces a file. It is sent to `upload.url` by a form; `upload.id` then stands for its picture in `sendMessage`. */
  readonly createUpload: CreateUploadPayload;
  /** Gone from every door at once, running replies cancelled; rows and files follow by a job. */
  readonly deleteConversation: DeleteConversationPayload;
  /** Forgets the viewer: name and tokens at once, conversations, pictures and counts by a job. It cannot be undone. */
  readonly deleteViewer: DeleteViewerPayload;
  /** An alternative reply in which this picture is drawn again: another seed, other words, other options, or from itself. */
  readonly redrawImage: RedrawImagePayload;
  /** Another answer to the same message; the first stays as an alternative. */
  readonly regenerateMessage: RegenerateMessagePayload;
  /** Lets a picture of the gallery go; messages that show it still do. */
  readonly removeFromGallery: RemoveFromGalleryPayload;
  /** Changes the title. */
  readonly renameConversation: RenameConversationPayload;
  /** Repeats a picture's recipe outside any message; `sameness` tells in the end whether the pixels agree. */
  readonly replayImage: ReplayImagePayload;
  /** The token is refused from now on; its live streams end within a minute. */
  readonly revokeApiToken: RevokeApiTokenPayload;
  /** Adds the viewer's message and starts the assistant's reply. Returns at once; the reply arrives as events. */
  readonly sendMessage: SendMessagePayload;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationAddToGalleryArgs = {
  input: AddToGalleryInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationCancelImageArgs = {
  input: CancelImageInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationCancelMessageArgs = {
  input: CancelMessageInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationCreateApiTokenArgs = {
  input: CreateApiTokenInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationCreateConversationArgs = {
  input: CreateConversationInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationCreateUploadArgs = {
  input: CreateUploadInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationDeleteConversationArgs = {
  input: DeleteConversationInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationDeleteViewerArgs = {
  input: DeleteViewerInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationRedrawImageArgs = {
  input: RedrawImageInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationRegenerateMessageArgs = {
  input: RegenerateMessageInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationRemoveFromGalleryArgs = {
  input: RemoveFromGalleryInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationRenameConversationArgs = {
  input: RenameConversationInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationReplayImageArgs = {
  input: ReplayImageInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationRevokeApiTokenArgs = {
  input: RevokeApiTokenInput;
};


/** Writes. Each takes one input and returns one payload; what can go wrong for the viewer stands in `userErrors`. */
export type MutationSendMessageArgs = {
  input: SendMessageInput;
};

/** Why a reply shows no picture. */
export type NoPicture =
  /** One was to be found, and the gallery holds none that this dialogue has not shown. */
  | 'NOTHING_FOUND'
  /** The model found that none is wanted. */
  | 'NOT_WANTED';

/** Anything with an id. Ids are opaque: never take one apart. */
export type Node = {
  /** Names this object everywhere; opaque, with a readable prefix such as `msg_`. */
  readonly id: Scalars['ID']['output'];
};

/** Where a page of a list ends. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** Cursor of the last item; null on an empty page. */
  readonly endCursor: Maybe<Scalars['String']['output']>;
  /** Whether more follows. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether more comes before. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of the first item; null on an empty page. */
  readonly startCursor: Maybe<Scalars['String']['output']>;
};

/** A piece of what the viewer says: exactly one field is given. */
export type PartInput =
  /**
   * Any finished picture of the viewer: uploaded, drawn in any conversation, or of the gallery. Whether the model sees it,
   * `capabilities.readsImages` tells.
   */
  { readonly imageId: Scalars['ID']['input']; readonly text?: never; readonly uploadId?: never; }
  |  /** Up to 16,000 characters; no NUL, no unpaired surrogate. */
  { readonly imageId?: never; readonly text: Scalars['String']['input']; readonly uploadId?: never; }
  |  /** An upload that is READY. */
  { readonly imageId?: never; readonly text?: never; readonly uploadId: Scalars['ID']['input']; };

/** What a worker is doing. */
export type Phase =
  /** The finished latent becomes pixels. */
  | 'DECODING_PIXELS'
  /** The language model writes. */
  | 'DECODING_TEXT'
  /** The diffusion decoder steps. */
  | 'DRAWING'
  /** A worker is reading the model's weights. */
  | 'LOADING_WEIGHTS'
  /** Waiting for a worker, or for the reply before this one. */
  | 'QUEUED'
  /** The language model reads the dialogue. */
  | 'READING'
  /** The picture is being encoded and stored. */
  | 'STORING'
  /** No worker is running yet; one is being started. */
  | 'WARMING';

/**
 * Which of the last pictures that the dialogue showed a message means, twelve at most, in shares of one. What is drawn comes from the most
 * probable one, if it beats `noneProbability`; the picture that was taken is its `parent`.
 */
export type PictureMeant = {
  readonly __typename?: 'PictureMeant';
  /** The most probable of the pictures, four at most, that one first. */
  readonly candidates: ReadonlyArray<MeantPicture>;
  /** How probable the model found it that none of them is meant. */
  readonly noneProbability: Scalars['Float']['output'];
};

/** Where a picture comes from. */
export type Provenance = {
  readonly __typename?: 'Provenance';
  /** Its kind. */
  readonly kind: ProvenanceKind;
  /** sha256 of the C2PA manifest inside the file, in hex; null where the file carries none. */
  readonly manifestDigest: Maybe<Scalars['String']['output']>;
  /** What a picture of the model package is and what it was made from; null on others. */
  readonly origin: Maybe<Scalars['String']['output']>;
};

/** Kinds of origins. */
export type ProvenanceKind =
  /** Came with the model package into everyone's gallery: not drawn by a model, see `origin`. */
  | 'BUNDLED'
  /** Of the gallery: its title, creator and licence are what the viewer said. */
  | 'GALLERY'
  /** Drawn here by a model. */
  | 'GENERATED'
  /** Brought along by the viewer, cleaned: credentials that it came with are not kept. */
  | 'UPLOADED';

/** Reads. A thing that does not exist, was deleted or belongs to someone else is null. */
export type Query = {
  readonly __typename?: 'Query';
  /** What this deployment can do: model, limits, samplers, image sizes, whether its functions are warm. */
  readonly capabilities: Capabilities;
  /** A conversation by its id. */
  readonly conversation: Maybe<Conversation>;
  /** The viewer's conversations, the one written to last first. Give `first` or `last`, 1 to 100. */
  readonly conversations: ConversationConnection;
  /** The gallery: what the viewer keeps, newest first, then what came with the model; words match titles. Never runs a model. Give `first` or `last`, 1 to 100. */
  readonly gallery: GalleryConnection;
  /** A picture by its id. */
  readonly image: Maybe<Image>;
  /** A message by its id. */
  readonly message: Maybe<Message>;
  /** Any object by its id. */
  readonly node: Maybe<Node>;
  /** Objects by their ids, in the same order; at most 100 ids. */
  readonly nodes: ReadonlyArray<Maybe<Node>>;
  /** Who is asking. */
  readonly viewer: Viewer;
};


/** Reads. A thing that does not exist, was deleted or belongs to someone else is null. */
export type QueryConversationArgs = {
  id: Scalars['ID']['input'];
};


/** Reads. A thing that does not exist, was deleted or belongs to someone else is null. */
export type QueryConversationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


/** Reads. A thing that does not exist, was deleted or belongs to someone else is null. */
export type QueryGalleryArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  query?: InputMaybe<GalleryQuery>;
};


/** Reads. A thing that does not exist, was deleted or belongs to someone else is null. */
export type QueryImageArgs = {
  id: Scalars['ID']['input'];
};


/** Reads. A thing that does not exist, was deleted or belongs to someone else is null. */
export type QueryMessageArgs = {
  id: Scalars['ID']['input'];
};


/** Reads. A thing that does not exist, was deleted or belongs to someone else is null. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** Reads. A thing that does not exist, was deleted or belongs to someone else is null. */
export type QueryNodesArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};

/** Everything needed to draw the same picture again. */
export type Recipe = {
  readonly __typename?: 'Recipe';
  /** What the picture is drawn from. */
  readonly conditioning: Conditioning;
  /** sha256 of what the denoiser was given; null until drawing starts. */
  readonly conditioningDigest: Maybe<Scalars['String']['output']>;
  /** What computed it, such as `cpu`; null until drawing starts. */
  readonly executionProvider: Maybe<Scalars['String']['output']>;
  /** Weight of the conditional prediction; 1 is none. */
  readonly guidance: Scalars['Float']['output'];
  /** Pixels. */
  readonly height: Scalars['Int']['output'];
  /** Name of the model package; null until drawing starts. */
  readonly model: Maybe<Scalars['String']['output']>;
  /** sha256 that names the package with all its weights; null until drawing starts. */
  readonly modelDigest: Maybe<Scalars['String']['output']>;
  /** sha256 of the latent of `parent` as the denoiser was given it; null until drawing starts, and where it is drawn anew. */
  readonly parentDigest: Maybe<Scalars['String']['output']>;
  /** Name of the sampler. */
  readonly sampler: Scalars['String']['output'];
  /** An unsigned 64-bit number in decimal. */
  readonly seed: Scalars['String']['output'];
  /** Network evaluations. */
  readonly steps: Scalars['Int']['output'];
  /** How much is kept of `parent`, from which the picture is drawn; null where it is drawn anew. */
  readonly strength: Maybe<Scalars['Float']['output']>;
  /** Pixels. */
  readonly width: Scalars['Int']['output'];
  /** The words that TEXT encodes: the viewer's message, or the wish of a redraw. */
  readonly words: Scalars['String']['output'];
};

export type RedrawImageInput = {
  /** Made by the client, once per intent. */
  readonly idempotencyKey: Scalars['UUID']['input'];
  /** A drawn picture that stands in a finished reply; or a found one, in whose place one is drawn. */
  readonly imageId: Scalars['ID']['input'];
  /** Of a found picture: the reply; default: the newest that shows it. */
  readonly messageId?: InputMaybe<Scalars['ID']['input']>;
  /** What is not given is as in the picture's recipe, but for the seed: that is another one. */
  readonly options?: InputMaybe<ImageOptions>;
  /**
   * Set: the new picture is drawn from this one, and the strength weighs how much is kept of it: 0 to 4, see
   * `capabilities.defaultStrength`. Not set: it is drawn anew.
   */
  readonly strength?: InputMaybe<Scalars['Float']['input']>;
  /** Other words to draw from; default: those of the picture's recipe, and of the message that a found one answers. */
  readonly wish?: InputMaybe<Scalars['String']['input']>;
};

/** What `redrawImage` returns. */
export type RedrawImagePayload = {
  readonly __typename?: 'RedrawImagePayload';
  /** An alternative to the picture's reply: the same text, the new picture. Null with `userErrors`. */
  readonly reply: Maybe<AssistantMessage>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

export type RegenerateMessageInput = {
  /** Made by the client, once per intent. */
  readonly idempotencyKey: Scalars['UUID']['input'];
  /** The assistant message to answer anew. */
  readonly messageId: Scalars['ID']['input'];
  /** How to answer. */
  readonly options?: InputMaybe<ReplyOptions>;
};

/** What `regenerateMessage` returns. */
export type RegenerateMessagePayload = {
  readonly __typename?: 'RegenerateMessagePayload';
  /** The new reply, an alternative to the old one, or null with `userErrors`. */
  readonly reply: Maybe<AssistantMessage>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

export type RemoveFromGalleryInput = {
  /** A picture that the viewer keeps; one that came with the model package stays. */
  readonly imageId: Scalars['ID']['input'];
};

/** What `removeFromGallery` returns. */
export type RemoveFromGalleryPayload = {
  readonly __typename?: 'RemoveFromGalleryPayload';
  /** The id that is no longer in the gallery, or null with `userErrors`. Messages that show it still do. */
  readonly removedImageId: Maybe<Scalars['ID']['output']>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

export type RenameConversationInput = {
  /** The conversation. */
  readonly conversationId: Scalars['ID']['input'];
  /** 1 to 200 characters. */
  readonly title: Scalars['String']['input'];
};

/** What `renameConversation` returns. */
export type RenameConversationPayload = {
  readonly __typename?: 'RenameConversationPayload';
  /** The conversation, or null with `userErrors`. */
  readonly conversation: Maybe<Conversation>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

export type ReplayImageInput = {
  /** Made by the client, once per intent. */
  readonly idempotencyKey: Scalars['UUID']['input'];
  /** A drawn picture that is finished. */
  readonly imageId: Scalars['ID']['input'];
};

/** What `replayImage` returns. */
export type ReplayImagePayload = {
  readonly __typename?: 'ReplayImagePayload';
  /** The new picture, in no message; `sameness` tells in the end. Null with `userErrors`. */
  readonly image: Maybe<GeneratedImage>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** What the viewer may set; everything else is the deployment's default, shown by `capabilities`. */
export type ReplyOptions = {
  /** How its picture is drawn. */
  readonly image?: InputMaybe<ImageOptions>;
  /** Added to the logit of the model's answer to whether a picture is wanted, -20 to 20: above 0 shows more pictures. Default 0. */
  readonly imageBias?: InputMaybe<Scalars['Float']['input']>;
  /**
   * Whether the reply holds a picture; default: the first of `capabilities.imagePolicies`, and NEVER where the message has no words
   * and a picture could only be drawn from them.
   */
  readonly images?: InputMaybe<ImagePolicy>;
  /** Tokens of the reply at most, 1 to 512; default 256. */
  readonly maxTokens?: InputMaybe<Scalars['Int']['input']>;
  /** An unsigned 64-bit number in decimal: the same seed and dialogue give the same reply on the same machine. */
  readonly seed?: InputMaybe<Scalars['String']['input']>;
  /** 0 always takes the likeliest token, up to 2; default 0.3. */
  readonly temperature?: InputMaybe<Scalars['Float']['input']>;
  /** Nucleus sampling: above 0, at most 1; default 0.9. */
  readonly topP?: InputMaybe<Scalars['Float']['input']>;
};

export type RevokeApiTokenInput = {
  /** The token. */
  readonly apiTokenId: Scalars['ID']['input'];
};

/** What `revokeApiToken` returns. */
export type RevokeApiTokenPayload = {
  readonly __typename?: 'RevokeApiTokenPayload';
  /** The id of what is gone, or null with `userErrors`. */
  readonly revokedApiTokenId: Maybe<Scalars['ID']['output']>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** What a repeated recipe gave. */
export type Sameness =
  /** Another picture: another model, or a machine that computes otherwise. */
  | 'DIFFERENT'
  /** Every pixel is the same, to the last bit. */
  | 'EXACT'
  /** Pixels differ by so little that people cannot see it: peak signal-to-noise ratio of 40 dB or more. */
  | 'NEAR';

export type SendMessageInput = {
  /** Omit to open a conversation in the same transaction. */
  readonly conversationId?: InputMaybe<Scalars['ID']['input']>;
  /** Made by the client, once per intent: the same key and input return the same messages for 24 hours. */
  readonly idempotencyKey: Scalars['UUID']['input'];
  /** How to answer. */
  readonly options?: InputMaybe<ReplyOptions>;
  /** The message this one follows; default: the active leaf. An older one starts a branch. */
  readonly parentId?: InputMaybe<Scalars['ID']['input']>;
  /** 1 to 16 parts, at most 8 of them pictures. */
  readonly parts: ReadonlyArray<PartInput>;
  /** Another wording of this user message, the first one included; excludes `parentId`. */
  readonly replacesId?: InputMaybe<Scalars['ID']['input']>;
};

/** What `sendMessage` returns. */
export type SendMessagePayload = {
  readonly __typename?: 'SendMessagePayload';
  /** Where the message was added, or null with `userErrors`. */
  readonly conversation: Maybe<Conversation>;
  /** The viewer's message as stored. */
  readonly message: Maybe<UserMessage>;
  /** The assistant's reply, QUEUED: subscribe to its events after its cursor. */
  readonly reply: Maybe<AssistantMessage>;
  /** Why it was refused; empty otherwise. */
  readonly userErrors: ReadonlyArray<UserError>;
};

/** A file anyone can open until the URL expires. Do not store it: read the field again. */
export type SignedFile = {
  readonly __typename?: 'SignedFile';
  /** When the URL stops working. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** Where the file lies. */
  readonly url: Scalars['URL']['output'];
};

/** Streams, over WebSocket (graphql-transport-ws) or server-sent events on the same path. */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /** Hints that something in the conversation was added, ended or deleted; query on connect and on each hint. */
  readonly conversationEvents: ConversationEvent;
  /** The state of one picture, newest only, until it ends. */
  readonly imageEvents: GeneratedImage;
  /**
   * The events of one assistant message after the cursor `after` (null: from the first), ending with MessageDoneEvent.
   * Folding them gives exactly what `message` returns; applying one twice changes nothing. When the log of an old message
   * is gone, the one event is MessageDoneEvent, which holds the whole message. ActivityEvent and ImageProgressEvent are
   * state, not history: newest only, sent with the last cursor.
   */
  readonly messageEvents: MessageEvent;
};


/** Streams, over WebSocket (graphql-transport-ws) or server-sent events on the same path. */
export type SubscriptionConversationEventsArgs = {
  conversationId: Scalars['ID']['input'];
};


/** Streams, over WebSocket (graphql-transport-ws) or server-sent events on the same path. */
export type SubscriptionImageEventsArgs = {
  imageId: Scalars['ID']['input'];
};


/** Streams, over WebSocket (graphql-transport-ws) or server-sent events on the same path. */
export type SubscriptionMessageEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  messageId: Scalars['ID']['input'];
};

/** Set the part's text to its first `offset` code points followed by `text`. */
export type TextEvent = MessageEvent & {
  readonly __typename?: 'TextEvent';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Resume after this one. */
  readonly cursor: Scalars['String']['output'];
  /** The message it belongs to. */
  readonly messageId: Scalars['ID']['output'];
  /** Unicode code points of the part before this text. */
  readonly offset: Scalars['Int']['output'];
  /** The part; one more than the last opens a new part. */
  readonly partIndex: Scalars['Int']['output'];
  /** The text. */
  readonly text: Scalars['String']['output'];
};

/** A run of text. */
export type TextPart = MessagePart & {
  readonly __typename?: 'TextPart';
  /** Its place in the message, from 0. */
  readonly index: Scalars['Int']['output'];
  /** The text. */
  readonly text: Scalars['String']['output'];
};

/**
 * A file on its way in: announced, sent by a form, cleaned, and then a picture. What is sent is decoded and encoded anew;
 * the file itself is never given out. An upload that no message uses is forgotten after a day, and its id with it.
 */
export type Upload = Node & {
  readonly __typename?: 'Upload';
  /** Until when the file may be sent. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** Why it was REJECTED. */
  readonly failure: Maybe<Failure>;
  /** Fields of the form, in front of the field `file`. They fix key, type and size of the file. */
  readonly fields: ReadonlyArray<FormField>;
  /** Opaque id. */
  readonly id: Scalars['ID']['output'];
  /** The clean picture, once READY. */
  readonly image: Maybe<UploadedImage>;
  /** How far it is. Asking is what makes the server look for the file: ask again until it is READY or REJECTED. */
  readonly status: UploadStatus;
  /** Where the form is sent, as `multipart/form-data` by POST; null once the file has come or may not come any more. */
  readonly url: Maybe<Scalars['URL']['output']>;
};

/** How far an upload is. */
export type UploadStatus =
  /** Announced: the file has not come yet. */
  | 'AWAITING_FILE'
  /** A worker makes a clean picture of it. */
  | 'CLEANING'
  /** The file did not come in time. */
  | 'EXPIRED'
  /** Its picture can be used. */
  | 'READY'
  /** It is no picture that can be used. */
  | 'REJECTED';

/** A picture that the viewer brought along, cleaned. */
export type UploadedImage = Image & Node & {
  readonly __typename?: 'UploadedImage';
  /** A sentence for people who do not see the picture: nobody has described it, so it names the file. */
  readonly alt: Scalars['String']['output'];
  /** Bytes of the full file. */
  readonly byteSize: Maybe<Scalars['Int']['output']>;
  /** MIME type of the full file. */
  readonly contentType: Maybe<Scalars['String']['output']>;
  /** When it was ready. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** A signed URL made at this read. */
  readonly file: Maybe<SignedFile>;
  /** What the viewer called the file. */
  readonly fileName: Maybe<Scalars['String']['output']>;
  /** Pixels. */
  readonly height: Maybe<Scalars['Int']['output']>;
  /** Opaque id. */
  readonly id: Scalars['ID']['output'];
  /** ThumbHash, base64: a blurred stand-in of about 25 bytes. */
  readonly placeholder: Maybe<Scalars['String']['output']>;
  /** Whether a program, the viewer or somebody else made it, and its content credentials. */
  readonly provenance: Provenance;
  /** sha256 of the full file, in hex. */
  readonly sha256: Maybe<Scalars['String']['output']>;
  /** Pixels. */
  readonly width: Maybe<Scalars['Int']['output']>;
};


/** A picture that the viewer brought along, cleaned. */
export type UploadedImageFileArgs = {
  size?: InputMaybe<ImageSize>;
};

/** What a reply took. */
export type Usage = {
  readonly __typename?: 'Usage';
  /** Prompt tokens whose keys and values were already there. */
  readonly cachedTokens: Scalars['Int']['output'];
  /** Milliseconds of computing, text and pictures together. */
  readonly computeMs: Scalars['Int']['output'];
  /** Network evaluations of its pictures. */
  readonly imageSteps: Scalars['Int']['output'];
  /** Tokens written. */
  readonly outputTokens: Scalars['Int']['output'];
  /** Tokens of the prompt. */
  readonly promptTokens: Scalars['Int']['output'];
  /** Milliseconds from accepting the message to the first claim. */
  readonly queueMs: Scalars['Int']['output'];
};

/** An expected failure of a mutation: for the viewer to read and mend. */
export type UserError = {
  readonly __typename?: 'UserError';
  /** What kind of failure. */
  readonly code: UserErrorCode;
  /** Names the value and the limit, and says what to do. */
  readonly message: Scalars['String']['output'];
  /** The input field it is about, from the input's root. */
  readonly path: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};

/** Kinds of expected failures. */
export type UserErrorCode =
  /** What the viewer may use today is used up: see `viewer.limits`. */
  | 'BUDGET_EXHAUSTED'
  /** Too much is unfinished already: wait, or cancel something. */
  | 'BUSY'
  /** It contradicts what is already there. */
  | 'CONFLICT'
  /** This key was used with another input. */
  | 'IDEMPOTENCY_MISMATCH'
  /** A value is out of range or malformed. */
  | 'INVALID'
  /** It does not exist, was deleted, or belongs to someone else. */
  | 'NOT_FOUND'
  /** A value is larger than its limit. */
  | 'TOO_LARGE'
  /** A file of this kind is not taken. */
  | 'UNSUPPORTED_TYPE';

/** What the viewer said. */
export type UserMessage = Message & Node & {
  readonly __typename?: 'UserMessage';
  /** Other wordings of this turn, oldest first, this one included. */
  readonly alternatives: ReadonlyArray<Message>;
  /** Where it was said. */
  readonly conversation: Conversation;
  /** When it was accepted. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Opaque id. */
  readonly id: Scalars['ID']['output'];
  /** The message this one follows; null on the first. */
  readonly parent: Maybe<Message>;
  /** Text and pictures in their order. */
  readonly parts: ReadonlyArray<MessagePart>;
};

/** Whoever asks: one person or program, known by its credentials. */
export type Viewer = Node & {
  readonly __typename?: 'Viewer';
  /** Tokens of programs that act for it, oldest first; at most 50. */
  readonly apiTokens: ReadonlyArray<ApiToken>;
  /** Opaque id. */
  readonly id: Scalars['ID']['output'];
  /** What it may use, and has used. */
  readonly limits: ViewerLimits;
  /** The name its credentials stand for. */
  readonly name: Scalars['String']['output'];
};

/** What a viewer may use. Days begin at midnight, UTC. */
export type ViewerLimits = {
  readonly __typename?: 'ViewerLimits';
  /** Seconds of computing a day, text and pictures together; null: no bound. What runs already is finished. */
  readonly computeSeconds: Maybe<Scalars['Float']['output']>;
  /** Seconds of computing used today. */
  readonly computeSecondsUsed: Scalars['Float']['output'];
  /** When the next day begins. */
  readonly resetsAt: Scalars['DateTime']['output'];
  /** Replies and pictures that may wait, run, or be still to come at once. */
  readonly unfinishedJobs: Scalars['Int']['output'];
  /** Replies and pictures that wait or run now, and pictures that accepted replies may still draw. */
  readonly unfinishedJobsUsed: Scalars['Int']['output'];
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;





/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Activity: ResolverTypeWrapper<ActivityNode>;
  ActivityEvent: ResolverTypeWrapper<ActivityEventNode>;
  AddToGalleryInput: AddToGalleryInput;
  AddToGalleryPayload: ResolverTypeWrapper<Omit<AddToGalleryPayload, 'image'> & { image?: Maybe<ResolversTypes['GalleryImage']> }>;
  ApiToken: ResolverTypeWrapper<ApiTokenNode>;
  ApiTokenRight: ApiTokenRight;
  AssistantMessage: ResolverTypeWrapper<AssistantMessageNode>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CancelImageInput: CancelImageInput;
  CancelImagePayload: ResolverTypeWrapper<Omit<CancelImagePayload, 'image'> & { image?: Maybe<ResolversTypes['GeneratedImage']> }>;
  CancelMessageInput: CancelMessageInput;
  CancelMessagePayload: ResolverTypeWrapper<Omit<CancelMessagePayload, 'message'> & { message?: Maybe<ResolversTypes['AssistantMessage']> }>;
  Capabilities: ResolverTypeWrapper<Capabilities>;
  Conditioning: Conditioning;
  Conversation: ResolverTypeWrapper<ConversationNode>;
  ConversationConnection: ResolverTypeWrapper<Omit<ConversationConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['ConversationEdge']> }>;
  ConversationDeletedEvent: ResolverTypeWrapper<ConversationDeletedEventNode>;
  ConversationEdge: ResolverTypeWrapper<Omit<ConversationEdge, 'node'> & { node: ResolversTypes['Conversation'] }>;
  ConversationEvent: ResolverTypeWrapper<ConversationEventNode>;
  CreateApiTokenInput: CreateApiTokenInput;
  CreateApiTokenPayload: ResolverTypeWrapper<Omit<CreateApiTokenPayload, 'apiToken'> & { apiToken?: Maybe<ResolversTypes['ApiToken']> }>;
  CreateConversationInput: CreateConversationInput;
  CreateConversationPayload: ResolverTypeWrapper<Omit<CreateConversationPayload, 'conversation'> & { conversation?: Maybe<ResolversTypes['Conversation']> }>;
  CreateUploadInput: CreateUploadInput;
  CreateUploadPayload: ResolverTypeWrapper<Omit<CreateUploadPayload, 'upload'> & { upload?: Maybe<ResolversTypes['Upload']> }>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DecidedBy: DecidedBy;
  DeleteConversationInput: DeleteConversationInput;
  DeleteConversationPayload: ResolverTypeWrapper<DeleteConversationPayload>;
  DeleteViewerInput: DeleteViewerInput;
  DeleteViewerPayload: ResolverTypeWrapper<DeleteViewerPayload>;
  Dimensions: ResolverTypeWrapper<Dimensions>;
  Failure: ResolverTypeWrapper<Failure>;
  FailureCode: FailureCode;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  FormField: ResolverTypeWrapper<FormField>;
  FunctionState: ResolverTypeWrapper<FunctionState>;
  FunctionStatus: FunctionStatus;
  GalleryConnection: ResolverTypeWrapper<Omit<GalleryConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['GalleryEdge']> }>;
  GalleryEdge: ResolverTypeWrapper<Omit<GalleryEdge, 'node'> & { node: ResolversTypes['GalleryImage'] }>;
  GalleryImage: ResolverTypeWrapper<GalleryImageNode>;
  GalleryMatch: ResolverTypeWrapper<Omit<GalleryMatch, 'image'> & { image: ResolversTypes['GalleryImage'] }>;
  GalleryQuery: GalleryQuery;
  GeneratedImage: ResolverTypeWrapper<GeneratedImageNode>;
  GenerationStatus: GenerationStatus;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Image: ResolverTypeWrapper<ImageNode>;
  ImageChoice: ImageChoice;
  ImageConnection: ResolverTypeWrapper<Omit<ImageConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['ImageEdge']> }>;
  ImageDecision: ResolverTypeWrapper<ImageDecisionNode>;
  ImageDoneEvent: ResolverTypeWrapper<ImageDoneEventNode>;
  ImageEdge: ResolverTypeWrapper<Omit<ImageEdge, 'node'> & { node: ResolversTypes['Image'] }>;
  ImageEvent: ResolverTypeWrapper<ImageEventNode>;
  ImageOptions: ImageOptions;
  ImagePart: ResolverTypeWrapper<ImagePartNode>;
  ImagePolicy: ImagePolicy;
  ImageProgress: ResolverTypeWrapper<ImageProgressNode>;
  ImageProgressEvent: ResolverTypeWrapper<ImageProgressEventNode>;
  ImageSize: ImageSize;
  ImageSource: ImageSource;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  MeantPicture: ResolverTypeWrapper<Omit<MeantPicture, 'image'> & { image: ResolversTypes['Image'] }>;
  Message: ResolverTypeWrapper<MessageNode>;
  MessageAddedEvent: ResolverTypeWrapper<MessageAddedEventNode>;
  MessageConnection: ResolverTypeWrapper<Omit<MessageConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['MessageEdge']> }>;
  MessageDoneEvent: ResolverTypeWrapper<MessageDoneEventNode>;
  MessageEdge: ResolverTypeWrapper<Omit<MessageEdge, 'node'> & { node: ResolversTypes['Message'] }>;
  MessageEndedEvent: ResolverTypeWrapper<MessageEndedEventNode>;
  MessageEvent: ResolverTypeWrapper<MessageEventNode>;
  MessagePart: ResolverTypeWrapper<PartNode>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  NoPicture: NoPicture;
  Node: ResolverTypeWrapper<AnyNode>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  PartInput: PartInput;
  Phase: Phase;
  PictureMeant: ResolverTypeWrapper<Omit<PictureMeant, 'candidates'> & { candidates: ReadonlyArray<ResolversTypes['MeantPicture']> }>;
  Provenance: ResolverTypeWrapper<Provenance>;
  ProvenanceKind: ProvenanceKind;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Recipe: ResolverTypeWrapper<RecipeNode>;
  RedrawImageInput: RedrawImageInput;
  RedrawImagePayload: ResolverTypeWrapper<Omit<RedrawImagePayload, 'reply'> & { reply?: Maybe<ResolversTypes['AssistantMessage']> }>;
  RegenerateMessageInput: RegenerateMessageInput;
  RegenerateMessagePayload: ResolverTypeWrapper<Omit<RegenerateMessagePayload, 'reply'> & { reply?: Maybe<ResolversTypes['AssistantMessage']> }>;
  RemoveFromGalleryInput: RemoveFromGalleryInput;
  RemoveFromGalleryPayload: ResolverTypeWrapper<RemoveFromGalleryPayload>;
  RenameConversationInput: RenameConversationInput;
  RenameConversationPayload: ResolverTypeWrapper<Omit<RenameConversationPayload, 'conversation'> & { conversation?: Maybe<ResolversTypes['Conversation']> }>;
  ReplayImageInput: ReplayImageInput;
  ReplayImagePayload: ResolverTypeWrapper<Omit<ReplayImagePayload, 'image'> & { image?: Maybe<ResolversTypes['GeneratedImage']> }>;
  ReplyOptions: ReplyOptions;
  RevokeApiTokenInput: RevokeApiTokenInput;
  RevokeApiTokenPayload: ResolverTypeWrapper<RevokeApiTokenPayload>;
  Sameness: Sameness;
  SendMessageInput: SendMessageInput;
  SendMessagePayload: ResolverTypeWrapper<Omit<SendMessagePayload, 'conversation' | 'message' | 'reply'> & { conversation?: Maybe<ResolversTypes['Conversation']>, message?: Maybe<ResolversTypes['UserMessage']>, reply?: Maybe<ResolversTypes['AssistantMessage']> }>;
  SignedFile: ResolverTypeWrapper<SignedFile>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  TextEvent: ResolverTypeWrapper<TextEventNode>;
  TextPart: ResolverTypeWrapper<TextPartNode>;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  UUID: ResolverTypeWrapper<Scalars['UUID']['output']>;
  Upload: ResolverTypeWrapper<UploadNode>;
  UploadStatus: UploadStatus;
  UploadedImage: ResolverTypeWrapper<UploadedImageNode>;
  Usage: ResolverTypeWrapper<Usage>;
  UserError: ResolverTypeWrapper<UserError>;
  UserErrorCode: UserErrorCode;
  UserMessage: ResolverTypeWrapper<UserMessageNode>;
  Viewer: ResolverTypeWrapper<ViewerNode>;
  ViewerLimits: ResolverTypeWrapper<ViewerLimits>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Activity: ActivityNode;
  ActivityEvent: ActivityEventNode;
  AddToGalleryInput: AddToGalleryInput;
  AddToGalleryPayload: Omit<AddToGalleryPayload, 'image'> & { image?: Maybe<ResolversParentTypes['GalleryImage']> };
  ApiToken: ApiTokenNode;
  AssistantMessage: AssistantMessageNode;
  Boolean: Scalars['Boolean']['output'];
  CancelImageInput: CancelImageInput;
  CancelImagePayload: Omit<CancelImagePayload, 'image'> & { image?: Maybe<ResolversParentTypes['GeneratedImage']> };
  CancelMessageInput: CancelMessageInput;
  CancelMessagePayload: Omit<CancelMessagePayload, 'message'> & { message?: Maybe<ResolversParentTypes['AssistantMessage']> };
  Capabilities: Capabilities;
  Conversation: ConversationNode;
  ConversationConnection: Omit<ConversationConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['ConversationEdge']> };
  ConversationDeletedEvent: ConversationDeletedEventNode;
  ConversationEdge: Omit<ConversationEdge, 'node'> & { node: ResolversParentTypes['Conversation'] };
  ConversationEvent: ConversationEventNode;
  CreateApiTokenInput: CreateApiTokenInput;
  CreateApiTokenPayload: Omit<CreateApiTokenPayload, 'apiToken'> & { apiToken?: Maybe<ResolversParentTypes['ApiToken']> };
  CreateConversationInput: CreateConversationInput;
  CreateConversationPayload: Omit<CreateConversationPayload, 'conversation'> & { conversation?: Maybe<ResolversParentTypes['Conversation']> };
  CreateUploadInput: CreateUploadInput;
  CreateUploadPayload: Omit<CreateUploadPayload, 'upload'> & { upload?: Maybe<ResolversParentTypes['Upload']> };
  DateTime: Scalars['DateTime']['output'];
  DeleteConversationInput: DeleteConversationInput;
  DeleteConversationPayload: DeleteConversationPayload;
  DeleteViewerInput: DeleteViewerInput;
  DeleteViewerPayload: DeleteViewerPayload;
  Dimensions: Dimensions;
  Failure: Failure;
  Float: Scalars['Float']['output'];
  FormField: FormField;
  FunctionState: FunctionState;
  GalleryConnection: Omit<GalleryConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['GalleryEdge']> };
  GalleryEdge: Omit<GalleryEdge, 'node'> & { node: ResolversParentTypes['GalleryImage'] };
  GalleryImage: GalleryImageNode;
  GalleryMatch: Omit<GalleryMatch, 'image'> & { image: ResolversParentTypes['GalleryImage'] };
  GalleryQuery: GalleryQuery;
  GeneratedImage: GeneratedImageNode;
  ID: Scalars['ID']['output'];
  Image: ImageNode;
  ImageConnection: Omit<ImageConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['ImageEdge']> };
  ImageDecision: ImageDecisionNode;
  ImageDoneEvent: ImageDoneEventNode;
  ImageEdge: Omit<ImageEdge, 'node'> & { node: ResolversParentTypes['Image'] };
  ImageEvent: ImageEventNode;
  ImageOptions: ImageOptions;
  ImagePart: ImagePartNode;
  ImageProgress: ImageProgressNode;
  ImageProgressEvent: ImageProgressEventNode;
  ImageSource: ImageSource;
  Int: Scalars['Int']['output'];
  MeantPicture: Omit<MeantPicture, 'image'> & { image: ResolversParentTypes['Image'] };
  Message: MessageNode;
  MessageAddedEvent: MessageAddedEventNode;
  MessageConnection: Omit<MessageConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['MessageEdge']> };
  MessageDoneEvent: MessageDoneEventNode;
  MessageEdge: Omit<MessageEdge, 'node'> & { node: ResolversParentTypes['Message'] };
  MessageEndedEvent: MessageEndedEventNode;
  MessageEvent: MessageEventNode;
  MessagePart: PartNode;
  Mutation: Record<PropertyKey, never>;
  Node: AnyNode;
  PageInfo: PageInfo;
  PartInput: PartInput;
  PictureMeant: Omit<PictureMeant, 'candidates'> & { candidates: ReadonlyArray<ResolversParentTypes['MeantPicture']> };
  Provenance: Provenance;
  Query: Record<PropertyKey, never>;
  Recipe: RecipeNode;
  RedrawImageInput: RedrawImageInput;
  RedrawImagePayload: Omit<RedrawImagePayload, 'reply'> & { reply?: Maybe<ResolversParentTypes['AssistantMessage']> };
  RegenerateMessageInput: RegenerateMessageInput;
  RegenerateMessagePayload: Omit<RegenerateMessagePayload, 'reply'> & { reply?: Maybe<ResolversParentTypes['AssistantMessage']> };
  RemoveFromGalleryInput: RemoveFromGalleryInput;
  RemoveFromGalleryPayload: RemoveFromGalleryPayload;
  RenameConversationInput: RenameConversationInput;
  RenameConversationPayload: Omit<RenameConversationPayload, 'conversation'> & { conversation?: Maybe<ResolversParentTypes['Conversation']> };
  ReplayImageInput: ReplayImageInput;
  ReplayImagePayload: Omit<ReplayImagePayload, 'image'> & { image?: Maybe<ResolversParentTypes['GeneratedImage']> };
  ReplyOptions: ReplyOptions;
  RevokeApiTokenInput: RevokeApiTokenInput;
  RevokeApiTokenPayload: RevokeApiTokenPayload;
  SendMessageInput: SendMessageInput;
  SendMessagePayload: Omit<SendMessagePayload, 'conversation' | 'message' | 'reply'> & { conversation?: Maybe<ResolversParentTypes['Conversation']>, message?: Maybe<ResolversParentTypes['UserMessage']>, reply?: Maybe<ResolversParentTypes['AssistantMessage']> };
  SignedFile: SignedFile;
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  TextEvent: TextEventNode;
  TextPart: TextPartNode;
  URL: Scalars['URL']['output'];
  UUID: Scalars['UUID']['output'];
  Upload: UploadNode;
  UploadedImage: UploadedImageNode;
  Usage: Usage;
  UserError: UserError;
  UserMessage: UserMessageNode;
  Viewer: ViewerNode;
  ViewerLimits: ViewerLimits;
};

export type ActivityResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Activity'] = ResolversParentTypes['Activity']> = {
  estimatedMs?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  loadedBytes?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  phase?: Resolver<ResolversTypes['Phase'], ParentType, ContextType>;
  position?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  totalBytes?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type ActivityEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ActivityEvent'] = ResolversParentTypes['ActivityEvent']> = {
  activity?: Resolver<ResolversTypes['Activity'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AddToGalleryPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AddToGalleryPayload'] = ResolversParentTypes['AddToGalleryPayload']> = {
  image?: Resolver<Maybe<ResolversTypes['GalleryImage']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ApiTokenResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApiToken'] = ResolversParentTypes['ApiToken']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  rights?: Resolver<ReadonlyArray<ResolversTypes['ApiTokenRight']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AssistantMessageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AssistantMessage'] = ResolversParentTypes['AssistantMessage']> = {
  activity?: Resolver<Maybe<ResolversTypes['Activity']>, ParentType, ContextType>;
  alternatives?: Resolver<ReadonlyArray<ResolversTypes['Message']>, ParentType, ContextType>;
  conversation?: Resolver<ResolversTypes['Conversation'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  droppedTurns?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  failure?: Resolver<Maybe<ResolversTypes['Failure']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  noPicture?: Resolver<Maybe<ResolversTypes['NoPicture']>, ParentType, ContextType>;
  parent?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
  parts?: Resolver<ReadonlyArray<ResolversTypes['MessagePart']>, ParentType, ContextType>;
  pictureProbability?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['GenerationStatus'], ParentType, ContextType>;
  usage?: Resolver<Maybe<ResolversTypes['Usage']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CancelImagePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CancelImagePayload'] = ResolversParentTypes['CancelImagePayload']> = {
  image?: Resolver<Maybe<ResolversTypes['GeneratedImage']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CancelMessagePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CancelMessagePayload'] = ResolversParentTypes['CancelMessagePayload']> = {
  message?: Resolver<Maybe<ResolversTypes['AssistantMessage']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CapabilitiesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Capabilities'] = ResolversParentTypes['Capabilities']> = {
  conditionings?: Resolver<ReadonlyArray<ResolversTypes['Conditioning']>, ParentType, ContextType>;
  contextTokens?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  defaultGuidance?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  defaultSteps?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  defaultStrength?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  firstConditioning?: Resolver<ResolversTypes['Conditioning'], ParentType, ContextType>;
  functions?: Resolver<ReadonlyArray<ResolversTypes['FunctionState']>, ParentType, ContextType>;
  imagePolicies?: Resolver<ReadonlyArray<ResolversTypes['ImagePolicy']>, ParentType, ContextType>;
  imageSizes?: Resolver<ReadonlyArray<ResolversTypes['Dimensions']>, ParentType, ContextType>;
  maxImagesPerMessage?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxPartsPerMessage?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxPicturesPerReply?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxReplyTokens?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxTakes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxTextCodePoints?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxUploadBytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxUploadPixels?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  model?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  modelDigest?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  readsImages?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  samplers?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  uploadTypes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ConversationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Conversation'] = ResolversParentTypes['Conversation']> = {
  activeLeaf?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  images?: Resolver<ResolversTypes['ImageConnection'], ParentType, ContextType, Partial<ConversationImagesArgs>>;
  instructions?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  messages?: Resolver<ResolversTypes['MessageConnection'], ParentType, ContextType, Partial<ConversationMessagesArgs>>;
  title?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConversationConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConversationConnection'] = ResolversParentTypes['ConversationConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ConversationEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ConversationDeletedEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConversationDeletedEvent'] = ResolversParentTypes['ConversationDeletedEvent']> = {
  conversationId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConversationEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConversationEdge'] = ResolversParentTypes['ConversationEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Conversation'], ParentType, ContextType>;
};

export type ConversationEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConversationEvent'] = ResolversParentTypes['ConversationEvent']> = {
  __resolveType: TypeResolveFn<'ConversationDeletedEvent' | 'MessageAddedEvent' | 'MessageEndedEvent', ParentType, ContextType>;
};

export type CreateApiTokenPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreateApiTokenPayload'] = ResolversParentTypes['CreateApiTokenPayload']> = {
  apiToken?: Resolver<Maybe<ResolversTypes['ApiToken']>, ParentType, ContextType>;
  secret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CreateConversationPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreateConversationPayload'] = ResolversParentTypes['CreateConversationPayload']> = {
  conversation?: Resolver<Maybe<ResolversTypes['Conversation']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CreateUploadPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreateUploadPayload'] = ResolversParentTypes['CreateUploadPayload']> = {
  upload?: Resolver<Maybe<ResolversTypes['Upload']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DeleteConversationPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeleteConversationPayload'] = ResolversParentTypes['DeleteConversationPayload']> = {
  deletedConversationId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type DeleteViewerPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeleteViewerPayload'] = ResolversParentTypes['DeleteViewerPayload']> = {
  deletedViewerId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type DimensionsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Dimensions'] = ResolversParentTypes['Dimensions']> = {
  height?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  width?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type FailureResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Failure'] = ResolversParentTypes['Failure']> = {
  code?: Resolver<ResolversTypes['FailureCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  retryable?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type FormFieldResolvers<ContextType = Context, ParentType extends ResolversParentTypes['FormField'] = ResolversParentTypes['FormField']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  value?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type FunctionStateResolvers<ContextType = Context, ParentType extends ResolversParentTypes['FunctionState'] = ResolversParentTypes['FunctionState']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['FunctionStatus'], ParentType, ContextType>;
  workers?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type GalleryConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['GalleryConnection'] = ResolversParentTypes['GalleryConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['GalleryEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type GalleryEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['GalleryEdge'] = ResolversParentTypes['GalleryEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['GalleryImage'], ParentType, ContextType>;
  similarity?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type GalleryImageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['GalleryImage'] = ResolversParentTypes['GalleryImage']> = {
  alt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  byteSize?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  contentType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  creator?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  file?: Resolver<Maybe<ResolversTypes['SignedFile']>, ParentType, ContextType, RequireFields<GalleryImageFileArgs, 'size'>>;
  height?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  licence?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  placeholder?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  provenance?: Resolver<ResolversTypes['Provenance'], ParentType, ContextType>;
  searchable?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  sha256?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  sourcePage?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  width?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type GalleryMatchResolvers<ContextType = Context, ParentType extends ResolversParentTypes['GalleryMatch'] = ResolversParentTypes['GalleryMatch']> = {
  image?: Resolver<ResolversTypes['GalleryImage'], ParentType, ContextType>;
  similarity?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type GeneratedImageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['GeneratedImage'] = ResolversParentTypes['GeneratedImage']> = {
  alt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  byteSize?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  contentType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  failure?: Resolver<Maybe<ResolversTypes['Failure']>, ParentType, ContextType>;
  file?: Resolver<Maybe<ResolversTypes['SignedFile']>, ParentType, ContextType, RequireFields<GeneratedImageFileArgs, 'size'>>;
  height?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  parent?: Resolver<Maybe<ResolversTypes['Image']>, ParentType, ContextType>;
  placeholder?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  progress?: Resolver<Maybe<ResolversTypes['ImageProgress']>, ParentType, ContextType>;
  provenance?: Resolver<ResolversTypes['Provenance'], ParentType, ContextType>;
  recipe?: Resolver<ResolversTypes['Recipe'], ParentType, ContextType>;
  replayOf?: Resolver<Maybe<ResolversTypes['GeneratedImage']>, ParentType, ContextType>;
  sameness?: Resolver<Maybe<ResolversTypes['Sameness']>, ParentType, ContextType>;
  score?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  sha256?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['GenerationStatus'], ParentType, ContextType>;
  width?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ImageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Image'] = ResolversParentTypes['Image']> = {
  __resolveType: TypeResolveFn<'GalleryImage' | 'GeneratedImage' | 'UploadedImage', ParentType, ContextType>;
};

export type ImageConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ImageConnection'] = ResolversParentTypes['ImageConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ImageEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ImageDecisionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ImageDecision'] = ResolversParentTypes['ImageDecision']> = {
  candidates?: Resolver<ReadonlyArray<ResolversTypes['GalleryMatch']>, ParentType, ContextType>;
  choice?: Resolver<ResolversTypes['ImageChoice'], ParentType, ContextType>;
  decidedBy?: Resolver<ResolversTypes['DecidedBy'], ParentType, ContextType>;
  drawProbability?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  findProbability?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  meant?: Resolver<Maybe<ResolversTypes['PictureMeant']>, ParentType, ContextType>;
  pictureProbability?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type ImageDoneEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ImageDoneEvent'] = ResolversParentTypes['ImageDoneEvent']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  image?: Resolver<ResolversTypes['GeneratedImage'], ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ImageEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ImageEdge'] = ResolversParentTypes['ImageEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
};

export type ImageEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ImageEvent'] = ResolversParentTypes['ImageEvent']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  part?: Resolver<ResolversTypes['ImagePart'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ImagePartResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ImagePart'] = ResolversParentTypes['ImagePart']> = {
  decision?: Resolver<Maybe<ResolversTypes['ImageDecision']>, ParentType, ContextType>;
  image?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  takes?: Resolver<ReadonlyArray<ResolversTypes['GeneratedImage']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ImageProgressResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ImageProgress'] = ResolversParentTypes['ImageProgress']> = {
  estimatedMs?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  phase?: Resolver<ResolversTypes['Phase'], ParentType, ContextType>;
  preview?: Resolver<Maybe<ResolversTypes['SignedFile']>, ParentType, ContextType>;
  step?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  steps?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ImageProgressEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ImageProgressEvent'] = ResolversParentTypes['ImageProgressEvent']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  imageId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  progress?: Resolver<ResolversTypes['ImageProgress'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MeantPictureResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MeantPicture'] = ResolversParentTypes['MeantPicture']> = {
  image?: Resolver<ResolversTypes['Image'], ParentType, ContextType>;
  probability?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type MessageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Message'] = ResolversParentTypes['Message']> = {
  __resolveType: TypeResolveFn<'AssistantMessage' | 'UserMessage', ParentType, ContextType>;
};

export type MessageAddedEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessageAddedEvent'] = ResolversParentTypes['MessageAddedEvent']> = {
  conversationId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessageConnection'] = ResolversParentTypes['MessageConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['MessageEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type MessageDoneEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessageDoneEvent'] = ResolversParentTypes['MessageDoneEvent']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['AssistantMessage'], ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessageEdge'] = ResolversParentTypes['MessageEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Message'], ParentType, ContextType>;
};

export type MessageEndedEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessageEndedEvent'] = ResolversParentTypes['MessageEndedEvent']> = {
  conversationId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['AssistantMessage'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MessageEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessageEvent'] = ResolversParentTypes['MessageEvent']> = {
  __resolveType: TypeResolveFn<'ActivityEvent' | 'ImageDoneEvent' | 'ImageEvent' | 'ImageProgressEvent' | 'MessageDoneEvent' | 'TextEvent', ParentType, ContextType>;
};

export type MessagePartResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MessagePart'] = ResolversParentTypes['MessagePart']> = {
  __resolveType: TypeResolveFn<'ImagePart' | 'TextPart', ParentType, ContextType>;
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  addToGallery?: Resolver<ResolversTypes['AddToGalleryPayload'], ParentType, ContextType, RequireFields<MutationAddToGalleryArgs, 'input'>>;
  cancelImage?: Resolver<ResolversTypes['CancelImagePayload'], ParentType, ContextType, RequireFields<MutationCancelImageArgs, 'input'>>;
  cancelMessage?: Resolver<ResolversTypes['CancelMessagePayload'], ParentType, ContextType, RequireFields<MutationCancelMessageArgs, 'input'>>;
  createApiToken?: Resolver<ResolversTypes['CreateApiTokenPayload'], ParentType, ContextType, RequireFields<MutationCreateApiTokenArgs, 'input'>>;
  createConversation?: Resolver<ResolversTypes['CreateConversationPayload'], ParentType, ContextType, RequireFields<MutationCreateConversationArgs, 'input'>>;
  createUpload?: Resolver<ResolversTypes['CreateUploadPayload'], ParentType, ContextType, RequireFields<MutationCreateUploadArgs, 'input'>>;
  deleteConversation?: Resolver<ResolversTypes['DeleteConversationPayload'], ParentType, ContextType, RequireFields<MutationDeleteConversationArgs, 'input'>>;
  deleteViewer?: Resolver<ResolversTypes['DeleteViewerPayload'], ParentType, ContextType, RequireFields<MutationDeleteViewerArgs, 'input'>>;
  redrawImage?: Resolver<ResolversTypes['RedrawImagePayload'], ParentType, ContextType, RequireFields<MutationRedrawImageArgs, 'input'>>;
  regenerateMessage?: Resolver<ResolversTypes['RegenerateMessagePayload'], ParentType, ContextType, RequireFields<MutationRegenerateMessageArgs, 'input'>>;
  removeFromGallery?: Resolver<ResolversTypes['RemoveFromGalleryPayload'], ParentType, ContextType, RequireFields<MutationRemoveFromGalleryArgs, 'input'>>;
  renameConversation?: Resolver<ResolversTypes['RenameConversationPayload'], ParentType, ContextType, RequireFields<MutationRenameConversationArgs, 'input'>>;
  replayImage?: Resolver<ResolversTypes['ReplayImagePayload'], ParentType, ContextType, RequireFields<MutationReplayImageArgs, 'input'>>;
  revokeApiToken?: Resolver<ResolversTypes['RevokeApiTokenPayload'], ParentType, ContextType, RequireFields<MutationRevokeApiTokenArgs, 'input'>>;
  sendMessage?: Resolver<ResolversTypes['SendMessagePayload'], ParentType, ContextType, RequireFields<MutationSendMessageArgs, 'input'>>;
};

export type NodeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'ApiToken' | 'AssistantMessage' | 'Conversation' | 'GalleryImage' | 'GeneratedImage' | 'Upload' | 'UploadedImage' | 'UserMessage' | 'Viewer', ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PictureMeantResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PictureMeant'] = ResolversParentTypes['PictureMeant']> = {
  candidates?: Resolver<ReadonlyArray<ResolversTypes['MeantPicture']>, ParentType, ContextType>;
  noneProbability?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type ProvenanceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Provenance'] = ResolversParentTypes['Provenance']> = {
  kind?: Resolver<ResolversTypes['ProvenanceKind'], ParentType, ContextType>;
  manifestDigest?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  origin?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  capabilities?: Resolver<ResolversTypes['Capabilities'], ParentType, ContextType>;
  conversation?: Resolver<Maybe<ResolversTypes['Conversation']>, ParentType, ContextType, RequireFields<QueryConversationArgs, 'id'>>;
  conversations?: Resolver<ResolversTypes['ConversationConnection'], ParentType, ContextType, Partial<QueryConversationsArgs>>;
  gallery?: Resolver<ResolversTypes['GalleryConnection'], ParentType, ContextType, Partial<QueryGalleryArgs>>;
  image?: Resolver<Maybe<ResolversTypes['Image']>, ParentType, ContextType, RequireFields<QueryImageArgs, 'id'>>;
  message?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType, RequireFields<QueryMessageArgs, 'id'>>;
  node?: Resolver<Maybe<ResolversTypes['Node']>, ParentType, ContextType, RequireFields<QueryNodeArgs, 'id'>>;
  nodes?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Node']>>, ParentType, ContextType, RequireFields<QueryNodesArgs, 'ids'>>;
  viewer?: Resolver<ResolversTypes['Viewer'], ParentType, ContextType>;
};

export type RecipeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Recipe'] = ResolversParentTypes['Recipe']> = {
  conditioning?: Resolver<ResolversTypes['Conditioning'], ParentType, ContextType>;
  conditioningDigest?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  executionProvider?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  guidance?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  height?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  model?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  modelDigest?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  parentDigest?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  sampler?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  seed?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  steps?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  strength?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  width?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  words?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type RedrawImagePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RedrawImagePayload'] = ResolversParentTypes['RedrawImagePayload']> = {
  reply?: Resolver<Maybe<ResolversTypes['AssistantMessage']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RegenerateMessagePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RegenerateMessagePayload'] = ResolversParentTypes['RegenerateMessagePayload']> = {
  reply?: Resolver<Maybe<ResolversTypes['AssistantMessage']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RemoveFromGalleryPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RemoveFromGalleryPayload'] = ResolversParentTypes['RemoveFromGalleryPayload']> = {
  removedImageId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RenameConversationPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RenameConversationPayload'] = ResolversParentTypes['RenameConversationPayload']> = {
  conversation?: Resolver<Maybe<ResolversTypes['Conversation']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ReplayImagePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ReplayImagePayload'] = ResolversParentTypes['ReplayImagePayload']> = {
  image?: Resolver<Maybe<ResolversTypes['GeneratedImage']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type RevokeApiTokenPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RevokeApiTokenPayload'] = ResolversParentTypes['RevokeApiTokenPayload']> = {
  revokedApiTokenId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SendMessagePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SendMessagePayload'] = ResolversParentTypes['SendMessagePayload']> = {
  conversation?: Resolver<Maybe<ResolversTypes['Conversation']>, ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['UserMessage']>, ParentType, ContextType>;
  reply?: Resolver<Maybe<ResolversTypes['AssistantMessage']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SignedFileResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SignedFile'] = ResolversParentTypes['SignedFile']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['URL'], ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  conversationEvents?: SubscriptionResolver<ResolversTypes['ConversationEvent'], "conversationEvents", ParentType, ContextType, RequireFields<SubscriptionConversationEventsArgs, 'conversationId'>>;
  imageEvents?: SubscriptionResolver<ResolversTypes['GeneratedImage'], "imageEvents", ParentType, ContextType, RequireFields<SubscriptionImageEventsArgs, 'imageId'>>;
  messageEvents?: SubscriptionResolver<ResolversTypes['MessageEvent'], "messageEvents", ParentType, ContextType, RequireFields<SubscriptionMessageEventsArgs, 'messageId'>>;
};

export type TextEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TextEvent'] = ResolversParentTypes['TextEvent']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  messageId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  offset?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  partIndex?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TextPartResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TextPart'] = ResolversParentTypes['TextPart']> = {
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface UrlScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['URL'], any> {
  name: 'URL';
}

export interface UuidScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['UUID'], any> {
  name: 'UUID';
}

export type UploadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Upload'] = ResolversParentTypes['Upload']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  failure?: Resolver<Maybe<ResolversTypes['Failure']>, ParentType, ContextType>;
  fields?: Resolver<ReadonlyArray<ResolversTypes['FormField']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  image?: Resolver<Maybe<ResolversTypes['UploadedImage']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['UploadStatus'], ParentType, ContextType>;
  url?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UploadedImageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UploadedImage'] = ResolversParentTypes['UploadedImage']> = {
  alt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  byteSize?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  contentType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  file?: Resolver<Maybe<ResolversTypes['SignedFile']>, ParentType, ContextType, RequireFields<UploadedImageFileArgs, 'size'>>;
  fileName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  height?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  placeholder?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  provenance?: Resolver<ResolversTypes['Provenance'], ParentType, ContextType>;
  sha256?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  width?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UsageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Usage'] = ResolversParentTypes['Usage']> = {
  cachedTokens?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  computeMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  imageSteps?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  outputTokens?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  promptTokens?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  queueMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type UserErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserError'] = ResolversParentTypes['UserError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
};

export type UserMessageResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserMessage'] = ResolversParentTypes['UserMessage']> = {
  alternatives?: Resolver<ReadonlyArray<ResolversTypes['Message']>, ParentType, ContextType>;
  conversation?: Resolver<ResolversTypes['Conversation'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  parent?: Resolver<Maybe<ResolversTypes['Message']>, ParentType, ContextType>;
  parts?: Resolver<ReadonlyArray<ResolversTypes['MessagePart']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ViewerResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Viewer'] = ResolversParentTypes['Viewer']> = {
  apiTokens?: Resolver<ReadonlyArray<ResolversTypes['ApiToken']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  limits?: Resolver<ResolversTypes['ViewerLimits'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ViewerLimitsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ViewerLimits'] = ResolversParentTypes['ViewerLimits']> = {
  computeSeconds?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  computeSecondsUsed?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  resetsAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  unfinishedJobs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unfinishedJobsUsed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  Activity?: ActivityResolvers<ContextType>;
  ActivityEvent?: ActivityEventResolvers<ContextType>;
  AddToGalleryPayload?: AddToGalleryPayloadResolvers<ContextType>;
  ApiToken?: ApiTokenResolvers<ContextType>;
  AssistantMessage?: AssistantMessageResolvers<ContextType>;
  CancelImagePayload?: CancelImagePayloadResolvers<ContextType>;
  CancelMessagePayload?: CancelMessagePayloadResolvers<ContextType>;
  Capabilities?: CapabilitiesResolvers<ContextType>;
  Conversation?: ConversationResolvers<ContextType>;
  ConversationConnection?: ConversationConnectionResolvers<ContextType>;
  ConversationDeletedEvent?: ConversationDeletedEventResolvers<ContextType>;
  ConversationEdge?: ConversationEdgeResolvers<ContextType>;
  ConversationEvent?: ConversationEventResolvers<ContextType>;
  CreateApiTokenPayload?: CreateApiTokenPayloadResolvers<ContextType>;
  CreateConversationPayload?: CreateConversationPayloadResolvers<ContextType>;
  CreateUploadPayload?: CreateUploadPayloadResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeleteConversationPayload?: DeleteConversationPayloadResolvers<ContextType>;
  DeleteViewerPayload?: DeleteViewerPayloadResolvers<ContextType>;
  Dimensions?: DimensionsResolvers<ContextType>;
  Failure?: FailureResolvers<ContextType>;
  FormField?: FormFieldResolvers<ContextType>;
  FunctionState?: FunctionStateResolvers<ContextType>;
  GalleryConnection?: GalleryConnectionResolvers<ContextType>;
  GalleryEdge?: GalleryEdgeResolvers<ContextType>;
  GalleryImage?: GalleryImageResolvers<ContextType>;
  GalleryMatch?: GalleryMatchResolvers<ContextType>;
  GeneratedImage?: GeneratedImageResolvers<ContextType>;
  Image?: ImageResolvers<ContextType>;
  ImageConnection?: ImageConnectionResolvers<ContextType>;
  ImageDecision?: ImageDecisionResolvers<ContextType>;
  ImageDoneEvent?: ImageDoneEventResolvers<ContextType>;
  ImageEdge?: ImageEdgeResolvers<ContextType>;
  ImageEvent?: ImageEventResolvers<ContextType>;
  ImagePart?: ImagePartResolvers<ContextType>;
  ImageProgress?: ImageProgressResolvers<ContextType>;
  ImageProgressEvent?: ImageProgressEventResolvers<ContextType>;
  MeantPicture?: MeantPictureResolvers<ContextType>;
  Message?: MessageResolvers<ContextType>;
  MessageAddedEvent?: MessageAddedEventResolvers<ContextType>;
  MessageConnection?: MessageConnectionResolvers<ContextType>;
  MessageDoneEvent?: MessageDoneEventResolvers<ContextType>;
  MessageEdge?: MessageEdgeResolvers<ContextType>;
  MessageEndedEvent?: MessageEndedEventResolvers<ContextType>;
  MessageEvent?: MessageEventResolvers<ContextType>;
  MessagePart?: MessagePartResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  Node?: NodeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  PictureMeant?: PictureMeantResolvers<ContextType>;
  Provenance?: ProvenanceResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Recipe?: RecipeResolvers<ContextType>;
  RedrawImagePayload?: RedrawImagePayloadResolvers<ContextType>;
  RegenerateMessagePayload?: RegenerateMessagePayloadResolvers<ContextType>;
  RemoveFromGalleryPayload?: RemoveFromGalleryPayloadResolvers<ContextType>;
  RenameConversationPayload?: RenameConversationPayloadResolvers<ContextType>;
  ReplayImagePayload?: ReplayImagePayloadResolvers<ContextType>;
  RevokeApiTokenPayload?: RevokeApiTokenPayloadResolvers<ContextType>;
  SendMessagePayload?: SendMessagePayloadResolvers<ContextType>;
  SignedFile?: SignedFileResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  TextEvent?: TextEventResolvers<ContextType>;
  TextPart?: TextPartResolvers<ContextType>;
  URL?: GraphQLScalarType;
  UUID?: GraphQLScalarType;
  Upload?: UploadResolvers<ContextType>;
  UploadedImage?: UploadedImageResolvers<ContextType>;
  Usage?: UsageResolvers<ContextType>;
  UserError?: UserErrorResolvers<ContextType>;
  UserMessage?: UserMessageResolvers<ContextType>;
  Viewer?: ViewerResolvers<ContextType>;
  ViewerLimits?: ViewerLimitsResolvers<ContextType>;
};

