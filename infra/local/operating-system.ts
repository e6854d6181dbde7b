// What the operating system says: the code of a failure (`ENOENT`, `EADDRINUSE` …), and whether a process exists.

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
