// How long a run's cells took and how fast the model was, apart from the report: times differ from run to run.
import os from 'node:os';
import type { EvaluationRecord } from './records.ts';
import type { Task } from './task.ts';

/** Markdown, with machine and date. */
export function speedReport(task: Task, records: readonly EvaluationRecord[]): string {
  const lines = [
    `# Speed of ${task.name}`,
    '',
    `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.availableParallelism()} cores, Node ${process.version}, ` +
      `report written ${new Date().toISOString().slice(0, 10)}. Medians over cells. A cell is one measurement, its metrics included; ` +
      'the model’s own times begin with the question, its text and its picture made one after the other.',
    '',
    '| condition | cells | first token ms | first preview ms | first picture ms | CPU ms of the model | ms a cell | CPU ms a cell | CPU s in all |',
    `|${' --- |'.repeat(9)}`,
    ...task.conditions.map(({ name }) => {
      const mine = records.filter(({ condition }) => condition === name);
      const speeds = (['firstTokenMs', 'firstPreviewMs', 'firstPictureMs', 'modelCpuMs'] as const).map((part) =>
        median(mine.flatMap(({ speed }) => speed?.[part] ?? [])),
      );
      const cells = [median(mine.map(({ wallMs }) => wallMs)), median(mine.map(({ cpuMs }) => cpuMs))];
      const cpu = mine.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 1000;
      return `| \`${name}\` | ${[mine.length, ...speeds, ...cells, cpu.toFixed(1)].join(' | ')} |`;
    }),
    '',
  ];
  return lines.join('\n');
}

const median = (values: readonly number[]): number | string =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? '–';
