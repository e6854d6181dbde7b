// The one error a client throws: a code of the server's table (docs: core/app-error.ts), or NETWORK when no answer came.
// Must never hide whether trying again can help.

export class ClientError extends Error {
  /** `extensions.code` of the first error, a `UserErrorCode`, or NETWORK. */
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ClientError';
    this.code = code;
    this.retryable = retryable;
  }
}

/** An error in a GraphQL answer. */
export interface AnswerError {
  readonly message: string;
  readonly extensions?: { readonly code?: unknown; readonly retryable?: unknown } | undefined;
}

export function fromAnswer([first]: readonly AnswerError[]): ClientError {
  const { code, retryable } = first?.extensions ?? {};
  return new ClientError(
    typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR',
    first?.message ?? 'an empty list of errors',
    retryable === true,
  );
}

/** Makes a ClientError of whatever a stream or `fetch` threw: errors of an answer, a closed socket, a lost connection. */
export function toClientError(thrown: unknown): ClientError {
  if (thrown instanceof ClientError) return thrown;
  if (Array.isArray(thrown)) return fromAnswer(thrown as readonly AnswerError[]);
  if (isClose(thrown))
    // 4401 is about who asks; the others are cuts, 4403 one that a fresh token mends
    return thrown.code === 4401
      ? new ClientError('UNAUTHENTICATED', thrown.reason || 'the server refused the socket', false)
      : new ClientError('NETWORK', `the socket closed with ${thrown.code} ${thrown.reason}`.trim(), true);
  const message = thrown instanceof Error ? thrown.message : 'the connection failed';
  return new ClientError('NETWORK', message, true, thrown);
}

function isClose(thrown: unknown): thrown is { readonly code: number; readonly reason: string } {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    typeof thrown.code === 'number' &&
    'reason' in thrown &&
    typeof thrown.reason === 'string'
  );
}
