// Queries and mutations over HTTP by Apollo Server, behind the same preparation as every other door; and the way into the
// SSE door. Must never let a request reach execution that `prepareOperation` has not accepted.
import type { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { AppError } from '../../../core/app-error.ts';
import { limits } from '../../../core/limits.ts';
import { traceparentOf } from '../../../core/tracing.ts';
import { createContext, type Context, type Services } from '../context.ts';
import {
  requireKind,
  type OperationRequest,
  type PrepareOperation,
  type PreparedOperation,
} from '../prepare-operation.ts';
import { traceOperation } from '../trace-operation.ts';
import type { Admission, Caller } from './admission.ts';
import type { Gate } from './gate.ts';
import { refuse } from './refuse.ts';
import type { SseDoor } from './sse.ts';

export interface HttpDoorParts {
  readonly apollo: ApolloServer<Context>;
  readonly services: Services;
  readonly prepare: PrepareOperation;
  readonly admission: Admission;
  readonly sse: SseDoor;
  readonly gate: Gate;
}

interface Admitted {
  readonly viewer: Caller;
  readonly operation: PreparedOperation;
}

/** Mount it at /graphql. */
export function createHttpDoor({ apollo, services, prepare, admission, sse, gate }: HttpDoorParts): Router {
  const router = express.Router();
  const admitted = new WeakMap<Request, Admitted>();

  router.use((request: Request, _response: Response, next: NextFunction) =>
    next(request.path === '/' ? undefined : 'router'),
  );
  router.use(express.json({ limit: limits.maxRequestBytes, strict: false, type: 'application/json' }));
  // behind the body: whoever never sends all of it has nothing under way that a stop would wait for
  const entered = new WeakMap<Request, Disposable>();
  router.use((request: Request, response: Response, next: NextFunction) => {
    const inside = gate.enter();
    entered.set(request, inside);
    if (response.closed) inside[Symbol.dispose]();
    else response.once('close', () => inside[Symbol.dispose]());
    next();
  });
  router.use(async (request: Request, response: Response, next: NextFunction) => {
    const viewer = await admission.admit(request.headers.authorization);
    const operation = prepare(requestOf(request), viewer);
    admitted.set(request, { viewer, operation });
    if (wantsEvents(request)) {
      if (request.method === 'GET') requireKind(operation, ['query', 'subscription']);
      if (operation.kind === 'subscription') entered.get(request)?.[Symbol.dispose](); // it may stay for hours
      await sse.answer(request, response, operation, viewer);
      return;
    }
    requireKind(operation, request.method === 'GET' ? ['query'] : ['query', 'mutation']);
    // the span lasts until the answer is out, whatever comes of it
    const answered = response.closed
      ? Promise.resolve()
      : new Promise<void>((resolve) => void response.once('close', () => resolve()));
    await traceOperation('http', operation, traceparentOf(request.headers), () => {
      next();
      return answered;
    });
  });
  router.use(
    expressMiddleware(apollo, {
      context: ({ req }) => {
        const { viewer } = admitted.get(req)!;
        return Promise.resolve(createContext(services, viewer));
      },
    }),
  );
  router.use((thrown: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) next(thrown);
    else refuse(response, thrown, services.log);
  });
  return router;
}

/** @throws {AppError} where the request is not one operation */
function requestOf(request: Request): OperationRequest {
  if (request.method === 'GET') {
    const { query, variables, operationName } = readSearch(request);
    return { query, variables: variables === undefined ? undefined : parseVariables(variables), operationName };
  }
  if (request.method !== 'POST')
    throw new AppError('METHOD_NOT_ALLOWED', `${request.method} is not answered: use POST`);
  if (!request.is('application/json')) throw new AppError('UNSUPPORTED_TYPE', 'send the operation as application/json');
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new AppError('INVALID', 'the body must be one JSON object with "query": send one operation at a time');
  return body as OperationRequest;
}

/**
 * Leaves nothing else in the URL: Apollo reads it again by rules of its own, and must find what was priced.
 * @throws {AppError} where a parameter is given twice
 */
function readSearch(request: Request): { query?: string; variables?: string; operationName?: string } {
  const start = request.url.indexOf('?');
  const given = new URLSearchParams(start < 0 ? '' : request.url.slice(start));
  const known: { query?: string; variables?: string; operationName?: string } = {};
  for (const name of ['query', 'variables', 'operationName'] as const) {
    const [value, ...more] = given.getAll(name);
    if (more.length > 0) throw new AppError('INVALID', `"${name}" is in the URL twice`);
    if (value !== undefined) known[name] = value;
  }
  request.url = `/?${new URLSearchParams(known).toString()}`;
  return known;
}

function parseVariables(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (thrown) {
    throw new AppError('INVALID', '"variables" in the URL is not valid JSON', thrown);
  }
}

const wantsEvents = ({ headers: { accept } }: Request): boolean => accept?.includes('text/event-stream') === true;
