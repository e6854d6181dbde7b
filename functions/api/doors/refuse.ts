// A refusal on the HTTP doors, before anything was executed: a status and the errors in GraphQL's own shape.
import type { Response } from 'express';
import { AppError } from '../../../core/app-error.ts';
import type { Log } from '../../../core/log.ts';
import { maskError, statusOf } from '../mask-errors.ts';
import { RefusedOperation } from '../prepare-operation.ts';

export function refuse(response: Response, thrown: unknown, log: Log): void {
  const problems = thrown instanceof RefusedOperation ? thrown.errors : [fromParser(thrown)];
  const status = statusOf(problems[0]);
  if (status === 405) response.setHeader('Allow', 'POST');
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (status === 429 || status === 503) response.setHeader('Retry-After', '1');
  response.status(status).json({ errors: problems.map((problem) => maskError(problem, log)) });
}

/** express's body parser throws errors of its own kind; they become ours. */
function fromParser(thrown: unknown): unknown {
  if (!isClientFault(thrown)) return thrown;
  const type = 'type' in thrown ? thrown.type : undefined;
  if (type === 'entity.too.large') {
    const limit = 'limit' in thrown ? String(thrown.limit) : '?';
    return new AppError('TOO_LARGE', `the request is larger than ${limit} bytes: send less at a time`);
  }
  if (type === 'entity.parse.failed') return new AppError('INVALID', 'the request body is not valid JSON');
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return new AppError('UNSUPPORTED_TYPE', 'send the body as application/json in UTF-8');
  if (type === 'request.aborted' || type === 'request.size.invalid')
    return new AppError('INVALID', 'the request body is incomplete');
  return new AppError('INVALID', `the request cannot be read: ${thrown.message.slice(0, 120)}`);
}

/** What express and its parsers blame on the client: a body that is not what its encoding says, a path that cannot be decoded. */
const isClientFault = (thrown: unknown): thrown is Error =>
  thrown instanceof Error && 'status' in thrown && Number(thrown.status) >= 400 && Number(thrown.status) < 500;
