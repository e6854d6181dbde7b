// How long work takes, by two clocks. On a machine that does nothing else the wall clock is what a user feels; beside other work only the
// processor time of this process says something, and best where it may use one core alone: `taskset -c 1 npm --prefix bench run figures`.
import { availableParallelism, loadavg } from 'node:os';
import { machineName } from '../test/drill/machine-name.ts';

export interface Times {
  /** Medians of one call. */
  readonly wallMs: number;
  readonly coreMs: number;
}

/** Whether the wall clock can be believed: nothing else ran when the process began. */
export const quiet = loadavg()[0]! < 0.5;
export const msOf = ({ wallMs, coreMs }: Times): number => (quiet ? wallMs : coreMs);
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** @param calls how often it is measured, after one call that is not */
export async function timed(calls: number, work: () => Promise<unknown>): Promise<Times> {
  await work();
  const wall: number[] = [];
  const core: number[] = [];
  for (let i = 0; i < calls; i++) {
    const [startedAt, before] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(before);
    wall.push(performance.now() - startedAt);
    core.push((user + system) / 1000);
  }
  return { wallMs: median(wall), coreMs: median(core) };
}

/** What stands over every table. */
export function circumstances(): string {
  const remark = quiet
    ? 'Nothing else ran; times are those of the clock.'
    : `**Other work ran on the machine** (load ${loadavg()[0]!.toFixed(0)}): times are processor time of this process, on ${availableParallelism()} of its ` +
      'cores, not what a clock would show. They compare with each other, and with nothing else.';
  return `${new Date().toISOString().slice(0, 10)}, ${machineName()}. ${remark}`;
}
