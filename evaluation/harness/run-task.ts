// Measures every cell of a task that is not measured yet, one after another, and writes the report. Must never mix
// figures of two settings in one folder, and never measure again what a record holds.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import { writePicture } from '../pictures/picture.ts';
import { claimFolder } from './claim-folder.ts';
import { cellKey, type EvaluationRecord } from './records.ts';
import { writeReport } from './report.ts';
import type { Cell, Speed, Task } from './task.ts';

export interface RunOptions {
  /** Folder of the run: settings, records, pictures and report. */
  readonly out: string;
  /** Index of the first item to measure, so that a run can be shared out; items keep their places, and so their noise. */
  readonly first: number;
  /** Items, from that one. */
  readonly limit: number;
  /** Seeds 0 … seeds − 1. */
  readonly seeds: number;
  /** Whether the folder may hold records already. */
  readonly resume: boolean;
  /** Only measure one cell of each condition, and say what all would take. */
  readonly estimateOnly: boolean;
  /** Of intervals and tests. */
  readonly resamples: number;
  readonly say: (line: string) => void;
}

const progressMs = 10_000;

/**
 * @returns the report's file, or undefined when only an estimate was wanted
 * @throws {AppError} CONFLICT when the folder holds another run; the signal's reason when aborted, everything measured kept
 */
export async function runTask(task: Task, options: RunOptions, signal: AbortSignal): Promise<string | undefined> {
  const { out, first, limit, say } = options;
  const seeds = task.seeded ? options.seeds : 1;
  const twice = task.items.find(hasBeenSeen());
  if (twice !== undefined) throw new AppError('INVALID', `two items of the set are called "${twice}"`);
  const items = task.items.slice(first, first + limit);
  if (items.length === 0)
    throw new AppError('INVALID', `there is no item to measure: of ${task.items.length}, from item ${first} on`);
  await using folder = options.estimateOnly ? undefined : await claimFolder(out, { task: task.name, ...task.settings });
  const records = folder?.records ?? { all: new Map<string, EvaluationRecord>() };
  if (records.all.size > 0 && !options.resume) {
    throw new AppError(
      'CONFLICT',
      `${out} holds ${records.all.size} measured cells: pass --resume to go on with them, or another --out`,
    );
  }

  // items are completed one by one, so that a run cut short has whole comparisons
  const cells = items.flatMap((item, i) =>
    task.conditions.flatMap(({ name }) =>
      Array.from({ length: seeds }, (_, seed): Cell => ({ item, index: first + i, condition: name, seed })),
    ),
  );
  const missing = cells.filter((cell) => !records.all.has(cellKey(cell)));
  say(
    `${task.name}: ${items.length} items × ${task.conditions.length} conditions × ${seeds} seeds = ${cells.length} cells, ` +
      `${missing.length} to measure`,
  );
  const prepared = new Set<string>();
  const measure = async (cell: Cell): Promise<MeasuredCell> => {
    if (!prepared.has(cell.condition)) await task.prepare?.(cell.condition, signal);
    prepared.add(cell.condition);
    return measureCell(task, cell, signal);
  };
  if (options.estimateOnly) {
    const budget = createBudget(missing, say);
    for (const cell of firstOfEach(missing)) budget.add(await measure(cell));
    return undefined;
  }

  const budget = createBudget(missing, say);
  const startedAt = performance.now();
  let saidAt = startedAt;
  for (const [done, cell] of missing.entries()) {
    signal.throwIfAborted();
    const { picture, ...measured } = await measure(cell);
    const file = picture && (await keepPicture(out, cell, picture));
    await folder!.records.append({ ...measured, ...(file === undefined ? {} : { picture: file }) });
    budget.add(measured);
    if (performance.now() - saidAt > progressMs) {
      saidAt = performance.now();
      const secondsLeft = ((saidAt - startedAt) / (done + 1) / 1000) * (missing.length - done - 1);
      say(`${done + 1} of ${missing.length} cells, about ${duration(secondsLeft)} left`);
    }
  }
  const wanted = cells.map((cell) => records.all.get(cellKey(cell))!);
  return await writeReport(task, wanted, { out, first, items, seeds, resamples: options.resamples });
}

type MeasuredCell = Omit<EvaluationRecord, 'picture'> & Pick<Awaited<ReturnType<Task['measure']>>, 'picture'>;

async function measureCell(task: Task, cell: Cell, signal: AbortSignal): Promise<MeasuredCell> {
  const { item, condition, seed } = cell;
  const wallBefore = performance.now();
  const cpuBefore = process.cpuUsage();
  const { values, speed, ...made } = await task.measure(cell, signal);
  const cpu = process.cpuUsage(cpuBefore);
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isFinite(value))
      throw new AppError('INTERNAL', `${name} of item ${item} under ${condition} is ${value}, not a number`);
  }
  const wallMs = Math.round(performance.now() - wallBefore);
  const cpuMs = Math.round((cpu.user + cpu.system) / 1000);
  return { item, condition, seed, values, ...(speed && { speed: rounded(speed) }), wallMs, cpuMs, ...made };
}

const rounded = (speed: Speed): Speed =>
  Object.fromEntries(Object.entries(speed).map(([name, ms]: [string, number]) => [name, Math.round(ms)]));

interface Budget {
  /** Speaks once, when a cell of every condition has been added. */
  readonly add: (measured: Pick<EvaluationRecord, 'condition' | 'wallMs' | 'cpuMs'>) => void;
}

/** What all missing cells will take, from the first of each condition. */
function createBudget(missing: readonly Cell[], say: RunOptions['say']): Budget {
  const counts = new Map(
    Map.groupBy(missing, ({ condition }) => condition)
      .entries()
      .map(([condition, cells]) => [condition, cells.length]),
  );
  const added = new Set<string>();
  let [wallMs, cpuMs] = [0, 0];
  return {
    add: (measured) => {
      if (added.has(measured.condition)) return;
      added.add(measured.condition);
      wallMs += measured.wallMs * counts.get(measured.condition)!;
      cpuMs += measured.cpuMs * counts.get(measured.condition)!;
      if (added.size < counts.size) return;
      const [wall, cpu] = [wallMs, cpuMs].map((ms) => duration(ms / 1000));
      say(`budget by the first cell of each condition: about ${wall!} for ${missing.length} cells, ${cpu!} of CPU`);
    },
  };
}

const firstOfEach = (cells: readonly Cell[]): Cell[] =>
  Array.from(Map.groupBy(cells, ({ condition }) => condition).values(), (group) => group[0]!);

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

async function keepPicture(
  out: string,
  { index, condition, seed }: Cell,
  picture: NonNullable<MeasuredCell['picture']>,
) {
  const folder = path.join('pictures', condition);
  await mkdir(path.join(out, folder), { recursive: true });
  // by index: names of items are the data set's and may be no file names
  const file = path.join(folder, `${String(index).padStart(5, '0')}-${seed}.png`);
  await writePicture(path.join(out, file), picture);
  return file;
}

/** @returns whether it was asked of the name before */
function hasBeenSeen(): (name: string) => boolean {
  const seen = new Set<string>();
  return (name) => seen.size === seen.add(name).size;
}
