// Process entry of a container: ROLE=llm, ROLE=diffusion or ROLE=vision serves one function over HTTP (docs/http.md) on PORT,
// ROLE=worker claims jobs, ROLE=api is the API. Functions have no access control of their own, so they belong in a network that
// only workers reach. Hosts that start an image with the argument `serve` get the same.
import { AppError } from '../../core/app-error.ts';
import { readConfiguration } from '../../core/configuration.ts';
import type { FunctionHealth, LoadedFunction } from '../../core/function-contract.ts';
import { createLog } from '../../core/log.ts';
import { reportReady, runProcess } from '../../infra/process/run-process.ts';
import { createMetrics, type Metrics } from '../../infra/telemetry/metrics.ts';
import { createMetricsAccess } from '../../infra/telemetry/metrics-access.ts';
import { startTraces } from '../../infra/telemetry/traces.ts';
import { assembleWorker, deviceOf, openDiffusion, openLlm, openVision } from '../worker/assemble.ts';
import { openModelSource } from '../worker/model-source.ts';
import { startFunctionServer, type FunctionServer } from './function-server.ts';
import { startHealthDoor, type GuardedMetrics } from './health-door.ts';
import { parseDiffusionInput, parseLlmInput, parseVisionInput } from './parse-input.ts';

/** The port SageMaker, Cloud Run and KServe call unless told otherwise. */
const defaultPort = '8080';
/** A dialogue with the rows of all its pictures. */
const maxBodyBytes = 32 * 1024 * 1024;

/** Each is one call of some milliseconds: more than the replies of several workers ask for at once. */
const visionSlots = 64;

/** Of the 10 s that most hosts give between SIGTERM and SIGKILL. */
const drainMs = 8_000;

// the host of this door is not the API's, whose rule about tokens does not apply here
const { HOST: host = '0.0.0.0', ...rest } = process.env;
const role = rest['ROLE'] ?? '';
/** RunPod asks for health on a port of its own, which may be the same one. */
const healthPort = rest['PORT_HEALTH'];

if (role === 'api') await import('./serve-api.ts');
else await runProcess(role || 'container', start);

async function start(signal: AbortSignal): Promise<AsyncDisposable> {
  const [unknown] = process.argv.slice(2).filter((argument) => argument !== 'serve');
  if (unknown !== undefined) throw new AppError('CONFIGURATION', `"${unknown}" is no argument; the only one is serve`);
  switch (role) {
    case 'worker':
      return startWorker(signal);
    case 'llm':
    case 'diffusion':
    case 'vision': {
      const server = await serveFunction(role);
      reportReady({ url: server.url });
      return server;
    }
    default:
      throw new AppError('CONFIGURATION', `ROLE=${role} must be llm, diffusion, vision, worker or api`);
  }
}

/** Like the function beside them, they are open to the network of the workers unless there is a token. */
function guarded(metrics: Metrics): GuardedMetrics {
  return { metrics, mayRead: createMetricsAccess(rest['GILL_METRICS_TOKEN'], true) };
}

/** A worker calls nobody's door; where its host wants to see that it lives, it opens one for health alone. */
async function startWorker(signal: AbortSignal): Promise<AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  const port = healthPort ?? rest['PORT'];
  let health = (): FunctionHealth => ({ state: 'loading', loadedBytes: 0, totalBytes: 0 });
  const metrics = port === undefined ? undefined : createMetrics('worker');
  if (metrics)
    parts.use(await startHealthDoor({ health: () => health(), metrics: guarded(metrics), host, port: Number(port) }));
  const worker = parts.use(await assembleWorker(signal, metrics?.observe));
  // disposed first: health turns before the worker hands back what it cannot finish
  parts.defer(() => void (health = () => ({ state: 'failed', message: 'stopping' })));
  health = worker.health;
  reportReady();
  return parts.move();
}

async function serveFunction(name: 'llm' | 'diffusion' | 'vision'): Promise<FunctionServer> {
  const configuration = readConfiguration({ PORT: defaultPort, ...rest });
  const { port, logLevel, worker: slots } = configuration;
  // a container never calls another one in place of its own weights
  const local = { ...configuration, functionUrls: { llm: undefined, diffusion: undefined, vision: undefined } };
  const log = createLog(name, logLevel);
  const metrics = createMetrics(name);
  const { observe } = metrics;
  const shared = {
    metrics: guarded(metrics),
    host,
    port,
    maxBodyBytes,
    drainMs,
    log,
    loadingStatus: healthPort === undefined ? 503 : 204,
  } as const;
  await using parts = new AsyncDisposableStack();
  parts.use(await startTraces(configuration.traces, name, log));
  const common = { device: await deviceOf(local, log), observe };
  const source = parts.use(openModelSource(local, log));
  const open = async (): Promise<FunctionServer> => {
    switch (name) {
      case 'llm':
        return owning(await openLlm(local, source, log, common), (llm) =>
          startFunctionServer({ ...shared, function: llm, parse: parseLlmInput, slots: slots.replySlots }),
        );
      case 'diffusion':
        return owning(await openDiffusion(local, source, common), (diffusion) =>
          startFunctionServer({ ...shared, function: diffusion, parse: parseDiffusionInput, slots: slots.imageSlots }),
        );
      case 'vision':
        return owning(await openVision(local, source, common), (vision) =>
          startFunctionServer({ ...shared, function: vision, parse: parseVisionInput, slots: visionSlots }),
        );
    }
  };
  const server = parts.use(await open());
  const all = parts.move();
  return { url: server.url, health: server.health, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The door first, then what it served. */
async function owning<Input, Event>(
  owned: LoadedFunction<Input, Event>,
  start: (owned: LoadedFunction<Input, Event>) => Promise<FunctionServer>,
): Promise<FunctionServer> {
  await using parts = new AsyncDisposableStack();
  parts.use(owned);
  const server = parts.use(await start(owned));
  const door =
    healthPort === undefined || healthPort === new URL(server.url).port
      ? undefined
      : await startHealthDoor({ health: server.health, host, port: Number(healthPort) });
  const all = parts.move();
  return {
    url: server.url,
    health: server.health,
    async [Symbol.asyncDispose]() {
      await all.disposeAsync();
      // last: until then it says that this process stops
      await door?.[Symbol.asyncDispose]();
    },
  };
}
