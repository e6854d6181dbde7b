// The contract of the GPU functions (docs/http.md): what goes in, which events come out. The same JSON in process and
// over HTTP. Must never hold a URL that outlives its request or a value JSON cannot carry; tensors are fp16 base64.
import type { Device } from './device.ts';
import type { ParityHabit } from './parity.ts';

/** Changes when an input or an event changes its meaning. */
export const contractVersion = 2;

/**
 * Runs one request. Resolves after exactly one `done` or `error` event; rejects with the signal's reason when cancelled,
 * and with anything else only when the function itself is broken.
 */
export type FunctionRun<Input, Event> = (
  input: Input,
  emit: (event: Event) => void,
  signal: AbortSignal,
) => Promise<void>;

/** A tensor as it travels: little-endian IEEE half precision, row-major, base64. */
export interface WireTensor {
  readonly shape: readonly number[];
  readonly fp16: string;
}

// ---------------------------------------------------------------- language function

export interface LlmInput {
  readonly contract: typeof contractVersion;
  /** Oldest first; the last turn is the user's. The model package's own prefix is not part of it. */
  readonly turns: readonly PromptTurn[];
  /** Extra instructions of the conversation, appended to the package's system line. */
  readonly instructions?: string;
  /** Text of this reply that an earlier attempt already delivered: decoding continues after it, and repeats none of it. */
  readonly forcedText?: ForcedText;
  readonly options: LlmOptions;
}

/** What an earlier attempt already put into the reply. */
export interface ForcedText {
  /** All text so far, parts joined in order. */
  readonly text: string;
  /** Pictures of the reply that are settled, from the first on: no `image` event follows for them. */
  readonly imagesAnnounced: number;
}

export interface PromptTurn {
  readonly role: 'user' | 'assistant';
  readonly parts: readonly PromptPart[];
}

/**
 * Text, or a picture at its place. One that the assistant produced stands as the package's `[IMG]` rows and, where its layout
 * says so, what the image encoder made of it; one that was sent as the latter alone. What a package lacks leaves nothing.
 */
export type PromptPart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'image';
      readonly produced: boolean;
      /** Of one that the assistant produced beside others: what it was asked for with. Absent: the message before it. */
      readonly words?: string;
      /** The image encoder's, shape (rows, width of the language model). */
      readonly rows?: WireTensor;
      /** What the picture function was given for it, shape (L, C): a picture that changes this one keeps what is not spoken of. */
      readonly drawnFrom?: WireTensor;
    };

export interface LlmOptions {
  /** 1 to the model's context. */
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0 < topP ≤ 1. */
  readonly topP: number;
  /** 1 is none. */
  readonly repetitionPenalty: number;
  /** Unsigned 64-bit integer in decimal. The draw at a position depends on (seed, position) only. */
  readonly seed: string;
  readonly images: ImagePolicy;
  /** Added to the gate's logit where it is asked: above 0 shows pictures more often. Absent: 0. */
  readonly imageBias?: number;
}

/**
 * ALWAYS announces one picture after the first sentence; NEVER none; AUTO asks the gate whether, and how many. DRAW_ONLY and
 * FIND_ONLY are AUTO with the choice between drawing and finding made. A package without a gate takes ALWAYS and NEVER, one without
 * heads to find with no FIND_ONLY.
 */
export type ImagePolicy = 'ALWAYS' | 'NEVER' | 'AUTO' | 'DRAW_ONLY' | 'FIND_ONLY';

/** A picture belongs here; text may go on afterwards. What a package has no head for is absent. */
export interface LlmImageEvent {
  readonly type: 'image';
  /** The gate's, where it was asked. */
  readonly wanted?: PictureWanted;
  /** The decision head's; the larger one is the model's choice. */
  readonly decision?: { readonly drawProbability: number; readonly findProbability: number };
  /** What a gallery is searched with, shape (width of the retrieval head). */
  readonly query?: WireTensor;
  /** Mapped from the hidden states: what the denoiser is given, shape (L, C). Absent: the words are encoded. */
  readonly conditioning?: WireTensor;
  /** Which earlier picture the turn means; absent also where none stands in the prompt. */
  readonly parent?: PicturePointer;
  /** Where the reply shows several. */
  readonly series?: PictureSeriesPlace;
}

/** Which of the pictures of a reply. */
export interface PictureSeriesPlace {
  /** From 0 on. */
  readonly index: number;
  readonly count: number;
  /** What the message says of this one, where that is clear. */
  readonly words?: string;
  /** Earlier ones of the same words: each wants noise of its own. */
  readonly repeats?: number;
}

/** Shares of one: `none` of them, then the newest pictures that the assistant produced and the prompt holds, oldest first. */
export interface PicturePointer {
  /** As many pictures as the package can tell apart: of more the newest count. */
  readonly probabilities: readonly number[];
}

/** The gate's answer, `imageBias` included: above one half a picture belongs into the reply. */
export interface PictureWanted {
  readonly probability: number;
}

export type LlmEvent =
  /** Once, when the prompt is laid out. `droppedTurns`: oldest turns left out because the context was full. */
  | {
      readonly type: 'prompt';
      readonly promptTokens: number;
      readonly cachedTokens: number;
      readonly droppedTurns: number;
    }
  /** Text to append, whole code points only. */
  | { readonly type: 'text'; readonly text: string }
  | LlmImageEvent
  | {
      readonly type: 'usage';
      readonly promptTokens: number;
      readonly cachedTokens: number;
      readonly outputTokens: number;
      readonly computeMs: number;
    }
  /** `wanted` where the gate was asked, also when it said no. */
  | { readonly type: 'done'; readonly finish: 'stop' | 'length'; readonly wanted?: PictureWanted }
  | FunctionError;

// ---------------------------------------------------------------- picture function

export interface DiffusionInput {
  readonly contract: typeof contractVersion;
  readonly conditioning:
    { readonly kind: 'TEXT'; readonly text: string } | { readonly kind: 'GILL'; readonly tensor: WireTensor };
  /** An earlier picture that this one is drawn from; only where the package's denoiser takes one. */
  readonly parent?: ParentPicture;
  readonly sampler: string;
  /** Network evaluations, 1 to 100. */
  readonly steps: number;
  /** Weight of the conditional prediction; 1 is none. */
  readonly guidance: number;
  /** Unsigned 64-bit integer in decimal. Noise is a function of (seed, element). */
  readonly seed: string;
  readonly width: number;
  readonly height: number;
  /** How many previews to send at most, 0 to 4, spread over the steps. */
  readonly previews: number;
}

/**
 * A picture drawn here by its final latent, shape (c, h, w); any other by its pixels, as large as the package draws: 8-bit RGB,
 * row-major, base64. `guidance` weighs how much is kept of it: 0 to 4, 1 is what the denoiser itself makes of it.
 */
export type ParentPicture = { readonly guidance: number } & (
  | { readonly latent: WireTensor }
  | { readonly pixels: { readonly width: number; readonly height: number; readonly rgb: string } }
);

export type DiffusionEvent =
  /** After each step, 1 … steps. */
  | { readonly type: 'step'; readonly step: number; readonly steps: number; readonly estimatedMs: number }
  /** A small picture of the estimate so far: 8-bit RGB, row-major, base64. */
  | {
      readonly type: 'preview';
      readonly step: number;
      readonly width: number;
      readonly height: number;
      readonly rgb: string;
    }
  /** The last step is done; the pixel decoder starts after this. */
  | { readonly type: 'decoding' }
  /** The finished picture: 8-bit RGB, row-major, base64; and its latent, shape (c, h, w). */
  | {
      readonly type: 'pixels';
      readonly width: number;
      readonly height: number;
      readonly rgb: string;
      readonly latent: WireTensor;
    }
  /** `conditioning` is what the denoiser was given, shape (L, C); its digest goes into the recipe. */
  | { readonly type: 'conditioning'; readonly tensor: WireTensor; readonly sha256: string }
  /** The latent of the parent picture, as the denoiser was given it: once, before the first step, where there is a parent. */
  | { readonly type: 'parent'; readonly tensor: WireTensor; readonly sha256: string }
  /** `device` is what the networks ran on, and goes into the recipe; absent: not told. */
  | { readonly type: 'usage'; readonly imageSteps: number; readonly computeMs: number; readonly device?: Device }
  | { readonly type: 'done' }
  | FunctionError;

// ---------------------------------------------------------------- vision function

export interface VisionInput {
  readonly contract: typeof contractVersion;
  /** Exactly as large as the package draws: 8-bit RGB, row-major, base64. */
  readonly picture: { readonly width: number; readonly height: number; readonly rgb: string };
}

export type VisionEvent =
  /**
   * `rows` are what stands for the picture in a prompt, shape (k, width of the language model); `embedding` is what a gallery
   * finds it by, shape (width of the retrieval head), of unit length. Absent: the package has no such head.
   */
  | { readonly type: 'seen'; readonly rows: WireTensor; readonly embedding?: WireTensor }
  | { readonly type: 'usage'; readonly computeMs: number }
  | { readonly type: 'done' }
  | FunctionError;

// ---------------------------------------------------------------- all of them

export interface FunctionError {
  readonly type: 'error';
  readonly code: 'INVALID' | 'CONTEXT_TOO_LONG' | 'MODEL_UNAVAILABLE' | 'INTERNAL';
  readonly message: string;
  readonly retryable: boolean;
}

/** State of a function as `GET /ping` tells it. */
export type FunctionHealth =
  | { readonly state: 'loading'; readonly loadedBytes: number; readonly totalBytes: number }
  /** `device` is what it computes on; absent: not told. */
  | { readonly state: 'ready'; readonly device?: Device }
  | { readonly state: 'failed'; readonly message: string };

/** What a loaded function says of itself; `capabilities` shows it. */
export interface ModelCard {
  /** Name of the package, e.g. `storybook`. */
  readonly model: string;
  /** sha256 over model.json, which holds the sha256 of every weight file. */
  readonly modelDigest: string;
  readonly contextTokens: number;
  readonly samplers: readonly string[];
  readonly defaultSteps: number;
  readonly defaultGuidance: number;
  /** How much is kept of a parent picture unless told otherwise. Absent: the denoiser takes none. */
  readonly defaultParentGuidance?: number;
  readonly imageSizes: readonly { readonly width: number; readonly height: number }[];
  /** Whether the package has an image encoder: pictures of the dialogue become rows. */
  readonly readsImages: boolean;
  /** Whether the package has a gate: AUTO and DRAW_ONLY work. Absent: no. */
  readonly decidesPictures?: boolean;
  /** Whether the package counts the pictures that a message asks for: a reply may show several. Absent: no. */
  readonly countsPictures?: boolean;
  /** Whether the package has heads to find pictures with: FIND_ONLY works. Absent: no. */
  readonly findsPictures?: boolean;
  /** Least cosine of a picture that is found where one could be drawn. Absent: whatever is most alike is found. */
  readonly findFloor?: number;
  /** Whether the package has a mapper: pictures are drawn from the dialogue unless TEXT is asked for. Absent: no. */
  readonly mapsPictures?: boolean;
  /** Whether the mapper also reads what the picture that is changed was drawn from. Absent: no. */
  readonly mapsFromParent?: boolean;
  /**
   * Whether a message that nothing goes before is drawn from its words unless told otherwise, since the package's text encoder
   * reads it better than the mapper does. Absent: no.
   */
  readonly drawsFirstWishFromWords?: boolean;
  /** Habits of GILL's reference code that the package keeps. Absent: none. */
  readonly parity?: readonly ParityHabit[];
}

/** A loaded function. Disposing frees its weights; running requests are aborted first. */
export interface LoadedFunction<Input, Event> extends AsyncDisposable {
  readonly run: FunctionRun<Input, Event>;
  readonly health: () => FunctionHealth;
}

export type LlmFunction = LoadedFunction<LlmInput, LlmEvent>;
export type DiffusionFunction = LoadedFunction<DiffusionInput, DiffusionEvent>;
export type VisionFunction = LoadedFunction<VisionInput, VisionEvent>;
