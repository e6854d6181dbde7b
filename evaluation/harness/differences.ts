// The tables of paired differences: first what was written down before the run, with how its interval lies, then the rest. Must
// never say that a hypothesis holds: that takes the run and the measures that docs/evaluation.md asks for.
import type { Comparison } from '../metrics/estimate.ts';
import type { Summary } from './summary.ts';
import type { Contrast, Metric } from './task.ts';

export const digits = 4;
export const arrow = ({ better }: Metric): string => ({ higher: ' ↑', lower: ' ↓', neither: '' })[better];

/** Markdown; nothing where nothing was compared. */
export function differenceLines(summaries: readonly Summary[]): string[] {
  const found = summaries.flatMap(({ metric, comparisons }) =>
    metric.better === 'neither' ? [] : comparisons.map((each) => ({ metric, ...each })),
  );
  if (found.length === 0) return [];
  const [claims, others] = [true, false].map((isClaim) =>
    found.filter(({ contrast }) => (contrast.claim !== undefined) === isClaim),
  ) as [typeof found, typeof found];
  const byClaim = [...Map.groupBy(claims, ({ contrast }) => contrast.claim).values()].flat();
  const table = (title: string, rows: typeof found): string[] =>
    rows.length === 0
      ? []
      : [
          `### ${title}`,
          '',
          '| question | difference | metric | value | p | items | interval |',
          `|${' --- |'.repeat(7)}`,
          ...rows.map(({ metric, contrast, comparison }) => rowText(metric, contrast, comparison)),
          '',
        ];
  return [
    '## Paired differences',
    'The interval lies on the side of the first condition (`for`), on the other (`against`), or holds 0 (`open`).',
    '',
    ...table('Written down before the run (docs/evaluation.md says what of, and on which measures)', byClaim),
    ...table(byClaim.length > 0 ? 'The others' : 'All', others),
  ];
}

function rowText(metric: Metric, contrast: Contrast, comparison: Comparison): string {
  const { value, low, high, p, items } = comparison;
  const cells = [
    contrast.claim === undefined ? contrast.question : `**${contrast.claim}** ${contrast.question}`,
    differenceText(contrast),
    `${metric.name}${arrow(metric)}`,
    `${signed(value)} [${signed(low)}, ${signed(high)}]`,
    p < 0.001 ? '< .001' : p.toFixed(3),
    items,
    readInterval(metric, comparison),
  ];
  return `| ${cells.join(' | ')} |`;
}

const differenceText = ({ a, b, beyond }: Contrast): string => {
  const difference = `\`${a}\` − \`${b}\``;
  return beyond ? `(${difference}) − (\`${beyond.a}\` − \`${beyond.b}\`)` : difference;
};

function readInterval({ better }: Metric, { low, high }: Comparison): 'for' | 'against' | 'open' {
  if (low <= 0 && high >= 0) return 'open';
  return low > 0 === (better === 'higher') ? 'for' : 'against';
}

const signed = (value: number): string => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(digits);
