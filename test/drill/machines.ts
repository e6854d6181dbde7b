// `npm start` as a drill sees it: a process tree whose parts can be found by what they run, and killed without warning.
// Must never touch a process outside that tree.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '../harness/eventually.ts';

export const partNames = ['api', 'worker', 'postgres', 's3'] as const;
export type PartName = (typeof partNames)[number];

const marks: Record<Exclude<PartName, 'postgres'> | 'supervisor', RegExp> = {
  supervisor: /\0infra\/local\/start\.ts/,
  api: /functions\/api\/serve\.ts/,
  worker: /functions\/worker\/serve\.ts/,
  s3: /infra\/local\/s3\/serve\.ts/,
};

export interface Machines extends AsyncDisposable {
  readonly url: string;
  readonly databaseUrl: string;
  /** Kills the part with SIGKILL. @returns its pid, or undefined while it is down */
  readonly kill: (part: PartName) => number | undefined;
  /** Resident bytes of the whole tree, by part. */
  readonly residentBytes: () => Record<string, number>;
  /** What it printed. */
  readonly output: () => string;
  /** Milliseconds from the start of the process to the ready line. */
  readonly readyMs: number;
}

/** What is started, and where. */
interface Command {
  readonly cwd: string;
  readonly words: readonly [string, ...string[]];
}

const thisProgram: Command = { cwd: process.cwd(), words: [process.execPath, 'infra/local/start.ts'] };

/** @param port a free one */
export async function startMachines(
  folder: string,
  port: number,
  env: NodeJS.ProcessEnv = {},
  { cwd, words: [program, ...args] }: Command = thisProgram,
): Promise<Machines> {
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env, GILL_DATA_FOLDER: folder, PORT: String(port), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const url = `http://127.0.0.1:${port}`;
  const ready = eventually(() => output.includes(`open ${url}`), 120_000);
  const ended = once(child, 'exit').then(() => {
    throw new Error(`npm start ended:\n${output.slice(-2_000)}`);
  });
  ended.catch(() => undefined); // also ends when the drill is over
  await Promise.race([ready, ended]);
  const readyMs = performance.now() - startedAt;
  const credentials = JSON.parse(readFileSync(path.join(folder, 'postgres/credentials.json'), 'utf8')) as {
    readonly port: number;
    readonly password: string;
  };
  // PostgreSQL is nobody's child: it outlives a crash of its supervisor and is adopted again
  const postmaster = (): number | undefined => {
    const file = path.join(folder, 'postgres/cluster/postmaster.pid');
    const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
    return pid > 0 && readProcess(pid) ? pid : undefined;
  };
  return {
    url,
    databaseUrl: `postgres://app:${credentials.password}@127.0.0.1:${credentials.port}/postgres`,
    readyMs,
    output: () => output,
    kill(part) {
      const pid =
        part === 'postgres' ? postmaster() : treeOf(child.pid!).find(({ command }) => marks[part].test(command))?.pid;
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      return pid;
    },
    residentBytes: () => residentBytes(child.pid!, postmaster()),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      const exit = once(child, 'exit');
      // npm ends before what it started does
      const supervisor = treeOf(child.pid!).find(({ command }) => marks.supervisor.test(command));
      process.kill(supervisor?.pid ?? child.pid!, 'SIGTERM');
      await exit;
    },
  };
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The process and everything below it. */
function treeOf(root: number): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const inside = new Set([root]);
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent } of all) {
      if (!inside.has(parent) || inside.has(pid)) continue;
      inside.add(pid);
      grown = true;
    }
  }
  return all.filter(({ pid }) => inside.has(pid));
}

function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return { pid, parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') };
  } catch (thrown) {
    if (hasEnded(thrown)) return undefined;
    throw thrown;
  }
}

/** Says of what reading under /proc threw: the process ended between the listing and the reading. */
const hasEnded = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ESRCH');

/** Proportional set size: pages that processes share are counted once, divided among them. */
function residentBytes(root: number, postmaster: number | undefined): Record<string, number> {
  const sum: Record<string, number> = {};
  const add = (part: string, pid: number): void => void (sum[part] = (sum[part] ?? 0) + proportionalBytes(pid));
  for (const { pid, command } of treeOf(root)) {
    const named = (['api', 'worker', 's3'] as const).find((name) => marks[name].test(command));
    add(named ?? 'supervisor', pid);
  }
  if (postmaster !== undefined) for (const { pid } of treeOf(postmaster)) add('postgres', pid);
  return sum;
}

function proportionalBytes(pid: number): number {
  try {
    const text = readFileSync(path.join('/proc', String(pid), 'smaps_rollup'), 'utf8');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  } catch (thrown) {
    if (hasEnded(thrown)) return 0;
    throw thrown;
  }
}
