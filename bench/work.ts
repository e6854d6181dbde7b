// What each engine is asked to do, and how it answers: one JSON line on stdout. Must be the same for all of them.

export interface Work {
  readonly name: string;
  /** Replies at once. */
  readonly sequences: number;
  /** Tokens of each prompt. */
  readonly promptTokens: number;
  /** Tokens written behind each. */
  readonly tokens: number;
  /** What its figure says, in tokens a second: reading the prompt, or writing behind it. */
  readonly of: 'prefill' | 'decode';
}

export interface Measured {
  /** Until the first token of a warm engine: the prompt is read. */
  readonly firstMs: number;
  /** Median time between tokens of one reply. */
  readonly tokenMs: number;
  /** All replies together, from the last one's first token to the first one's end. */
  readonly tokensPerSecond: number;
}

export const works = {
  'decode-128': { name: 'decode, 1 sequence, context 128', sequences: 1, promptTokens: 128, tokens: 128, of: 'decode' },
  'decode-900': { name: 'decode, 1 sequence, context 900', sequences: 1, promptTokens: 900, tokens: 64, of: 'decode' },
  batch: { name: 'decode, 16 sequences, aggregate', sequences: 16, promptTokens: 32, tokens: 64, of: 'decode' },
  prefill: { name: 'prefill 512', sequences: 1, promptTokens: 512, tokens: 4, of: 'prefill' },
} as const satisfies Readonly<Record<string, Work>>;

export type WorkId = keyof typeof works;

/** @throws {Error} when no work has that name */
export function workOf(id: string | undefined): Work {
  const work = Object.entries(works).find(([each]) => each === id)?.[1];
  if (!work) throw new Error(`there is no work ${id}: ${Object.keys(works).join(', ')}`);
  return work;
}

export const weightsFile = new URL('../models/storybook/smollm2-135m-instruct.q4_1.gguf', import.meta.url).pathname;
/** Of each engine that asks how many; fewer only to try something beside other work, where threads that wait for each other starve. */
export const threads = Number(process.env['BENCH_THREADS'] ?? 2);

/** Ordinary tokens, other ones for each sequence and round, so that nothing is reused. */
export const promptOf = (work: Work, sequence: number, round: number): number[] =>
  Array.from({ length: work.promptTokens }, (_, i) => 300 + ((i * 31 + sequence * 977 + round * 4_001) % 40_000));

/** @param arrivals when each token of each sequence came @param startedAt when the prompts were given */
export function measure(arrivals: readonly (readonly number[])[], startedAt: number): Measured {
  const gaps = arrivals.flatMap((times) => times.slice(1).map((at, i) => at - times[i]!));
  const from = Math.max(...arrivals.map((times) => times[0]!));
  const to = Math.min(...arrivals.map((times) => times.at(-1)!));
  const between = arrivals.flat().filter((at) => at > from && at <= to).length;
  return {
    firstMs: arrivals[0]![0]! - startedAt,
    tokenMs: median(gaps),
    tokensPerSecond: (between * 1000) / (to - from),
  };
}

/** The figure of a work that its row is about, in tokens a second. */
export function figureOf(work: Work, { firstMs, tokenMs, tokensPerSecond }: Measured): number {
  if (work.of === 'prefill') return (work.promptTokens * 1000) / firstMs;
  return work.sequences === 1 ? 1000 / tokenMs : tokensPerSecond;
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
