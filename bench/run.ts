// `npm --prefix bench start [-- rounds [section …]]`: our engine beside what a user would pick instead, on the same weights, in turn, each in a
// process of its own; medians over the rounds. One table, with the machine's load. Must never compare a format without its quality.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { machineName } from '../test/drill/machine-name.ts';
import { parseGguf } from '../functions/engine/gguf.ts';
import { readDecoderShape } from '../functions/llm/decoder-graph.ts';
import type { Bandwidth } from './bandwidth.ts';
import { competitors, ours } from './competitors.ts';
import { ask } from './in-turn.ts';
import { preparePeers } from './prepare.ts';
import type { Quality } from './quality.ts';
import { measurePictures, measureSection, sections, type Result, type Row } from './rows.ts';
import { weightsFile } from './work.ts';

const rounds = Number(process.argv[2] ?? 5);
const wanted = process.argv.slice(3);
const script = (name: string): string => `${import.meta.dirname}/${name}`;
const shape = readDecoderShape(parseGguf(readFileSync(weightsFile)));

preparePeers();
const { bytesPerMs } = ask(process.execPath, [script('bandwidth.ts')]) as Bandwidth;

const measures: Record<string, () => Result> = {
  ...Object.fromEntries(
    Object.entries(sections).map(([id, section]) => [id, () => measureSection(section, rounds, shape, bytesPerMs)]),
  ),
  picture: () => measurePictures(false, rounds),
  'picture-text': () => measurePictures(true, rounds),
};
const loadBefore = loadavg()[0]!;
const results: Result[] = [];
for (const id of wanted.length > 0 ? wanted : Object.keys(measures)) {
  const measure = measures[id];
  if (!measure) throw new Error(`there is no section ${id}: ${Object.keys(measures).join(', ')}`);
  const result = measure();
  results.push(result);
  console.error(`${id}: ${listed(result)}`);
}
const rows = results.flatMap((result) => result.rows);
const judged = [...new Set([ours, ...rows.map(({ against }) => against)])].filter((name) => name in competitors);
// no clock is read here, so that a busy machine only makes it longer
const qualityMs = 4 * 3_600_000;
const quality =
  judged.length > 1
    ? (ask(process.execPath, [script('quality.ts'), ...judged], qualityMs) as Record<string, Quality>)
    : {};

const positions = Object.values(quality)[0]?.positions ?? 0;
console.log(`
${new Date().toISOString().slice(0, 10)}, ${machineName()}, load ${loadBefore.toFixed(1)} before; ${rounds} rounds, medians. The same weights on both sides; ours
in int8. KL is to float32 of these weights over ${positions} positions, each engine with its own kernels; behind it how often the likeliest
token is the same. Memory: bytes that a token reads, over the ${(bytesPerMs / 1e6).toFixed(1)} GB/s measured, as a share of the time it takes.

| work | ours | theirs | against | ratio | target | KL: ours | theirs | memory: ours | theirs | load |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map(line).join('\n')}

All that was measured, medians (least to most):
${results.map((result) => `- ${result.rows[0]!.what}: ${listed(result)}`).join('\n')}`);

function line({ what, ours: own, theirs, unit, against, target, limits, load }: Row): string {
  const figure = (value: number): string => `${value.toFixed(unit === 'ms' ? 0 : 1)} ${unit}`;
  const kl = (name: string): string => {
    const found = quality[name];
    return found ? `${found.divergence.toFixed(4)} (${(100 * found.agreed).toFixed(1)} %)` : '–';
  };
  const share = (value: number | undefined): string => (value === undefined ? '–' : `${(100 * value).toFixed(0)} %`);
  const cells = [what, figure(own), figure(theirs), against, `${(own / theirs).toFixed(2)}×`, target];
  const kls = unit === 'ms' ? ['–', '–'] : [kl(ours), kl(against)];
  return `| ${[...cells, ...kls, share(limits?.[0]), share(limits?.[1]), load.toFixed(1)].join(' | ')} |`;
}

function listed({ figures, rows: [row] }: Result): string {
  const digits = row!.unit === 'ms' ? 0 : 1;
  const each = Object.entries(figures).map(([name, { median, all }]) => {
    const range = `${Math.min(...all).toFixed(digits)} to ${Math.max(...all).toFixed(digits)}`;
    return `${name} ${median.toFixed(digits)} (${range})`;
  });
  return `${each.join(', ')} ${row!.unit}`;
}
