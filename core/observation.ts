// What the parts tell of their work as it happens, for whoever measures. Must stay plain facts in plain units: names of
// metrics and what is done with them belong to infra/telemetry.

export type Observation =
  /** A prompt found its slot; so many of its items need not be computed. */
  | { readonly kind: 'prompt'; readonly items: number; readonly cachedItems: number }
  /** One pass over a chunk of a prompt. */
  | { readonly kind: 'read'; readonly items: number; readonly ms: number }
  /** One pass over one token of each of `rows` replies. */
  | { readonly kind: 'step'; readonly rows: number; readonly ms: number }
  /** State of the language engine after a round. */
  | {
      readonly kind: 'slots';
      readonly total: number;
      readonly active: number;
      readonly waiting: number;
      /** Positions that active replies hold, of `totalPositions`. */
      readonly positions: number;
      readonly totalPositions: number;
      /** Copies of prompts that were read, for reuse. */
      readonly keptBytes: number;
    }
  /** A job found a worker, so long after it was made. */
  | { readonly kind: 'claim'; readonly job: string; readonly waitedMs: number }
  /** `outcome`: finished, lost, retry or broken. */
  | { readonly kind: 'jobEnd'; readonly job: string; readonly outcome: string; readonly ms: number }
  /** From the start of a reply's attempt to its first text. */
  | { readonly kind: 'firstText'; readonly ms: number }
  /** Tokens of a reply behind its first text, and the time they took. */
  | { readonly kind: 'written'; readonly tokens: number; readonly ms: number }
  /** One call of a picture's network. */
  | { readonly kind: 'pictureCall'; readonly ms: number }
  /** From an event's transaction to the moment when the API has it for its readers. */
  | { readonly kind: 'eventLag'; readonly ms: number };

export type Observe = (observation: Observation) => void;
