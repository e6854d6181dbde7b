// Measures several in turn, round after round, each time in a process of its own, so that what the machine does meanwhile meets all of them.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { median } from './work.ts';

const roundMs = 30 * 60_000;

export interface Figures {
  readonly median: number;
  readonly all: readonly number[];
}

/** Runs a program and reads its last line. @throws {Error} with what it said when it fails or takes too long */
export function ask(program: string, given: readonly string[], timeoutMs = roundMs): unknown {
  const { status, stdout, stderr, error } = spawnSync(program, given, {
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return JSON.parse(stdout.trim().split('\n').at(-1)!);
  throw new Error(`${given.join(' ')} ended with ${status ?? error?.message}: ${stderr}`);
}

/** @param contestants by name, what measures each once */
export function inTurn(rounds: number, contestants: Readonly<Record<string, () => number>>): Record<string, Figures> {
  const figures = Object.fromEntries(Object.keys(contestants).map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, measure] of Object.entries(contestants)) figures[name]!.push(measure());
  return Object.fromEntries(Object.entries(figures).map(([name, all]) => [name, { median: median(all), all }]));
}

/** Does the work while other processes keep all cores busy. */
export function whileBusy<T>(work: () => T): T {
  const burners: ChildProcess[] = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);']),
  );
  try {
    return work();
  } finally {
    for (const burner of burners) burner.kill('SIGKILL');
  }
}
