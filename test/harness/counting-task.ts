// A task whose cells are numbers made of their names, for tests of the harness; run as a program it measures it into a
// folder and is killed in the middle: node test/harness/counting-task.ts <folder> <cells before the kill>.
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { runTask, type RunOptions } from '../../evaluation/harness/run-task.ts';
import type { Cell, Task } from '../../evaluation/harness/task.ts';
import { formulaPicture, uniform } from './formula.ts';

export interface CountingTask extends Task {
  readonly measured: readonly Cell[];
  readonly prepared: readonly string[];
}

/** @param before is called ahead of every measurement */
export function countingTask(before: (count: number) => void = () => undefined): CountingTask {
  const measured: Cell[] = [];
  const prepared: string[] = [];
  const plain = { transform: 'none', source: 'the names of the cell' } as const;
  return {
    name: 'Counting',
    settings: { of: 'cells' },
    items: Array.from({ length: 9 }, (_, i) => `item/${i} "ü"`),
    conditions: [
      { name: 'plain', description: 'numbers' },
      { name: 'better', description: 'larger numbers' },
    ],
    metrics: [
      { name: 'score', numerator: 'score', better: 'higher', ...plain },
      { name: 'loss', numerator: 'loss', denominator: 'tokens', better: 'lower', ...plain, transform: 'exp' },
      {
        name: 'mean of two',
        over: ['left', 'right'],
        numerator: 'hits',
        denominator: 'shots',
        better: 'higher',
        ...plain,
      },
    ],
    contrasts: [
      { a: 'better', b: 'plain', question: 'Is it better?' },
      { a: 'better', b: 'plain', beyond: { a: 'plain', b: 'plain' }, question: 'By more than nothing?', claim: 'H9' },
    ],
    seeded: true,
    measured,
    prepared,
    prepare: (condition) => {
      prepared.push(condition);
      return Promise.resolve();
    },
    measure: (cell) => {
      before(measured.length);
      measured.push(cell);
      const { index, condition, seed } = cell;
      const score = uniform(index * 7 + seed, 1)[0]! + (condition === 'better' ? 0.9 : 0);
      const shots = { 'left hits': 1, 'left shots': 2, 'right hits': index, 'right shots': 8 };
      const values = { score, loss: 3 - score, tokens: 2 + index, ...shots };
      const speed = { firstTokenMs: index + 0.4, modelCpuMs: 7 };
      return Promise.resolve({ values, picture: formulaPicture(index * 10 + seed, 16), said: `${index}`, speed });
    },
    truth: (item) => Promise.resolve(formulaPicture(item.length, 16)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

export const countingOptions = (out: string, change: Partial<RunOptions> = {}): RunOptions => ({
  out,
  first: 0,
  limit: Infinity,
  seeds: 2,
  resume: false,
  estimateOnly: false,
  resamples: 200,
  say: () => undefined,
  ...change,
});

if (import.meta.main) {
  const [out, cells] = process.argv.slice(2) as [string, string];
  const task = countingTask((count) => {
    if (count < Number(cells)) return;
    appendFileSync(path.join(out, 'records.jsonl'), '{"item":"item/4 \\"ü'); // a line cut short, as by a full disk or a power cut
    process.kill(process.pid, 'SIGKILL');
  });
  await runTask(task, countingOptions(out), new AbortController().signal);
}
