// The API process's server: one port, one schema, three doors over one core, the page and a health answer. Must never
// run a model or decode a user's bytes.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ApolloServer } from '@apollo/server';
import express, { type NextFunction, type Request, type Response } from 'express';
import { execute } from 'graphql';
import { AppError, coerceError } from '../../core/app-error.ts';
import { createGallery } from '../../infra/database/gallery.ts';
import type { Metrics } from '../../infra/telemetry/metrics.ts';
import { createMetricsAccess } from '../../infra/telemetry/metrics-access.ts';
import { createContext, type Context, type Services } from './context.ts';
import { createAdmission, type AdmissionOptions } from './doors/admission.ts';
import { createGate } from './doors/gate.ts';
import { createHttpDoor } from './doors/http.ts';
import { refuse } from './doors/refuse.ts';
import { createSseDoor } from './doors/sse.ts';
import { createWebSocketDoor } from './doors/websocket.ts';
import { createFleetReader } from './fleet.ts';
import { createLiveReads } from './live/live-reads.ts';
import { createSubscriptions } from './live/subscriptions.ts';
import { maskError, maskResult } from './mask-errors.ts';
import { createPage } from './page.ts';
import { createPrepareOperation } from './prepare-operation.ts';
import { createSchema } from './schema.ts';

export interface ApiServerOptions extends AdmissionOptions {
  readonly metrics?: Metrics;
  readonly metricsToken?: string | undefined;
  readonly services: Omit<Services, 'fleet' | 'liveReads' | 'gallery' | 'forgetViewer' | 'hasTokens'>;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Open subscriptions of all doors. */
  readonly subscriberCount: () => number;
}

/** Behind a load balancer that keeps connections for 60 s, ours must live longer. */
const keepAliveTimeoutMs = 65_000;
/** For operations that run when the process is told to stop; then for connections that are slow to take their answers. */
// in all, less than the 10 s that a process is given (infra/process/run-process.ts)
export const drainMs = 5_000;
const connectionsMs = 2_000;

/** @throws {AppError} CONFIGURATION when the port is taken or the host is not this machine's */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { db } = options.services;
  const { metrics } = options;
  const services: Services = {
    ...options.services,
    fleet: createFleetReader(db),
    liveReads: createLiveReads(db),
    gallery: createGallery(db),
    ...(metrics ? { observe: metrics.observe } : {}),
    forgetViewer: (name) => admission.forget(name),
    hasTokens: options.hasTokens,
  };
  const { log } = services;
  const admission = createAdmission(services, options);
  const gate = createGate();
  const schema = createSchema();
  const prepare = createPrepareOperation(schema);
  const subscriptions = createSubscriptions(schema, services);
  const apollo = new ApolloServer<Context>({
    schema,
    introspection: true,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (_, thrown) => maskError(thrown, log),
  });
  await apollo.start();
  const sse = createSseDoor(subscriptions, admission, async (operation, viewer) => {
    const result = await execute({
      schema,
      document: operation.document,
      operationName: operation.operationName,
      variableValues: operation.variables,
      contextValue: createContext(services, viewer),
    });
    return JSON.stringify(maskResult(result, log));
  });
  const sockets = createWebSocketDoor({ schema, services, prepare, subscriptions, admission, gate });
  const loopDelay = monitorEventLoopDelay({ resolution: 1 });
  loopDelay.enable();

  const app = express();
  app.disable('x-powered-by');
  app.use((request: Request, response: Response, next: NextFunction) => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (!gate.isOpen()) response.setHeader('Connection', 'close'); // the next request finds another process
    admission.checkPlace(request);
    const { origin } = request.headers;
    if (origin !== undefined && admission.allowsOrigin(origin)) allowOrigin(request, response, origin);
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
  });
  app.get('/healthz', (_, response) => {
    const milliseconds = (nanoseconds: number): number => Math.round(nanoseconds / 1e4) / 100;
    response.status(gate.isOpen() ? 200 : 503).json({
      status: gate.isOpen() ? 'ok' : 'stopping',
      subscriptions: subscriptions.count(),
      sockets: sockets.count(),
      residentBytes: process.memoryUsage.rss(),
      eventLoopDelayMs: {
        p50: milliseconds(loopDelay.percentile(50)),
        p99: milliseconds(loopDelay.percentile(99)),
        max: milliseconds(loopDelay.max),
      },
    });
    loopDelay.reset(); // each answer covers the time since the one before
  });
  if (metrics) {
    metrics.gauge('gill_subscriptions', 'Open subscriptions', subscriptions.count);
    metrics.gauge('gill_sockets', 'Open WebSockets', sockets.count);
    const mayReadMetrics = createMetricsAccess(options.metricsToken, !options.hasTokens);
    app.get('/metrics', async (request, response) => {
      mayReadMetrics(request.headers.authorization);
      response.type(metrics.contentType).send(await metrics.render());
    });
  }
  app.use(createPage(services.media));
  app.use('/graphql', createHttpDoor({ apollo, services, prepare, admission, sse, gate }));
  app.use((request: Request) => {
    throw new AppError('NOT_FOUND', `nothing is at ${request.path.slice(0, 80)}: the API is at /graphql`);
  });
  app.use((thrown: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) next(thrown);
    else refuse(response, thrown, log);
  });

  // a client that offers HTTP/2 over an upgrade is answered over HTTP/1.1, as if it had not
  const server = createServer(
    { shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket' },
    app,
  );
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.headersTimeout = keepAliveTimeoutMs + 1_000;
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const shownHost = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    port,
    url: `http://${shownHost}:${port}`,
    subscriberCount: () => subscriptions.count(),
    async [Symbol.asyncDispose]() {
      // health turns at once, and whoever still comes is told; what runs ends, and only then are streams cut, which come
      // back at once: the door they came by is closed before
      await gate.close(drainMs);
      await new Promise((resolve) => setImmediate(resolve)); // last messages are on their way before a close code
      const closed = once(server, 'close');
      server.close();
      const deadline = setTimeout(() => server.closeAllConnections(), connectionsMs);
      sse.close();
      await sockets.close();
      server.closeIdleConnections();
      await closed;
      clearTimeout(deadline);
      loopDelay.disable();
      await apollo.stop();
    },
  };
}

function allowOrigin(request: Request, response: Response, origin: string): void {
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Vary', 'Origin');
  if (request.method !== 'OPTIONS') return;
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
  response.setHeader('Access-Control-Allow-Headers', 'authorization, content-type, last-event-id, traceparent');
  response.setHeader('Access-Control-Max-Age', '7200');
}

async function listen(
  server: ReturnType<typeof createServer>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (thrown) {
    const error = coerceError(thrown);
    const code = 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new AppError('CONFIGURATION', `port ${port} on ${host} is taken: stop what uses it, or set PORT`, error);
    if (code === 'EACCES')
      throw new AppError(
        'CONFIGURATION',
        `port ${port} needs more rights than this user has: set PORT above 1023`,
        error,
      );
    throw new AppError('CONFIGURATION', `cannot listen on ${host}:${port}: ${error.message}`, error);
  }
}
