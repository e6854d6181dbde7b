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
    };

export type Observe = (observation: Observation) => void;
