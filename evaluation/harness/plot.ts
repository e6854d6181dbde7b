// One figure as SVG: a dot and its interval for every condition. Must never cut the axis so that an interval leaves it.
import type { Estimate } from '../metrics/estimate.ts';

export interface PlotRow {
  readonly label: string;
  readonly estimate: Estimate;
}

const labelWidth = 230;
const plotWidth = 420;
const rowHeight = 26;
const top = 40;
const bottom = 36;
const right = 70;
const tickCount = 5;

/** @param title names the metric and which way is better */
export function plotEstimates(title: string, rows: readonly PlotRow[]): string {
  const low = Math.min(...rows.map(({ estimate }) => estimate.low));
  const high = Math.max(...rows.map(({ estimate }) => estimate.high));
  const margin = (high - low) * 0.08 || 0.5; // all equal: any width will do
  const [from, to] = [low - margin, high + margin];
  const x = (value: number): string => (labelWidth + ((value - from) / (to - from)) * plotWidth).toFixed(1);
  const height = top + rows.length * rowHeight + bottom;
  const floor = height - bottom;
  const ticks = Array.from({ length: tickCount }, (_, i) => from + ((to - from) * i) / (tickCount - 1));
  const digits = Math.max(0, 2 - Math.floor(Math.log10(to - from)));

  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${labelWidth + plotWidth + right}" height="${height}" ` +
      `font-family="sans-serif" font-size="13" fill="#222">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${labelWidth}" y="22" font-weight="bold">${escapeXml(title)}</text>`,
    ...ticks.flatMap((tick) => [
      `<line x1="${x(tick)}" x2="${x(tick)}" y1="${top}" y2="${floor}" stroke="#ddd"/>`,
      `<text x="${x(tick)}" y="${floor + 18}" text-anchor="middle" fill="#666">${tick.toFixed(digits)}</text>`,
    ]),
    ...rows.flatMap(({ label, estimate }, i) => {
      const y = top + i * rowHeight + rowHeight / 2;
      return [
        `<text x="${labelWidth - 10}" y="${y + 4}" text-anchor="end">${escapeXml(label)}</text>`,
        `<line x1="${x(estimate.low)}" x2="${x(estimate.high)}" y1="${y}" y2="${y}" stroke="#2a6f97" stroke-width="3"/>`,
        `<circle cx="${x(estimate.value)}" cy="${y}" r="5" fill="#013a63"/>`,
      ];
    }),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
