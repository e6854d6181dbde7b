// Health and metrics of a container that has no other door, or whose host asks on a port of its own: GET /ping and GET /healthz, 200 once
// it does its work, 204 while it starts (what RunPod's load balancer takes as "not yet"), 503 when it never will.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { coerceError } from '../../core/app-error.ts';
import type { Metrics } from '../../infra/telemetry/metrics.ts';
import type { CheckMetricsAccess } from '../../infra/telemetry/metrics-access.ts';
import type { FunctionHealth } from '../../core/function-contract.ts';

/** Metrics and who may read them. */
export interface GuardedMetrics {
  readonly metrics: Metrics;
  readonly mayRead: CheckMetricsAccess;
}

export interface HealthDoorOptions {
  readonly health: () => FunctionHealth;
  readonly metrics?: GuardedMetrics;
  readonly host: string;
  readonly port: number;
}

export async function startHealthDoor({ health, metrics, host, port }: HealthDoorOptions): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    if (metrics && request.method === 'GET' && request.url === '/metrics') {
      sendMetrics(metrics, request, response).catch((thrown: unknown) => {
        response.writeHead(401, { 'www-authenticate': 'Bearer' }).end(coerceError(thrown).message);
      });
      return;
    }
    const known =
      (request.method === 'GET' || request.method === 'HEAD') && ['/ping', '/healthz'].includes(request.url ?? '');
    response.writeHead(known ? statusOf(health(), 204) : 404).end();
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** @throws {AppError} UNAUTHENTICATED */
export async function sendMetrics(
  { metrics, mayRead }: GuardedMetrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  mayRead(request.headers.authorization);
  response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' });
  response.end(await metrics.render());
}

/** @param whileLoading 503 for hosts that only tell 200 from the rest */
export function statusOf({ state }: FunctionHealth, whileLoading: 204 | 503): number {
  if (state === 'ready') return 200;
  return state === 'loading' ? whileLoading : 503;
}
