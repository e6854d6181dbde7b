// What the harness runs: a task gives items, the conditions under which each is measured, and how to measure one cell of
// that table. Must never know of records, reports or of the run it is part of.
import type { Transform } from '../metrics/estimate.ts';
import type { Picture } from '../pictures/picture.ts';

/** A figure of the report: Σ numerator / Σ denominator over items, by names of measured values. */
export interface Metric {
  readonly name: string;
  readonly numerator: string;
  /** Without it every cell counts 1. */
  readonly denominator?: string;
  /** The figure is the mean of as many ratios, each of values whose names begin so: macro-averages. */
  readonly over?: readonly string[];
  readonly transform: Transform;
  /** `neither` for what only describes the cells. */
  readonly better: 'higher' | 'lower' | 'neither';
  /** What gives the numbers, with the digest of its weights. */
  readonly source: string;
}

export interface Condition {
  readonly name: string;
  readonly description: string;
}

/** `a` minus `b`, item by item. */
export interface Contrast {
  readonly a: string;
  readonly b: string;
  /** By how much that is more than `a` minus `b` of these. */
  readonly beyond?: { readonly a: string; readonly b: string };
  readonly question: string;
  /** The name of what was written down before the run (docs/evaluation.md) that this decides. */
  readonly claim?: string;
}

export const namesOf = ({ a, b, beyond }: Contrast): readonly string[] => [
  a,
  b,
  ...(beyond ? [beyond.a, beyond.b] : []),
];

export interface Cell {
  readonly item: string;
  /** Of the item among all. */
  readonly index: number;
  readonly condition: string;
  readonly seed: number;
}

/** How fast the model was, metrics apart. What it does not do is absent. */
export interface Speed {
  /** From the question on. Text and picture of a cell are made one after the other, so neither slows the other. */
  readonly firstTokenMs?: number;
  readonly firstPreviewMs?: number;
  readonly firstPictureMs?: number;
  /** Over all cores. */
  readonly modelCpuMs?: number;
}

export interface Measured {
  readonly values: Readonly<Record<string, number>>;
  readonly picture?: Picture;
  /** What the language model said, to be read by people. */
  readonly said?: string;
  readonly speed?: Speed;
}

export interface Task extends AsyncDisposable {
  readonly name: string;
  /** All that decides what a cell gives: the run's identity, and the head of its report. */
  readonly settings: Readonly<Record<string, string | number>>;
  readonly items: readonly string[];
  readonly conditions: readonly Condition[];
  readonly metrics: readonly Metric[];
  readonly contrasts: readonly Contrast[];
  /** False where seeds change nothing. */
  readonly seeded: boolean;
  /** Before the first cell of a condition, outside of its time. */
  readonly prepare?: (condition: string, signal: AbortSignal) => Promise<void>;
  readonly measure: (cell: Cell, signal: AbortSignal) => Promise<Measured>;
  /** The true picture, for the contact sheet. */
  readonly truth?: (item: string) => Promise<Picture>;
}
