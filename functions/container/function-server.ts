// One function behind HTTP (docs/http.md): GET /ping tells its health, POST /invocations runs one request and streams its
// events as NDJSON. Closing the request cancels it. Must never queue: a busy function says 429 and the caller decides.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { AppError, coerceError, errorTable, isAbort } from '../../core/app-error.ts';
import type { FunctionError, FunctionHealth, LoadedFunction } from '../../core/function-contract.ts';
import type { Log } from '../../core/log.ts';
import { inSpan, traceparentOf } from '../../core/tracing.ts';
import { sendMetrics, statusOf, type GuardedMetrics } from './health-door.ts';

export interface FunctionServerOptions<Input, Event> {
  readonly function: LoadedFunction<Input, Event>;
  /** Turns a request body into an input. @throws {AppError} INVALID */
  readonly parse: (body: string) => Input;
  /** Requests that may run at once; one more gets 429. */
  readonly slots: number;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Bytes of one request body; tensors and long dialogues must fit. */
  readonly maxBodyBytes: number;
  readonly log: Log;
  readonly metrics?: GuardedMetrics;
  /** Disposing lets running requests end for this long before it cancels them. Default 0. */
  readonly drainMs?: number;
  /** A request that is not here whole within this gets 408: its slot is somebody else's. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** What /ping answers while weights load; 204 where the host takes anything else for a failure. Default 503. */
  readonly loadingStatus?: 204 | 503;
}

export interface FunctionServer extends AsyncDisposable {
  readonly url: string;
  /** The function's, or that this process stops. */
  readonly health: () => FunctionHealth;
}

/** For answers that are slow to be taken. */
const connectionsMs = 1_000;

/**
 * Listens until disposed; disposing turns its health first and refuses what comes, gives what runs some time, cancels the
 * rest and waits for it, and only then closes the door.
 */
export async function startFunctionServer<Input, Event extends { type: string }>(
  options: FunctionServerOptions<Input, Event>,
): Promise<FunctionServer> {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let draining = false;

  const { requestTimeoutMs: requestTimeout = 30_000 } = options;
  const timeouts = { requestTimeout, headersTimeout: requestTimeout, connectionsCheckingInterval: requestTimeout / 10 };
  const server = createServer(timeouts, (request, response) => {
    if (draining) response.setHeader('connection', 'close'); // the next request finds another process
    const gone = new Promise<void>((resolve) => response.once('close', () => resolve()));
    running.add(gone);
    void gone.then(() => running.delete(gone));
    answer(request, response).catch((thrown: unknown) => {
      if (!isAbort(thrown)) refuse(response, thrown, options.log);
      response.end();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url } = request;
    if ((method === 'GET' || method === 'HEAD') && (url === '/ping' || url === '/healthz')) {
      ping(response);
      return;
    }
    if (options.metrics && method === 'GET' && url === '/metrics')
      return sendMetrics(options.metrics, request, response);
    if (url !== '/invocations')
      throw new AppError('NOT_FOUND', `no ${method ?? ''} ${url ?? ''} here: GET /ping or POST /invocations`);
    if (method !== 'POST') throw new AppError('METHOD_NOT_ALLOWED', `/invocations takes POST, not ${method ?? ''}`);
    await invoke(request, response);
  }

  const healthNow = (): FunctionHealth =>
    draining ? { state: 'failed', message: 'stopping' } : options.function.health();

  function ping(response: ServerResponse): void {
    const health = healthNow();
    const status = statusOf(health, options.loadingStatus ?? 503);
    if (status === 204) response.writeHead(204).end();
    else respondJson(response, status, health);
  }

  let busy = 0;
  async function invoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (draining) throw new AppError('MODEL_UNAVAILABLE', 'this process stops: ask another one');
    if (options.function.health().state !== 'ready')
      throw new AppError('MODEL_UNAVAILABLE', 'the model is not loaded: GET /ping tells how far it is');
    if (busy >= options.slots) throw new AppError('BUSY', `all ${options.slots} slots are busy: try again later`);
    busy++;
    try {
      const input = options.parse(await readBody(request, options.maxBodyBytes));
      const closed = new AbortController();
      response.once('close', () => closed.abort());
      response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
      const emit = (event: Event | FunctionError): void => void response.write(`${JSON.stringify(event)}\n`);
      try {
        await inSpan('POST /invocations', { kind: 'SERVER', traceparent: traceparentOf(request.headers) }, () =>
          options.function.run(input, emit, AbortSignal.any([closed.signal, stopping.signal])),
        );
      } catch (thrown) {
        if (isAbort(thrown)) throw thrown;
        // headers are out, so the failure travels as the last event
        options.log.error({ err: coerceError(thrown) }, 'function failed');
        emit({ type: 'error', code: 'INTERNAL', message: 'the function failed: its log tells why', retryable: true });
      }
      response.end();
    } finally {
      busy--;
    }
  }

  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    health: healthNow,
    async [Symbol.asyncDispose]() {
      draining = true;
      let deadline: NodeJS.Timeout | undefined;
      const grace = setTimeout(() => {
        stopping.abort();
        deadline = setTimeout(() => server.closeAllConnections(), connectionsMs);
      }, options.drainMs ?? 0);
      while (running.size > 0) await Promise.all(running);
      clearTimeout(grace);
      clearTimeout(deadline);
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new AppError('TOO_LARGE', `the request body is over ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refuse(response: ServerResponse, thrown: unknown, log: Log): void {
  const error =
    thrown instanceof AppError ? thrown : new AppError('INTERNAL', 'the function failed: its log tells why', thrown);
  if (error.code === 'INTERNAL') log.error({ err: coerceError(thrown) }, 'request failed');
  if (!response.headersSent)
    respondJson(response, errorTable[error.code].http, { code: error.code, message: error.message });
}

function respondJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
