// Process entry of a container: ROLE=llm or ROLE=diffusion serves one function over HTTP (docs/http.md) on PORT, ROLE=worker
// claims jobs. It has no access control of its own, so it belongs in a network that only workers reach.
import { AppError } from '../../core/app-error.ts';
import { readConfiguration } from '../../core/configuration.ts';
import { createLog } from '../../core/log.ts';
import { reportReady, runProcess } from '../../infra/process/run-process.ts';
import { assembleWorker, openDiffusion, openLlm } from '../worker/assemble.ts';
import { startFunctionServer, type FunctionServer } from './function-server.ts';
import { parseDiffusionInput, parseLlmInput } from './parse-input.ts';

/** The port SageMaker, Cloud Run and KServe call unless told otherwise. */
const defaultPort = '8080';
/** A dialogue with the rows of all its pictures. */
const maxBodyBytes = 32 * 1024 * 1024;

const role = process.env['ROLE'] ?? '';
await runProcess(role || 'container', async (signal) => {
  if (role === 'worker') {
    const worker = await assembleWorker(signal);
    reportReady();
    return worker;
  }
  const server = await serveFunction();
  reportReady({ url: server.url });
  return server;
});

async function serveFunction(): Promise<FunctionServer> {
  // the host of this door is not the API's, whose rule about tokens does not apply here
  const { HOST: host = '0.0.0.0', ...rest } = process.env;
  const configuration = readConfiguration({ PORT: defaultPort, ...rest });
  const { port, logLevel, worker: slots } = configuration;
  // a container never calls another one in place of its own weights
  const local = { ...configuration, functionUrls: { llm: undefined, diffusion: undefined } };
  const log = createLog(role, logLevel);
  const shared = { host, port, maxBodyBytes, log };
  switch (role) {
    case 'llm':
      return owning(await openLlm(local, log), (llm) =>
        startFunctionServer({ ...shared, function: llm, parse: parseLlmInput, slots: slots.replySlots }),
      );
    case 'diffusion':
      return owning(await openDiffusion(local), (diffusion) =>
        startFunctionServer({ ...shared, function: diffusion, parse: parseDiffusionInput, slots: slots.imageSlots }),
      );
    default:
      throw new AppError('CONFIGURATION', `ROLE=${role} must be llm, diffusion or worker`);
  }
}

/** The server first, then what it served. */
async function owning<T extends AsyncDisposable>(
  owned: T,
  start: (owned: T) => Promise<FunctionServer>,
): Promise<FunctionServer> {
  await using parts = new AsyncDisposableStack();
  parts.use(owned);
  const server = parts.use(await start(owned));
  const all = parts.move();
  return { url: server.url, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
