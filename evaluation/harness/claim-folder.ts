// A folder belongs to one task with one set of settings, and to one process at a time. Must never adopt records of which
// nobody knows how they were measured, nor be taken for good by a run that has measured nothing.
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, coerceError } from '../../core/app-error.ts';
import { openRecords, type Records } from './records.ts';

export type Settings = Readonly<Record<string, string | number>>;

export interface ClaimedFolder extends AsyncDisposable {
  readonly records: Records;
}

/** Makes the folder where there is none. @throws {AppError} CONFLICT when it holds another run or is in use; INVALID when it cannot be one */
export async function claimFolder(out: string, settings: Settings): Promise<ClaimedFolder> {
  try {
    await mkdir(out, { recursive: true });
  } catch (thrown) {
    throw new AppError('INVALID', `${out} cannot be a folder: use another --out`, coerceError(thrown));
  }
  await using stack = new AsyncDisposableStack();
  stack.use(await lock(path.join(out, 'in-use')));
  const records = stack.use(await openRecords(path.join(out, 'records.jsonl')));
  const file = path.join(out, 'settings.json');
  if (records.all.size > 0) checkSame(out, await readSettings(file), settings);
  else {
    // whole or not at all, whenever it is stopped
    await writeFile(`${file}.new`, `${JSON.stringify(settings, null, 1)}\n`);
    await rename(`${file}.new`, file);
  }
  const owned = stack.move();
  return { records, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Undefined when there is none. */
async function readSettings(file: string): Promise<Settings | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null) return parsed as Settings;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AppError('CONFLICT', `${file} cannot be read: use another --out`, coerceError(thrown));
  }
  throw new AppError('CONFLICT', `${file} holds no settings: use another --out`);
}

function checkSame(out: string, theirs: Settings | undefined, mine: Settings): void {
  if (!theirs)
    throw new AppError('CONFLICT', `${out} holds records, but no settings.json says of what: use another --out`);
  const other = Object.keys({ ...theirs, ...mine }).find((key) => theirs[key] !== mine[key]);
  if (other === undefined) return;
  throw new AppError(
    'CONFLICT',
    `${out} holds a run whose "${other}" is ${JSON.stringify(theirs[other])}, not ${JSON.stringify(mine[other])}: ` +
      'use another --out',
  );
}

/** A file with the number of the process; one that a killed process left behind is taken over. */
async function lock(file: string): Promise<AsyncDisposable> {
  for (;;) {
    try {
      await using created = await open(file, 'wx');
      await created.writeFile(`${process.pid}\n`);
      return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code !== 'EEXIST')
        throw new AppError(
          'INVALID',
          `${path.dirname(file)} cannot be written to: use another --out`,
          coerceError(thrown),
        );
      const holder = Number(await readFile(file, 'utf8'));
      if (holder > 0 && isRunning(holder))
        throw new AppError('CONFLICT', `${path.dirname(file)} is in use by process ${holder}: use another --out`);
      await rm(file, { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's
  }
}
