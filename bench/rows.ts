// The rows of the table: who is compared with whom on what, and what has to be reached (issue 7). Of several formats of a peer the one that
// is fastest at this very work counts.
import { loadavg } from 'node:os';
import type { DecoderShape } from '../functions/llm/decoder-graph.ts';
import { competitors, named, ours, sameFile } from './competitors.ts';
import { ask, inTurn, whileBusy, type Figures } from './in-turn.ts';
import { decoderBytes } from './memory.ts';
import type { Drawn } from './picture.ts';
import { python } from './prepare.ts';
import { figureOf, works, type Measured, type Work, type WorkId } from './work.ts';

export interface Row {
  readonly what: string;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: 'tokens/s' | 'ms';
  /** Whom ours is beside, by the name under which its quality is known. */
  readonly against: string;
  readonly target: string;
  /** Shares of what reading memory alone would allow. */
  readonly limits?: readonly [ours: number, theirs: number];
  readonly load: number;
}

interface Comparison {
  readonly against: readonly string[];
  readonly target: string;
}

interface Section {
  readonly work: WorkId;
  readonly busy?: boolean;
  readonly comparisons: readonly Comparison[];
}

const llama = named('node-llama-cpp');
export const sections: Readonly<Record<string, Section>> = {
  'decode-128': {
    work: 'decode-128',
    comparisons: [
      { against: [sameFile], target: '≥ 1.5×' },
      { against: llama, target: '≥ 1.1×' },
    ],
  },
  'decode-900': {
    work: 'decode-900',
    comparisons: [
      { against: [sameFile], target: '≥ 1.4×' },
      { against: llama, target: '≥ 1.1×' },
      { against: named('transformers.js'), target: '≥ 3×' },
    ],
  },
  batch: { work: 'batch', comparisons: [{ against: [sameFile], target: '≥ 5×' }] },
  prefill: {
    work: 'prefill',
    comparisons: [
      { against: [sameFile], target: '≥ 2×' },
      { against: llama, target: '≥ 1.2×' },
    ],
  },
  'busy-128': { work: 'decode-128', busy: true, comparisons: [{ against: [sameFile], target: '≥ 2×' }] },
  'busy-900': { work: 'decode-900', busy: true, comparisons: [{ against: [sameFile], target: '≥ 2×' }] },
};

export interface Result {
  readonly rows: readonly Row[];
  /** What every competitor reached, the slower formats too. */
  readonly figures: Readonly<Record<string, Figures>>;
}

/** @param bytesPerMs what memory gives */
export function measureSection(section: Section, rounds: number, shape: DecoderShape, bytesPerMs: number): Result {
  const work: Work = works[section.work];
  const all = new Set([ours, ...section.comparisons.flatMap(({ against }) => against)]);
  const contestants = Object.fromEntries(
    [...all].map((name) => [
      name,
      () => figureOf(work, ask(process.execPath, competitors[name]!.run(section.work)) as Measured),
    ]),
  );
  const figures = section.busy ? whileBusy(() => inTurn(rounds, contestants)) : inTurn(rounds, contestants);
  const share = (name: string): number =>
    (figures[name]!.median * bytesOfToken(name, work, shape)) / (1000 * bytesPerMs);
  const rows = section.comparisons.map(({ against, target }): Row => {
    const fastest = against.toSorted((a, b) => figures[b]!.median - figures[a]!.median)[0]!;
    return {
      what: `${work.name}${section.busy ? ', both cores busy' : ''}`,
      ours: figures[ours]!.median,
      theirs: figures[fastest]!.median,
      unit: 'tokens/s',
      against: fastest,
      target,
      ...(work.of === 'decode' && { limits: [share(ours), share(fastest)] as const }),
      load: loadavg()[0]!,
    };
  });
  return { rows, figures };
}

/** Read for one token: its share of the weights that a pass reads once for all replies, and the keys and values before it. */
function bytesOfToken(name: string, { sequences, promptTokens, tokens }: Work, shape: DecoderShape): number {
  const [inBlocks, inEmbedding, inCache] = competitors[name]!.bytes;
  const { layers, keyValueHeads, headWidth } = shape;
  const position = 2 * layers * keyValueHeads * headWidth * inCache;
  return decoderBytes(shape, inBlocks, inEmbedding) / sequences + (promptTokens + tokens / 2) * position;
}

const torch = ['fp32', 'bf16', 'bf16-weights'];

/** Pictures of ours and of PyTorch, alone or with our engine writing text beside both. */
export function measurePictures(withText: boolean, rounds: number): Result {
  const speeds: Record<string, number[]> = {};
  const drawing = (name: string, program: string, given: readonly string[]) => (): number => {
    const { pictureMs, tokensPerSecond } = ask(program, given) as Drawn;
    (speeds[name] ??= []).push(tokensPerSecond ?? 0);
    return pictureMs;
  };
  const script = (name: string): string => `${import.meta.dirname}/${name}`;
  const contestants = {
    [ours]: drawing(ours, process.execPath, [script('picture.ts'), ...(withText ? ['text'] : [])]),
    ...Object.fromEntries(
      torch.map((kind) => {
        const name = `PyTorch ${kind}`;
        const draw = [script('draw-with-torch.py'), kind];
        return [
          name,
          withText
            ? drawing(name, process.execPath, [script('beside-text.ts'), python, ...draw])
            : drawing(name, python, draw),
        ];
      }),
    ),
  };
  const figures = inTurn(rounds, contestants);
  const fastest = Object.keys(contestants)
    .filter((name) => name !== ours)
    .toSorted((a, b) => figures[a]!.median - figures[b]!.median)[0]!;
  const speed = (name: string): string => speeds[name]!.toSorted((a, b) => a - b)[rounds >> 1]!.toFixed(0);
  const text = `, text running (${speed(ours)} and ${speed(fastest)} tokens/s)`;
  const row: Row = {
    what: `one picture${withText ? text : ', alone'}`,
    ours: figures[ours]!.median,
    theirs: figures[fastest]!.median,
    unit: 'ms',
    against: fastest,
    target: '≤ 0.67×',
    load: loadavg()[0]!,
  };
  return { rows: [row], figures };
}
