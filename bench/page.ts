// The page that the measurements write: each replaces what stands between its own marks in docs/performance.md, and its pictures.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { circumstances } from './clock.ts';
import type { Part } from './figures.ts';

const docs = path.resolve(import.meta.dirname, '../docs');
const page = path.join(docs, 'performance.md');

export function writePart(name: string, { text, charts = {} }: Part): void {
  for (const [file, svg] of Object.entries(charts)) writeFileSync(path.join(docs, 'images', file), svg);
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const before = readFileSync(page, 'utf8');
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}: ${begin} … ${end}`);
  writeFileSync(
    page,
    `${before.slice(0, from + begin.length)}\n${circumstances()}\n\n${text.trim()}\n\n${before.slice(to)}`,
  );
}

export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
