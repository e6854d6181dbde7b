// Habits of GILL's reference code that are done otherwise here, so that both can be compared (docs/parity.md). Must never be on
// unless a package says so.

export const parityHabits = [
  /** The gate's logit is made positive and multiplied, where the bias is above 0; below it does nothing. */
  'absolute-logit',
  /** Stop tokens are none: the first line break ends a reply, unless it is the reply's first character. */
  'line-break-ends',
  /** A picture stands behind the first full stop, whatever it is the stop of; no other mark ends a sentence. */
  'full-stop-places',
  /** Nothing is said behind a picture. */
  'picture-ends',
  /** Pictures that earlier replies showed are found again. */
  'finds-again',
  /** The model sees nothing of a picture that the assistant showed but its `[IMG]` rows, and draws from none of them. */
  'words-only',
  /** Where nothing can be found, drawing is chosen at a probability of 0. */
  'contradicts-choice',
  /** In the paper's layout every text has the begin token, not the first alone. */
  'begins-every-text',
] as const;

export type ParityHabit = (typeof parityHabits)[number];

export const isParityHabit = (name: unknown): name is ParityHabit =>
  (parityHabits as readonly unknown[]).includes(name);
