// What leaves the server when something fails. Ours: a code and a sentence. Anything unforeseen: an id, and the rest in the
// log. Must never show a stack trace, a path or a statement.
import { randomUUID } from 'node:crypto';
import { GraphQLError, type FormattedExecutionResult, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { AppError, coerceError, errorTable } from '../../core/app-error.ts';
import type { Log } from '../../core/log.ts';
import { activeSpan, markFailed } from '../../core/tracing.ts';
import { databaseError } from '../../infra/database/transaction.ts';

export function maskError(thrown: unknown, log: Log): GraphQLFormattedError {
  markFailure(thrown);
  const error =
    thrown instanceof GraphQLError
      ? thrown
      : new GraphQLError(coerceError(thrown).message, { originalError: coerceError(thrown) });
  const place = { ...(error.locations && { locations: error.locations }), ...(error.path && { path: error.path }) };
  const thrownInside = innermost(error);
  const original = thrownInside && databaseError(thrownInside);
  if (original instanceof AppError) {
    const { graphql, retryable, http } = errorTable[original.code];
    if (http >= 500) log.warn({ err: original }, 'request failed');
    return { message: original.message, ...place, extensions: { code: graphql, retryable } };
  }
  // graphql's own errors: about the document or its variables, and harmless
  if (original === undefined)
    return { message: error.message, ...place, extensions: { code: codeOf(error), retryable: false } };
  const errorId = randomUUID();
  log.error({ err: original, errorId }, 'request failed unexpectedly');
  return {
    message: `Internal error. Its id in the server's log is ${errorId}.`,
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: true, errorId },
  };
}

/** The active span, an operation's, fails where the fault is ours. */
export function markFailure(thrown: unknown): void {
  const span = activeSpan();
  if (!span?.isRecording()) return;
  const inside = thrown instanceof GraphQLError ? innermost(thrown) : coerceError(thrown);
  const error = inside && databaseError(inside);
  if (error instanceof AppError && errorTable[error.code].http < 500) span.setAttribute('error.type', error.code);
  else if (error) markFailed(span, error instanceof AppError ? error.code : 'INTERNAL');
}

/** Masks every error of a result. */
export function maskResult({ errors, ...rest }: ExecutionResult, log: Log): FormattedExecutionResult {
  return { ...(errors && { errors: errors.map((error) => maskError(error, log)) }), ...rest };
}

/** HTTP status of a refusal that happens before anything is executed. */
export function statusOf(thrown: unknown): number {
  const original = thrown instanceof GraphQLError ? innermost(thrown) : thrown;
  if (original instanceof AppError) return errorTable[original.code].http;
  return original === undefined ? 400 : 500;
}

/** What a resolver threw; undefined when graphql itself complained. */
function innermost(error: GraphQLError): Error | undefined {
  let inner = error.originalError;
  while (inner instanceof GraphQLError) inner = inner.originalError;
  return inner ?? undefined;
}

function codeOf(error: GraphQLError): string {
  const { code } = error.extensions;
  if (typeof code === 'string') return code;
  return error.message.startsWith('Syntax Error')
    ? 'GRAPHQL_PARSE_FAILED'
    : error.message.startsWith('Variable ')
      ? 'BAD_USER_INPUT'
      : 'GRAPHQL_VALIDATION_FAILED';
}
