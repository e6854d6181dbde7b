// What the operating system says: the code of a failure (`ENOENT`, `EADDRINUSE` …), whether a process exists, a folder.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Wherever it stands in a chain of causes. */
export function systemErrorCode(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 8; error = error.cause, depth++) {
    if ('code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)) return error.code;
  }
  return undefined;
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    const code = systemErrorCode(thrown);
    if (code === 'ESRCH') return false;
    // someone else's process
    if (code === 'EPERM') return true;
    throw thrown;
  }
}

/**
 * Makes a folder and those above it, one at a time: Node's own recursion never ends where a file system invents folders.
 * @returns true when it was not there
 */
export function makeFolder(folder: string): boolean {
  const missing: string[] = [];
  for (let at = path.resolve(folder); !existsSync(at) && at !== path.dirname(at); at = path.dirname(at))
    missing.unshift(at);
  for (const each of missing) mkdirSync(each);
  if (missing.length === 0 && !statSync(folder).isDirectory())
    throw Object.assign(new Error(`${folder} is not a folder`), { code: 'ENOTDIR' });
  return missing.length > 0;
}
