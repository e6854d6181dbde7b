// Writes what a run found: report.md with tables, plots and a contact sheet, and speed.md. Must never hold a time or a
// date in report.md: the same cells give the same file, whenever and in how many pieces they were measured.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readPicture, type Picture } from '../pictures/picture.ts';
import { writeContactSheet } from './contact-sheet.ts';
import { arrow, differenceLines, digits } from './differences.ts';
import { plotEstimates } from './plot.ts';
import { cellKey, type EvaluationRecord } from './records.ts';
import { summarise, type Summary } from './summary.ts';
import { speedReport } from './speed-report.ts';
import type { Condition, Task } from './task.ts';

export interface ReportOptions {
  readonly out: string;
  /** Place of the first of these items among all of the set. */
  readonly first: number;
  readonly items: readonly string[];
  readonly seeds: number;
  readonly resamples: number;
}

const sheetItems = 12;

/** @returns the path of report.md */
export async function writeReport(
  task: Task,
  records: readonly EvaluationRecord[],
  options: ReportOptions,
): Promise<string> {
  const { out, first, items, seeds, resamples } = options;
  const summaries = summarise(task, records, items, resamples);
  const plots = await writePlots(out, summaries);
  const sheet = await writeSheet(task, records, options);
  const lines = [
    `# ${task.name}`,
    '',
    `${items.length} items${first === 0 ? '' : ` from item ${first} on, counted from 0`}, ${seeds === 1 ? 'one seed' : `${seeds} seeds`}. Brackets are 95 % bootstrap intervals over items (${resamples} ` +
      'resamples, percentile method); p is a paired permutation test, two-sided, not corrected for the number of tests.',
    '',
    '| setting | value |',
    '| --- | --- |',
    ...Object.entries(task.settings).map(([name, value]) => `| ${name} | ${cellText(value)} |`),
    '',
    '## Conditions',
    ...task.conditions.map(({ name, description }) => `- \`${name}\`: ${description}`),
    '',
    '## Figures',
    '',
    `| condition | ${summaries.map(({ metric }) => `${metric.name}${arrow(metric)}`).join(' | ')} |`,
    `| --- |${' --- |'.repeat(summaries.length)}`,
    ...task.conditions.map(
      ({ name }, i) =>
        `| \`${name}\` | ${summaries.map(({ estimates }) => estimateText(estimates[i]!.estimate, items.length)).join(' | ')} |`,
    ),
    '',
    ...task.metrics.map(({ name, source }) => `- ${name}: ${source}`),
    '',
    ...plots.map(({ name, file }) => `![${name}](${file})`),
    '',
    ...differenceLines(summaries),
    ...(sheet === undefined
      ? []
      : [
          '## Contact sheet',
          `The first ${Math.min(sheetItems, items.length)} items, first seed; columns: the true picture, ` +
            `${drawnConditions(task, records)
              .map(({ name }) => `\`${name}\``)
              .join(', ')}.`,
          '',
          `![contact sheet](${sheet})`,
          '',
        ]),
  ];
  const file = path.join(out, 'report.md');
  await writeFile(file, lines.join('\n'));
  await writeFile(path.join(out, 'speed.md'), speedReport(task, records));
  return file;
}

async function writePlots(
  out: string,
  summaries: readonly Summary[],
): Promise<readonly { readonly name: string; readonly file: string }[]> {
  await mkdir(path.join(out, 'plots'), { recursive: true });
  const written = summaries.map(async ({ metric, estimates }) => {
    const rows = estimates.flatMap(({ condition, estimate }) => (estimate ? [{ label: condition, estimate }] : []));
    if (rows.length === 0) return [];
    const file = `plots/${metric.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.svg`;
    await writeFile(path.join(out, file), plotEstimates(`${metric.name}${arrow(metric)}`, rows));
    return [{ name: metric.name, file }];
  });
  return (await Promise.all(written)).flat();
}

async function writeSheet(
  task: Task,
  records: readonly EvaluationRecord[],
  { out, items }: ReportOptions,
): Promise<string | undefined> {
  const { truth } = task;
  if (!truth) return undefined;
  const byKey = new Map(records.map((record) => [cellKey(record), record]));
  const conditions = drawnConditions(task, records);
  const rows = items.slice(0, sheetItems).map(async (item) => {
    const drawn = conditions.map(async ({ name }): Promise<Picture | undefined> => {
      const drawnFile = byKey.get(cellKey({ item, condition: name, seed: 0 }))?.picture;
      // records that are kept without their pictures still make a report
      const there = drawnFile !== undefined && existsSync(path.join(out, drawnFile));
      return there ? readPicture(path.join(out, drawnFile)) : undefined;
    });
    return [await truth(item), ...(await Promise.all(drawn))];
  });
  const file = 'contact-sheet.png';
  await writeContactSheet(path.join(out, file), await Promise.all(rows));
  return file;
}

/** Those that have pictures. */
function drawnConditions({ conditions }: Task, records: readonly EvaluationRecord[]): readonly Condition[] {
  const drawn = new Set(records.filter(({ picture }) => picture !== undefined).map(({ condition }) => condition));
  return conditions.filter(({ name }) => drawn.has(name));
}

const cellText = (value: string | number): string => String(value).replaceAll('|', '\\|');
/** @param all items of the run: a figure that fewer of them have says how many */
function estimateText(found: Summary['estimates'][number]['estimate'], all: number): string {
  if (!found) return '–';
  const [value, low, high] = [found.value, found.low, found.high].map((each) => each.toFixed(digits).replace('-', '−'));
  return `${value!} [${low!}, ${high!}]${found.items < all ? ` (${found.items} items)` : ''}`;
}
