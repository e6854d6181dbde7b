// The code of a failure as the operating system names it (`ENOENT`, `EADDRINUSE` …), wherever it stands in a chain of causes.

export function systemErrorCode(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 8; error = error.cause, depth++) {
    if ('code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)) return error.code;
  }
  return undefined;
}
