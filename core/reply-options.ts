// How a reply is made, every default filled in, as stored on the message; and the recipe of a picture. Both are JSON in
// one column, so a field added later must have a default where it is read.

export interface ReplyOptions {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly repetitionPenalty: number;
  /** Unsigned 64-bit integer in decimal. */
  readonly seed: string;
  readonly images: 'ALWAYS' | 'NEVER';
  readonly image: ImageOptions;
}

export interface ImageOptions {
  readonly sampler: string;
  readonly steps: number;
  readonly guidance: number;
  /** Unsigned 64-bit integer in decimal. */
  readonly seed: string;
  readonly width: number;
  readonly height: number;
}

/** Everything needed to draw the same picture again. */
export interface Recipe extends ImageOptions {
  readonly conditioning: 'TEXT';
  /** What TEXT encodes: the words of the viewer's message. */
  readonly words: string;
  /** The rest is known once drawing has started. */
  readonly conditioningDigest?: string;
  readonly model?: string;
  readonly modelDigest?: string;
  readonly executionProvider?: string;
}

/** Why something ended without a result, as stored. */
export interface Failure {
  readonly code:
    'MODEL_UNAVAILABLE' | 'CONTEXT_TOO_LONG' | 'DEADLINE_EXCEEDED' | 'UPLOAD_REJECTED' | 'STORAGE' | 'INTERNAL';
  readonly message: string;
  readonly retryable: boolean;
}
