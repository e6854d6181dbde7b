// A line chart as SVG, readable on a light and on a dark page. Must never need a script or a font of its own.

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** What would be possible, not what was measured. */
  readonly isLimit?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
  /** Places on the x axis that are marked; the axis is logarithmic. */
  readonly ticks: readonly number[];
}

const [width, height] = [720, 400];
const frame = { left: 64, right: 150, top: 48, bottom: 52 };
const colours = ['#2563eb', '#d97706', '#059669', '#9333ea'];

export function drawChart({ title, x, y, lines, ticks }: Chart): string {
  const highest = niceAbove(Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value))));
  const [first, last] = [Math.log(ticks[0]!), Math.log(ticks.at(-1)!)];
  const atX = (value: number): number =>
    frame.left + ((Math.log(value) - first) / (last - first)) * (width - frame.left - frame.right);
  const atY = (value: number): number =>
    height - frame.bottom - (value / highest) * (height - frame.top - frame.bottom);
  const text = (at: readonly [number, number], content: string, anchor: string, more = ''): string =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}"${more}>${escape(content)}</text>`;
  const right = width - frame.right;

  const grid = Array.from({ length: 5 }, (_, i) => (highest * i) / 4).flatMap((value) => [
    `<line class="grid" x1="${frame.left}" x2="${right}" y1="${atY(value).toFixed(1)}" y2="${atY(value).toFixed(1)}"/>`,
    text([frame.left - 8, atY(value) + 4], format(value), 'end'),
  ]);
  const marks = ticks.map((value) => text([atX(value), height - frame.bottom + 20], format(value), 'middle'));
  const drawn = spreadLabels(lines, atY).flatMap(({ line: { label, points, isLimit }, labelY }, i) => {
    const colour = colours[i % colours.length]!;
    const path = points.map(([px, py]) => `${atX(px).toFixed(1)},${atY(py).toFixed(1)}`).join(' ');
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${isLimit ? ' stroke-dasharray="6 5"' : ''}/>`,
      ...(isLimit
        ? []
        : points.map(
            ([px, py]) => `<circle cx="${atX(px).toFixed(1)}" cy="${atY(py).toFixed(1)}" r="3.5" fill="${colour}"/>`,
          )),
      text([right + 8, labelY], label, 'start', ` style="fill:${colour}"`),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<style>text{font:13px system-ui,sans-serif;fill:#444}.title{font-size:15px;font-weight:600}.grid{stroke:#8884}@media(prefers-color-scheme:dark){text{fill:#ccc}}</style>
${[
  text([frame.left, 24], title, 'start', ' class="title"'),
  ...grid,
  ...marks,
  text([(frame.left + right) / 2, height - 12], x, 'middle'),
  text([frame.left, 40], y, 'start'),
  ...drawn,
].join('\n')}
</svg>
`;
}

/** Labels beside the ends of their lines, none on another. */
function spreadLabels(
  lines: readonly Line[],
  atY: (value: number) => number,
): readonly { readonly line: Line; readonly labelY: number }[] {
  const placed = lines.map((line) => ({ line, labelY: atY(line.points.at(-1)![1]) + 4 }));
  const order = placed.toSorted((a, b) => a.labelY - b.labelY);
  for (const [i, each] of order.entries()) if (i > 0) each.labelY = Math.max(each.labelY, order[i - 1]!.labelY + 16);
  return placed;
}

function niceAbove(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 8, 10].map((factor) => factor * unit).find((nice) => nice >= value)!;
}

const format = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 2 });
const escape = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
