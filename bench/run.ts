// `npm --prefix bench start [-- rounds]`: our engine and node-llama-cpp in turn on the same weights, each in a process of its
// own; medians over the rounds, quiet and while another process keeps both cores busy. One table, with the machine's load.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';
import path from 'node:path';
import { median, works, type Measured } from './work.ts';

const rounds = Number(process.argv[2] ?? 5);

function run(script: string, work: number): Measured {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, script), `${work}`], {
    encoding: 'utf8',
    timeout: 600_000,
  });
  if (status !== 0) throw new Error(`${script} ${works[work]!.name}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}

/** The figure of a work that its row is about; more is better. */
function figureOf(work: number, { firstMs, tokenMs, tokensPerSecond }: Measured): number {
  if (works[work]!.name.startsWith('prefill')) return (works[work]!.promptTokens * 1000) / firstMs;
  return works[work]!.sequences === 1 ? 1000 / tokenMs : tokensPerSecond;
}

const rows: string[] = [];
for (const busy of [false, true]) {
  for (const [work, { name, sequences }] of works.entries()) {
    if (busy && (sequences > 1 || name.startsWith('prefill'))) continue;
    const burners: ChildProcess[] = busy
      ? Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;);']))
      : [];
    try {
      const figures: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
      for (let round = 0; round < rounds; round++) {
        figures.ours.push(figureOf(work, run('ours.ts', work)));
        figures.theirs.push(figureOf(work, run('llama.ts', work)));
      }
      const [ours, theirs] = [median(figures.ours), median(figures.theirs)];
      const best = `${Math.max(...figures.ours).toFixed(0)} / ${Math.max(...figures.theirs).toFixed(0)}`;
      const what = `${name}${busy ? ', both cores busy' : ''}`;
      rows.push(
        `| ${what} | ${ours.toFixed(1)} | ${theirs.toFixed(1)} | ${(ours / theirs).toFixed(2)}× | ${best} | ${loadavg()[0]!.toFixed(1)} |`,
      );
      console.error(rows.at(-1));
    } finally {
      for (const burner of burners) burner.kill('SIGKILL');
    }
  }
}
console.log(`
${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model ?? '?'} × ${availableParallelism()}, ${rounds} rounds, tokens/s, medians. Ours: int8 from the
file's Q4_1 (KL 0.006 to float32); node-llama-cpp: the same file as it is.

| work | ours | node-llama-cpp | ratio | best of each | load |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}`);
