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
  readonly question: string;
}

export interface Cell {
  readonly item: string;
  /** Of the item among all. */
  readonly index: number;
  readonly condition: string;
  readonly seed: number;
}

export interface Measured {
  readonly values: Readonly<Record<string, number>>;
  readonly picture?: Picture;
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
  readonly measure: (cell: Cell, signal: AbortSignal) => Promise<Measured>;
  /** The true picture, for the contact sheet. */
  readonly truth?: (item: string) => Promise<Picture>;
}
