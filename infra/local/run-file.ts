// run.json in the data folder: who runs on it and where it listens. It is the lock that keeps a second server away. Must
// never be taken from a process that still lives, and never block a start because of one that is gone.
import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import { isProcessAlive, systemErrorCode } from './operating-system.ts';

export interface RunRecord {
  readonly pid: number;
  /** When this process began, as the system tells it: another process may get the same pid later. */
  readonly processStart: string;
  readonly startedAt: string;
  /** Where the page is; undefined while the server still starts. */
  readonly url?: string;
}

export interface RunFile extends Disposable {
  /** Tells everyone who looks where the server listens. */
  readonly announce: (url: string) => void;
}

/** @throws {AppError} CONFLICT naming the process that runs on this folder */
export function takeRunFile(folder: string): RunFile {
  const file = path.join(folder, 'run.json');
  let record: RunRecord = {
    pid: process.pid,
    processStart: processStart(process.pid) ?? '',
    startedAt: new Date().toISOString(),
  };
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  const write = (): void => writeFileSync(temporary, JSON.stringify(record), { mode: 0o600, flag: 'w' });
  write();
  try {
    // a link appears whole or not at all, and never over another file
    while (!linked(temporary, file)) {
      const holder = readRunRecord(folder);
      if (holder && isAlive(holder)) throw alreadyRuns(folder, holder);
      removeStale(file, holder);
    }
  } finally {
    rmSync(temporary, { force: true });
  }
  return {
    announce(url) {
      record = { ...record, url };
      write();
      renameSync(temporary, file);
    },
    [Symbol.dispose]() {
      if (readRunRecord(folder)?.pid === record.pid) rmSync(file, { force: true });
    },
  };
}

/** The server that runs on this folder now, or undefined. */
export function findRunning(folder: string): RunRecord | undefined {
  const record = readRunRecord(folder);
  return record && isAlive(record) ? record : undefined;
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

/** Two starts may find the same stale file: whoever moves a fresh one by mistake puts it back. */
function removeStale(file: string, stale: RunRecord | undefined): void {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(file, aside);
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return;
    throw thrown;
  }
  const moved = parseRecord(readFileSync(aside, 'utf8'));
  if (moved && (moved.pid !== stale?.pid || moved.startedAt !== stale.startedAt) && isAlive(moved)) linked(aside, file);
  rmSync(aside, { force: true });
}

function readRunRecord(folder: string): RunRecord | undefined {
  try {
    return parseRecord(readFileSync(path.join(folder, 'run.json'), 'utf8'));
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** A file that is no record, perhaps cut off by a full disk, names no one who could be alive. */
function parseRecord(text: string): RunRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<RunRecord>;
    return typeof record.pid === 'number' ? (record as RunRecord) : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function isAlive({ pid, processStart: known }: RunRecord): boolean {
  if (!isProcessAlive(pid)) return false;
  const now = processStart(pid);
  return now === undefined || known === '' || now === known;
}

/** @returns undefined where the system does not tell */
function processStart(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  }
  try {
    // field 22, ticks since boot; the name in field 2 may itself hold spaces and parentheses
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // dead, and only waiting to be noticed by its parent
    if (fields[0] === 'Z' || fields[0] === 'X') return 'ended';
    const ticks = fields[19]!;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${ticks}`;
  } catch (thrown) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(systemErrorCode(thrown) ?? '')) return undefined;
    throw thrown;
  }
}

function alreadyRuns(folder: string, { pid, startedAt, url }: RunRecord): AppError {
  const where = url ? `open ${url}` : 'it is still starting';
  return new AppError(
    'CONFLICT',
    `a server already runs on ${folder} (process ${pid}, since ${startedAt}): ${where}, stop it with "kill ${pid}", or choose another folder with GILL_DATA_FOLDER`,
  );
}
