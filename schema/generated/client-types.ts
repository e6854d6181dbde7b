/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
export type AddToGalleryInput = {
  /** Who made it, at most 200 characters. */
  readonly creator?: string | null | undefined;
  /** Made by the client, once per intent. */
  readonly idempotencyKey: string;
  /** Under which terms it may be used, at most 200 characters. */
  readonly licence?: string | null | undefined;
  /** The picture. */
  readonly source: ImageSource;
  /** The page it comes from: an http or https address of at most 2,000 characters. */
  readonly sourcePage?: string | null | undefined;
  /** 1 to 200 characters. */
  readonly title: string;
};

export type CancelImageInput = {
  /** The picture to stop. */
  readonly imageId: string;
};

export type CancelMessageInput = {
  /** The assistant message to stop. */
  readonly messageId: string;
};

/** What a picture is drawn from. */
export type Conditioning =
  /** Mapped from the language model's hidden states, which have read the whole dialogue. Needs a model with a mapper. */
  | 'GILL'
  /** The text encoder on the recipe's words alone: the Stable Diffusion way. */
  | 'TEXT';

export type CreateUploadInput = {
  /** Exactly, 1 to `capabilities.maxUploadBytes`. */
  readonly byteSize: number;
  /** One of `capabilities.uploadTypes`. What the file really is, its bytes tell. */
  readonly contentType: string;
  /** What the viewer calls the file; shown, never used as a path. At most 255 characters. */
  readonly fileName?: string | null | undefined;
  /** Made by the client, once per intent. */
  readonly idempotencyKey: string;
  /** Of the file, 64 hexadecimal digits. */
  readonly sha256: string;
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
  readonly conversationId: string;
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

/** What to look for: exactly one field is given. */
export type GalleryQuery =
  {   /** Another picture of the gallery: the most alike ones, best first, by what the model's image encoder made of them. */
  readonly imageId: string; readonly text?: never; }
  |  { readonly imageId?: never;   /** Every word must be part of the title, whatever its case. At most 200 characters. */
  readonly text: string; };

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

/** Where a reply's picture comes from. */
export type ImageChoice =
  /** Drawn for this reply. */
  | 'DRAW'
  /** Found in the gallery. */
  | 'FIND';

/** How a picture is drawn. What is not given is the model package's default. */
export type ImageOptions = {
  /**
   * What the picture is drawn from; default: the first of `capabilities.conditionings`, or `capabilities.firstConditioning`. A redraw keeps what its picture was drawn
   * from, and other words are TEXT.
   */
  readonly conditioning?: Conditioning | null | undefined;
  /** Weight of the conditional prediction, 1 to 20. */
  readonly guidance?: number | null | undefined;
  /** Together with `width` one of `capabilities.imageSizes`. */
  readonly height?: number | null | undefined;
  /** One of `capabilities.samplers`. */
  readonly sampler?: string | null | undefined;
  /**
   * An unsigned 64-bit number in decimal; default: random. Where a reply's picture is mapped from an earlier one that it changes, it begins with that one's seed, so that
   * what is not spoken of stays where it was; not where the message says nothing new, nor for another answer by `regenerateMessage`.
   */
  readonly seed?: string | null | undefined;
  /** Network evaluations, 1 to 50. */
  readonly steps?: number | null | undefined;
  /** Pictures drawn for the wish, with seeds that count up from `seed`: 1 to `capabilities.maxTakes`; default 1. */
  readonly takes?: number | null | undefined;
  /** Together with `height` one of `capabilities.imageSizes`. */
  readonly width?: number | null | undefined;
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

/** Which file of a picture. */
export type ImageSize =
  /** The picture itself, PNG or WebP. */
  | 'FULL'
  /** At most 256 pixels on its longer side, WebP. */
  | 'THUMBNAIL';

/** What is added: exactly one field is given. */
export type ImageSource =
  {   /** Any finished picture of the viewer. */
  readonly imageId: string; readonly uploadId?: never; }
  |  { readonly imageId?: never;   /** An upload that is READY. */
  readonly uploadId: string; };

/** Why a reply shows no picture. */
export type NoPicture =
  /** One was to be found, and the gallery holds none that this dialogue has not shown. */
  | 'NOTHING_FOUND'
  /** The model found that none is wanted. */
  | 'NOT_WANTED';

/** A piece of what the viewer says: exactly one field is given. */
export type PartInput =
  {   /**
   * Any finished picture of the viewer: uploaded, drawn in any conversation, or of the gallery. Whether the model sees it,
   * `capabilities.readsImages` tells.
   */
  readonly imageId: string; readonly text?: never; readonly uploadId?: never; }
  |  { readonly imageId?: never;   /** Up to 16,000 characters; no NUL, no unpaired surrogate. */
  readonly text: string; readonly uploadId?: never; }
  |  { readonly imageId?: never; readonly text?: never;   /** An upload that is READY. */
  readonly uploadId: string; };

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

export type RedrawImageInput = {
  /** Made by the client, once per intent. */
  readonly idempotencyKey: string;
  /** A drawn picture that stands in a finished reply; or a found one, in whose place one is drawn. */
  readonly imageId: string;
  /** Of a found picture: the reply; default: the newest that shows it. */
  readonly messageId?: string | null | undefined;
  /** What is not given is as in the picture's recipe, but for the seed: that is another one. */
  readonly options?: ImageOptions | null | undefined;
  /**
   * Set: the new picture is drawn from this one, and the strength weighs how much is kept of it: 0 to 4, see
   * `capabilities.defaultStrength`. Not set: it is drawn anew.
   */
  readonly strength?: number | null | undefined;
  /** Other words to draw from; default: those of the picture's recipe, and of the message that a found one answers. */
  readonly wish?: string | null | undefined;
};

export type RegenerateMessageInput = {
  /** Made by the client, once per intent. */
  readonly idempotencyKey: string;
  /** The assistant message to answer anew. */
  readonly messageId: string;
  /** How to answer. */
  readonly options?: ReplyOptions | null | undefined;
};

export type RemoveFromGalleryInput = {
  /** A picture that the viewer keeps; one that came with the model package stays. */
  readonly imageId: string;
};

export type RenameConversationInput = {
  /** The conversation. */
  readonly conversationId: string;
  /** 1 to 200 characters. */
  readonly title: string;
};

export type ReplayImageInput = {
  /** Made by the client, once per intent. */
  readonly idempotencyKey: string;
  /** A drawn picture that is finished. */
  readonly imageId: string;
};

/** What the viewer may set; everything else is the deployment's default, shown by `capabilities`. */
export type ReplyOptions = {
  /** How its picture is drawn. */
  readonly image?: ImageOptions | null | undefined;
  /** Added to the logit of the model's answer to whether a picture is wanted, -20 to 20: above 0 shows more pictures. Default 0. */
  readonly imageBias?: number | null | undefined;
  /**
   * Whether the reply holds a picture; default: the first of `capabilities.imagePolicies`, and NEVER where the message has no words
   * and a picture could only be drawn from them.
   */
  readonly images?: ImagePolicy | null | undefined;
  /** Tokens of the reply at most, 1 to 512; default 256. */
  readonly maxTokens?: number | null | undefined;
  /** An unsigned 64-bit number in decimal: the same seed and dialogue give the same reply on the same machine. */
  readonly seed?: string | null | undefined;
  /** 0 always takes the likeliest token, up to 2; default 0.3. */
  readonly temperature?: number | null | undefined;
  /** Nucleus sampling: above 0, at most 1; default 0.9. */
  readonly topP?: number | null | undefined;
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
  readonly conversationId?: string | null | undefined;
  /** Made by the client, once per intent: the same key and input return the same messages for 24 hours. */
  readonly idempotencyKey: string;
  /** How to answer. */
  readonly options?: ReplyOptions | null | undefined;
  /** The message this one follows; default: the active leaf. An older one starts a branch. */
  readonly parentId?: string | null | undefined;
  /** 1 to 16 parts, at most 8 of them pictures. */
  readonly parts: ReadonlyArray<PartInput>;
  /** Another wording of this user message, the first one included; excludes `parentId`. */
  readonly replacesId?: string | null | undefined;
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

type Picture_GalleryImage_Fragment = { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } };

type Picture_GeneratedImage_Fragment = { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
    | { readonly id: string, readonly alt: string }
    | { readonly id: string, readonly alt: string }
    | { readonly id: string, readonly alt: string }
   | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } };

type Picture_UploadedImage_Fragment = { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } };

export type PictureFragment =
  | Picture_GalleryImage_Fragment
  | Picture_GeneratedImage_Fragment
  | Picture_UploadedImage_Fragment
;

export type ProgressFragment = { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null };

type Part_ImagePart_Fragment = { readonly __typename: 'ImagePart', readonly index: number, readonly image:
    | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
    | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
        | { readonly id: string, readonly alt: string }
        | { readonly id: string, readonly alt: string }
        | { readonly id: string, readonly alt: string }
       | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
    | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
  , readonly takes: ReadonlyArray<{ readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
      | { readonly id: string, readonly alt: string }
      | { readonly id: string, readonly alt: string }
      | { readonly id: string, readonly alt: string }
     | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }>, readonly decision: { readonly choice: ImageChoice, readonly decidedBy: DecidedBy, readonly pictureProbability: number | null, readonly drawProbability: number | null, readonly findProbability: number | null } | null };

type Part_TextPart_Fragment = { readonly __typename: 'TextPart', readonly text: string, readonly index: number };

export type PartFragment =
  | Part_ImagePart_Fragment
  | Part_TextPart_Fragment
;

export type ReplyFragment = { readonly __typename: 'AssistantMessage', readonly id: string, readonly createdAt: string, readonly status: GenerationStatus, readonly cursor: string, readonly droppedTurns: number, readonly pictureProbability: number | null, readonly noPicture: NoPicture | null, readonly parts: ReadonlyArray<
    | { readonly __typename: 'ImagePart', readonly index: number, readonly image:
        | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
        | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
            | { readonly id: string, readonly alt: string }
            | { readonly id: string, readonly alt: string }
            | { readonly id: string, readonly alt: string }
           | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
        | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
      , readonly takes: ReadonlyArray<{ readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
          | { readonly id: string, readonly alt: string }
          | { readonly id: string, readonly alt: string }
          | { readonly id: string, readonly alt: string }
         | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }>, readonly decision: { readonly choice: ImageChoice, readonly decidedBy: DecidedBy, readonly pictureProbability: number | null, readonly drawProbability: number | null, readonly findProbability: number | null } | null }
    | { readonly __typename: 'TextPart', readonly text: string, readonly index: number }
  >, readonly activity: { readonly phase: Phase, readonly position: number | null, readonly estimatedMs: number | null, readonly loadedBytes: number | null, readonly totalBytes: number | null } | null, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly usage: { readonly promptTokens: number, readonly cachedTokens: number, readonly outputTokens: number, readonly imageSteps: number, readonly computeMs: number, readonly queueMs: number } | null };

export type WaitingFragment = { readonly phase: Phase, readonly position: number | null, readonly estimatedMs: number | null, readonly loadedBytes: number | null, readonly totalBytes: number | null };

export type RefusalFragment = { readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null };

export type UploadStateFragment = { readonly id: string, readonly status: UploadStatus, readonly url: string | null, readonly fields: ReadonlyArray<{ readonly name: string, readonly value: string }>, readonly image: { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } } | null, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null };

export type SendMessageMutationVariables = Exact<{
  input: SendMessageInput;
}>;


export type SendMessageMutation = { readonly sendMessage: { readonly conversation: { readonly id: string, readonly title: string | null } | null, readonly message: { readonly id: string } | null, readonly reply: { readonly __typename: 'AssistantMessage', readonly id: string, readonly createdAt: string, readonly status: GenerationStatus, readonly cursor: string, readonly droppedTurns: number, readonly pictureProbability: number | null, readonly noPicture: NoPicture | null, readonly parts: ReadonlyArray<
        | { readonly __typename: 'ImagePart', readonly index: number, readonly image:
            | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
            | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                | { readonly id: string, readonly alt: string }
                | { readonly id: string, readonly alt: string }
                | { readonly id: string, readonly alt: string }
               | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
            | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
          , readonly takes: ReadonlyArray<{ readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
              | { readonly id: string, readonly alt: string }
              | { readonly id: string, readonly alt: string }
              | { readonly id: string, readonly alt: string }
             | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }>, readonly decision: { readonly choice: ImageChoice, readonly decidedBy: DecidedBy, readonly pictureProbability: number | null, readonly drawProbability: number | null, readonly findProbability: number | null } | null }
        | { readonly __typename: 'TextPart', readonly text: string, readonly index: number }
      >, readonly activity: { readonly phase: Phase, readonly position: number | null, readonly estimatedMs: number | null, readonly loadedBytes: number | null, readonly totalBytes: number | null } | null, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly usage: { readonly promptTokens: number, readonly cachedTokens: number, readonly outputTokens: number, readonly imageSteps: number, readonly computeMs: number, readonly queueMs: number } | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };

export type RegenerateMessageMutationVariables = Exact<{
  input: RegenerateMessageInput;
}>;


export type RegenerateMessageMutation = { readonly regenerateMessage: { readonly reply: { readonly __typename: 'AssistantMessage', readonly id: string, readonly createdAt: string, readonly status: GenerationStatus, readonly cursor: string, readonly droppedTurns: number, readonly pictureProbability: number | null, readonly noPicture: NoPicture | null, readonly conversation: { readonly id: string }, readonly parts: ReadonlyArray<
        | { readonly __typename: 'ImagePart', readonly index: number, readonly image:
            | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
            | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                | { readonly id: string, readonly alt: string }
                | { readonly id: string, readonly alt: string }
                | { readonly id: string, readonly alt: string }
               | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
            | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
          , readonly takes: ReadonlyArray<{ readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
              | { readonly id: string, readonly alt: string }
              | { readonly id: string, readonly alt: string }
              | { readonly id: string, readonly alt: string }
             | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }>, readonly decision: { readonly choice: ImageChoice, readonly decidedBy: DecidedBy, readonly pictureProbability: number | null, readonly drawProbability: number | null, readonly findProbability: number | null } | null }
        | { readonly __typename: 'TextPart', readonly text: string, readonly index: number }
      >, readonly activity: { readonly phase: Phase, readonly position: number | null, readonly estimatedMs: number | null, readonly loadedBytes: number | null, readonly totalBytes: number | null } | null, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly usage: { readonly promptTokens: number, readonly cachedTokens: number, readonly outputTokens: number, readonly imageSteps: number, readonly computeMs: number, readonly queueMs: number } | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };

export type CancelMessageMutationVariables = Exact<{
  input: CancelMessageInput;
}>;


export type CancelMessageMutation = { readonly cancelMessage: { readonly message: { readonly id: string, readonly status: GenerationStatus } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };

export type MessageEventsSubscriptionVariables = Exact<{
  messageId: string;
  after?: string | null | undefined;
}>;


export type MessageEventsSubscription = { readonly messageEvents:
    | { readonly __typename: 'ActivityEvent', readonly cursor: string, readonly activity: { readonly phase: Phase, readonly position: number | null, readonly estimatedMs: number | null, readonly loadedBytes: number | null, readonly totalBytes: number | null } }
    | { readonly __typename: 'ImageDoneEvent', readonly cursor: string, readonly image: { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
          | { readonly id: string, readonly alt: string }
          | { readonly id: string, readonly alt: string }
          | { readonly id: string, readonly alt: string }
         | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } } }
    | { readonly __typename: 'ImageEvent', readonly cursor: string, readonly part: { readonly __typename: 'ImagePart', readonly index: number, readonly image:
          | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
          | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
              | { readonly id: string, readonly alt: string }
              | { readonly id: string, readonly alt: string }
              | { readonly id: string, readonly alt: string }
             | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
          | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
        , readonly takes: ReadonlyArray<{ readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
            | { readonly id: string, readonly alt: string }
            | { readonly id: string, readonly alt: string }
            | { readonly id: string, readonly alt: string }
           | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }>, readonly decision: { readonly choice: ImageChoice, readonly decidedBy: DecidedBy, readonly pictureProbability: number | null, readonly drawProbability: number | null, readonly findProbability: number | null } | null } }
    | { readonly __typename: 'ImageProgressEvent', readonly imageId: string, readonly cursor: string, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } }
    | { readonly __typename: 'MessageDoneEvent', readonly cursor: string, readonly message: { readonly __typename: 'AssistantMessage', readonly id: string, readonly createdAt: string, readonly status: GenerationStatus, readonly cursor: string, readonly droppedTurns: number, readonly pictureProbability: number | null, readonly noPicture: NoPicture | null, readonly parts: ReadonlyArray<
          | { readonly __typename: 'ImagePart', readonly index: number, readonly image:
              | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
              | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                  | { readonly id: string, readonly alt: string }
                  | { readonly id: string, readonly alt: string }
                  | { readonly id: string, readonly alt: string }
                 | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
              | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
            , readonly takes: ReadonlyArray<{ readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                | { readonly id: string, readonly alt: string }
                | { readonly id: string, readonly alt: string }
                | { readonly id: string, readonly alt: string }
               | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }>, readonly decision: { readonly choice: ImageChoice, readonly decidedBy: DecidedBy, readonly pictureProbability: number | null, readonly drawProbability: number | null, readonly findProbability: number | null } | null }
          | { readonly __typename: 'TextPart', readonly text: string, readonly index: number }
        >, readonly activity: { readonly phase: Phase, readonly position: number | null, readonly estimatedMs: number | null, readonly loadedBytes: number | null, readonly totalBytes: number | null } | null, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly usage: { readonly promptTokens: number, readonly cachedTokens: number, readonly outputTokens: number, readonly imageSteps: number, readonly computeMs: number, readonly queueMs: number } | null } }
    | { readonly __typename: 'TextEvent', readonly partIndex: number, readonly offset: number, readonly text: string, readonly cursor: string }
   };

export type ReplyQueryVariables = Exact<{
  id: string;
}>;


export type ReplyQuery = { readonly message:
    | { readonly __typename: 'AssistantMessage', readonly id: string, readonly createdAt: string, readonly status: GenerationStatus, readonly cursor: string, readonly droppedTurns: number, readonly pictureProbability: number | null, readonly noPicture: NoPicture | null, readonly conversation: { readonly id: string }, readonly parts: ReadonlyArray<
        | { readonly __typename: 'ImagePart', readonly index: number, readonly image:
            | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
            | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                | { readonly id: string, readonly alt: string }
                | { readonly id: string, readonly alt: string }
                | { readonly id: string, readonly alt: string }
               | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
            | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
          , readonly takes: ReadonlyArray<{ readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
              | { readonly id: string, readonly alt: string }
              | { readonly id: string, readonly alt: string }
              | { readonly id: string, readonly alt: string }
             | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }>, readonly decision: { readonly choice: ImageChoice, readonly decidedBy: DecidedBy, readonly pictureProbability: number | null, readonly drawProbability: number | null, readonly findProbability: number | null } | null }
        | { readonly __typename: 'TextPart', readonly text: string, readonly index: number }
      >, readonly activity: { readonly phase: Phase, readonly position: number | null, readonly estimatedMs: number | null, readonly loadedBytes: number | null, readonly totalBytes: number | null } | null, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly usage: { readonly promptTokens: number, readonly cachedTokens: number, readonly outputTokens: number, readonly imageSteps: number, readonly computeMs: number, readonly queueMs: number } | null }
    | { readonly __typename: 'UserMessage' }
   | null };

export type DialogueQueryVariables = Exact<{
  id: string;
  leafId?: string | null | undefined;
  last: number;
  before?: string | null | undefined;
}>;


export type DialogueQuery = { readonly conversation: { readonly id: string, readonly title: string | null, readonly messages: { readonly pageInfo: { readonly hasPreviousPage: boolean, readonly startCursor: string | null }, readonly edges: ReadonlyArray<{ readonly node:
          | { readonly __typename: 'AssistantMessage', readonly id: string, readonly createdAt: string, readonly status: GenerationStatus, readonly cursor: string, readonly droppedTurns: number, readonly pictureProbability: number | null, readonly noPicture: NoPicture | null, readonly alternatives: ReadonlyArray<
              | { readonly id: string }
              | { readonly id: string }
            >, readonly parts: ReadonlyArray<
              | { readonly __typename: 'ImagePart', readonly index: number, readonly image:
                  | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                  | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                      | { readonly id: string, readonly alt: string }
                      | { readonly id: string, readonly alt: string }
                      | { readonly id: string, readonly alt: string }
                     | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                  | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                , readonly takes: ReadonlyArray<{ readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                    | { readonly id: string, readonly alt: string }
                    | { readonly id: string, readonly alt: string }
                    | { readonly id: string, readonly alt: string }
                   | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }>, readonly decision: { readonly choice: ImageChoice, readonly decidedBy: DecidedBy, readonly pictureProbability: number | null, readonly drawProbability: number | null, readonly findProbability: number | null } | null }
              | { readonly __typename: 'TextPart', readonly text: string, readonly index: number }
            >, readonly activity: { readonly phase: Phase, readonly position: number | null, readonly estimatedMs: number | null, readonly loadedBytes: number | null, readonly totalBytes: number | null } | null, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly usage: { readonly promptTokens: number, readonly cachedTokens: number, readonly outputTokens: number, readonly imageSteps: number, readonly computeMs: number, readonly queueMs: number } | null }
          | { readonly __typename: 'UserMessage', readonly createdAt: string, readonly id: string, readonly parts: ReadonlyArray<
              | { readonly __typename: 'ImagePart', readonly index: number, readonly image:
                  | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                  | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                      | { readonly id: string, readonly alt: string }
                      | { readonly id: string, readonly alt: string }
                      | { readonly id: string, readonly alt: string }
                     | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                  | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                , readonly takes: ReadonlyArray<{ readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                    | { readonly id: string, readonly alt: string }
                    | { readonly id: string, readonly alt: string }
                    | { readonly id: string, readonly alt: string }
                   | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }>, readonly decision: { readonly choice: ImageChoice, readonly decidedBy: DecidedBy, readonly pictureProbability: number | null, readonly drawProbability: number | null, readonly findProbability: number | null } | null }
              | { readonly __typename: 'TextPart', readonly text: string, readonly index: number }
            >, readonly alternatives: ReadonlyArray<
              | { readonly id: string }
              | { readonly id: string }
            > }
         }> } } | null };

export type ConversationsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type ConversationsQuery = { readonly conversations: { readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly title: string | null, readonly updatedAt: string } }> } };

export type RenameConversationMutationVariables = Exact<{
  input: RenameConversationInput;
}>;


export type RenameConversationMutation = { readonly renameConversation: { readonly conversation: { readonly id: string, readonly title: string | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };

export type DeleteConversationMutationVariables = Exact<{
  input: DeleteConversationInput;
}>;


export type DeleteConversationMutation = { readonly deleteConversation: { readonly deletedConversationId: string | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };

export type CapabilitiesQueryVariables = Exact<{ [key: string]: never; }>;


export type CapabilitiesQuery = { readonly capabilities: { readonly model: string | null, readonly contextTokens: number | null, readonly maxTextCodePoints: number, readonly readsImages: boolean, readonly imagePolicies: ReadonlyArray<ImagePolicy>, readonly conditionings: ReadonlyArray<Conditioning>, readonly defaultStrength: number | null, readonly maxTakes: number, readonly maxPicturesPerReply: number, readonly maxImagesPerMessage: number, readonly maxUploadBytes: number, readonly uploadTypes: ReadonlyArray<string>, readonly imageSizes: ReadonlyArray<{ readonly width: number, readonly height: number }>, readonly functions: ReadonlyArray<{ readonly name: string, readonly state: FunctionStatus, readonly workers: number }> } };

export type CancelImageMutationVariables = Exact<{
  input: CancelImageInput;
}>;


export type CancelImageMutation = { readonly cancelImage: { readonly image: { readonly id: string, readonly status: GenerationStatus } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };

export type FileQueryVariables = Exact<{
  id: string;
  size: ImageSize;
}>;


export type FileQuery = { readonly image:
    | { readonly file: { readonly url: string, readonly expiresAt: string } | null }
    | { readonly file: { readonly url: string, readonly expiresAt: string } | null }
    | { readonly file: { readonly url: string, readonly expiresAt: string } | null }
   | null };

export type CreateUploadMutationVariables = Exact<{
  input: CreateUploadInput;
}>;


export type CreateUploadMutation = { readonly createUpload: { readonly upload: { readonly id: string, readonly status: UploadStatus, readonly url: string | null, readonly fields: ReadonlyArray<{ readonly name: string, readonly value: string }>, readonly image: { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } } | null, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };

export type UploadQueryVariables = Exact<{
  id: string;
}>;


export type UploadQuery = { readonly node:
    | { readonly __typename: 'ApiToken' }
    | { readonly __typename: 'AssistantMessage' }
    | { readonly __typename: 'Conversation' }
    | { readonly __typename: 'GalleryImage' }
    | { readonly __typename: 'GeneratedImage' }
    | { readonly __typename: 'Upload', readonly id: string, readonly status: UploadStatus, readonly url: string | null, readonly fields: ReadonlyArray<{ readonly name: string, readonly value: string }>, readonly image: { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } } | null, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null }
    | { readonly __typename: 'UploadedImage' }
    | { readonly __typename: 'UserMessage' }
    | { readonly __typename: 'Viewer' }
   | null };

export type PictureQueryVariables = Exact<{
  id: string;
}>;


export type PictureQuery = { readonly image:
    | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
    | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
        | { readonly id: string, readonly alt: string }
        | { readonly id: string, readonly alt: string }
        | { readonly id: string, readonly alt: string }
       | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
    | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
   | null };

type Relative_GalleryImage_Fragment = { readonly __typename: 'GalleryImage', readonly id: string, readonly alt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null };

type Relative_GeneratedImage_Fragment = { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly id: string, readonly alt: string, readonly recipe: { readonly words: string, readonly seed: string, readonly strength: number | null }, readonly parent:
    | { readonly id: string }
    | { readonly id: string }
    | { readonly id: string }
   | null, readonly replayOf: { readonly id: string } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null };

type Relative_UploadedImage_Fragment = { readonly __typename: 'UploadedImage', readonly id: string, readonly alt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null };

export type RelativeFragment =
  | Relative_GalleryImage_Fragment
  | Relative_GeneratedImage_Fragment
  | Relative_UploadedImage_Fragment
;

export type AncestorQueryVariables = Exact<{
  id: string;
}>;


export type AncestorQuery = { readonly image:
    | { readonly __typename: 'GalleryImage', readonly id: string, readonly alt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null }
    | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly id: string, readonly alt: string, readonly recipe: { readonly words: string, readonly seed: string, readonly strength: number | null }, readonly parent:
        | { readonly id: string }
        | { readonly id: string }
        | { readonly id: string }
       | null, readonly replayOf: { readonly id: string } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null }
    | { readonly __typename: 'UploadedImage', readonly id: string, readonly alt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null }
   | null };

export type RelativesQueryVariables = Exact<{
  conversationId: string;
}>;


export type RelativesQuery = { readonly conversation: { readonly images: { readonly edges: ReadonlyArray<{ readonly node:
          | { readonly __typename: 'GalleryImage', readonly id: string, readonly alt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null }
          | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly id: string, readonly alt: string, readonly recipe: { readonly words: string, readonly seed: string, readonly strength: number | null }, readonly parent:
              | { readonly id: string }
              | { readonly id: string }
              | { readonly id: string }
             | null, readonly replayOf: { readonly id: string } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null }
          | { readonly __typename: 'UploadedImage', readonly id: string, readonly alt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null }
         }> } } | null };

export type WhyQueryVariables = Exact<{
  replyId: string;
}>;


export type WhyQuery = { readonly message:
    | { readonly parts: ReadonlyArray<
        | { readonly __typename: 'ImagePart', readonly image:
            | { readonly id: string }
            | { readonly id: string }
            | { readonly id: string }
          , readonly takes: ReadonlyArray<{ readonly id: string }>, readonly decision: { readonly candidates: ReadonlyArray<{ readonly similarity: number, readonly image: { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } } }>, readonly meant: { readonly noneProbability: number, readonly candidates: ReadonlyArray<{ readonly probability: number, readonly image:
                  | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                  | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                      | { readonly id: string, readonly alt: string }
                      | { readonly id: string, readonly alt: string }
                      | { readonly id: string, readonly alt: string }
                     | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                  | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                 }> } | null } | null }
        | { readonly __typename: 'TextPart' }
      > }
    | { readonly parts: ReadonlyArray<
        | { readonly __typename: 'ImagePart', readonly image:
            | { readonly id: string }
            | { readonly id: string }
            | { readonly id: string }
          , readonly takes: ReadonlyArray<{ readonly id: string }>, readonly decision: { readonly candidates: ReadonlyArray<{ readonly similarity: number, readonly image: { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } } }>, readonly meant: { readonly noneProbability: number, readonly candidates: ReadonlyArray<{ readonly probability: number, readonly image:
                  | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                  | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                      | { readonly id: string, readonly alt: string }
                      | { readonly id: string, readonly alt: string }
                      | { readonly id: string, readonly alt: string }
                     | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                  | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
                 }> } | null } | null }
        | { readonly __typename: 'TextPart' }
      > }
   | null };

export type RedrawImageMutationVariables = Exact<{
  input: RedrawImageInput;
}>;


export type RedrawImageMutation = { readonly redrawImage: { readonly reply: { readonly __typename: 'AssistantMessage', readonly id: string, readonly createdAt: string, readonly status: GenerationStatus, readonly cursor: string, readonly droppedTurns: number, readonly pictureProbability: number | null, readonly noPicture: NoPicture | null, readonly conversation: { readonly id: string }, readonly parts: ReadonlyArray<
        | { readonly __typename: 'ImagePart', readonly index: number, readonly image:
            | { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
            | { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
                | { readonly id: string, readonly alt: string }
                | { readonly id: string, readonly alt: string }
                | { readonly id: string, readonly alt: string }
               | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
            | { readonly __typename: 'UploadedImage', readonly fileName: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }
          , readonly takes: ReadonlyArray<{ readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
              | { readonly id: string, readonly alt: string }
              | { readonly id: string, readonly alt: string }
              | { readonly id: string, readonly alt: string }
             | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } }>, readonly decision: { readonly choice: ImageChoice, readonly decidedBy: DecidedBy, readonly pictureProbability: number | null, readonly drawProbability: number | null, readonly findProbability: number | null } | null }
        | { readonly __typename: 'TextPart', readonly text: string, readonly index: number }
      >, readonly activity: { readonly phase: Phase, readonly position: number | null, readonly estimatedMs: number | null, readonly loadedBytes: number | null, readonly totalBytes: number | null } | null, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly usage: { readonly promptTokens: number, readonly cachedTokens: number, readonly outputTokens: number, readonly imageSteps: number, readonly computeMs: number, readonly queueMs: number } | null } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };

export type ReplayImageMutationVariables = Exact<{
  input: ReplayImageInput;
}>;


export type ReplayImageMutation = { readonly replayImage: { readonly image: { readonly __typename: 'GeneratedImage', readonly status: GenerationStatus, readonly sameness: Sameness | null, readonly score: number | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly parent:
        | { readonly id: string, readonly alt: string }
        | { readonly id: string, readonly alt: string }
        | { readonly id: string, readonly alt: string }
       | null, readonly progress: { readonly phase: Phase, readonly step: number, readonly steps: number, readonly estimatedMs: number | null, readonly preview: { readonly url: string, readonly expiresAt: string } | null } | null, readonly recipe: { readonly model: string | null, readonly words: string, readonly conditioning: Conditioning, readonly sampler: string, readonly steps: number, readonly guidance: number, readonly strength: number | null, readonly seed: string, readonly width: number, readonly height: number, readonly executionProvider: string | null }, readonly failure: { readonly code: FailureCode, readonly message: string, readonly retryable: boolean } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };

export type GalleryPageQueryVariables = Exact<{
  query?: GalleryQuery | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type GalleryPageQuery = { readonly gallery: { readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly edges: ReadonlyArray<{ readonly node: { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly thumbnail: { readonly url: string, readonly expiresAt: string } | null, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } } }> } };

export type AddToGalleryMutationVariables = Exact<{
  input: AddToGalleryInput;
}>;


export type AddToGalleryMutation = { readonly addToGallery: { readonly image: { readonly __typename: 'GalleryImage', readonly title: string, readonly creator: string | null, readonly licence: string | null, readonly sourcePage: string | null, readonly id: string, readonly width: number | null, readonly height: number | null, readonly contentType: string | null, readonly byteSize: number | null, readonly alt: string, readonly placeholder: string | null, readonly createdAt: string, readonly file: { readonly url: string, readonly expiresAt: string } | null, readonly provenance: { readonly kind: ProvenanceKind, readonly manifestDigest: string | null, readonly origin: string | null } } | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };

export type RemoveFromGalleryMutationVariables = Exact<{
  input: RemoveFromGalleryInput;
}>;


export type RemoveFromGalleryMutation = { readonly removeFromGallery: { readonly removedImageId: string | null, readonly userErrors: ReadonlyArray<{ readonly code: UserErrorCode, readonly message: string, readonly path: ReadonlyArray<string> | null }> } };
