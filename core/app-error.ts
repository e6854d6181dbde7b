// The one error type, and the one table that says what a code means on every door. Must never hold a stack trace or a
// secret in `message`: it is shown to clients. Expected failures of a mutation are values (userErrors), not thrown.

/** What a code means outside: HTTP status, GraphQL `extensions.code`, and whether trying again can help. */
export const errorTable = {
  INVALID: { http: 400, graphql: 'BAD_USER_INPUT', retryable: false },
  UNAUTHENTICATED: { http: 401, graphql: 'UNAUTHENTICATED', retryable: false },
  ISSUER_UNAVAILABLE: { http: 503, graphql: 'ISSUER_UNAVAILABLE', retryable: true },
  FORBIDDEN: { http: 403, graphql: 'FORBIDDEN', retryable: false },
  NOT_FOUND: { http: 404, graphql: 'NOT_FOUND', retryable: false },
  METHOD_NOT_ALLOWED: { http: 405, graphql: 'METHOD_NOT_ALLOWED', retryable: false },
  CONFLICT: { http: 409, graphql: 'CONFLICT', retryable: false },
  IDEMPOTENCY_MISMATCH: { http: 409, graphql: 'IDEMPOTENCY_MISMATCH', retryable: false },
  TOO_LARGE: { http: 413, graphql: 'TOO_LARGE', retryable: false },
  UNSUPPORTED_TYPE: { http: 415, graphql: 'UNSUPPORTED_TYPE', retryable: false },
  CONTEXT_TOO_LONG: { http: 422, graphql: 'CONTEXT_TOO_LONG', retryable: false },
  BUDGET_EXHAUSTED: { http: 429, graphql: 'BUDGET_EXHAUSTED', retryable: false },
  BUSY: { http: 429, graphql: 'BUSY', retryable: true },
  MODEL_UNAVAILABLE: { http: 503, graphql: 'MODEL_UNAVAILABLE', retryable: true },
  STORAGE: { http: 503, graphql: 'STORAGE', retryable: true },
  DATABASE: { http: 503, graphql: 'DATABASE', retryable: true },
  DEADLINE_EXCEEDED: { http: 504, graphql: 'DEADLINE_EXCEEDED', retryable: true },
  CONFIGURATION: { http: 500, graphql: 'CONFIGURATION', retryable: false },
  INTERNAL: { http: 500, graphql: 'INTERNAL_SERVER_ERROR', retryable: true },
} as const;

export type ErrorCode = keyof typeof errorTable;

/** A failure with a sentence that names the value, the limit and what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
  }
}

/** Makes an Error of anything that was thrown, so that no log line ever reads `[object Object]`. */
export function coerceError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === 'string' ? thrown : `thrown value of type ${typeof thrown}`, { cause: thrown });
}

/** True for the rejection of an aborted signal, whichever API raised it. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError');
}

/** Turns a forgotten case of a tagged union into a compile error, and into a sentence if data breaks the type. */
export function unreachable(value: never): never {
  throw new Error(`unhandled case ${JSON.stringify(value)}`);
}
