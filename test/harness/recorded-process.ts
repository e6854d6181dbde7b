// A process of its own over the recorded functions: GILL_TEST_ROLE=worker claims jobs, `functions` serves both over HTTP.
// Everything around the functions is the program's own.
import { readConfiguration } from '../../core/configuration.ts';
import { createLog } from '../../core/log.ts';
import { startFunctionServer } from '../../functions/container/function-server.ts';
import { parseDiffusionInput, parseLlmInput } from '../../functions/container/parse-input.ts';
import { traceDiffusion, traceLlm } from '../../functions/worker/trace-functions.ts';
import { startWorker } from '../../functions/worker/worker.ts';
import { connectBus } from '../../infra/bus/connect-bus.ts';
import { openDatabase } from '../../infra/database/connection.ts';
import { createS3MediaStore } from '../../infra/media/s3-media-store.ts';
import { reportReady, runProcess } from '../../infra/process/run-process.ts';
import { startTraces } from '../../infra/telemetry/traces.ts';
import { recordedDiffusion, recordedLlm } from '../recordings/recorded-function.ts';

const role = process.env['GILL_TEST_ROLE'] ?? '';

await runProcess(role, async () => {
  const configuration = readConfiguration(process.env);
  const log = createLog(role, configuration.logLevel);
  await using parts = new AsyncDisposableStack();
  parts.use(await startTraces(configuration.traces, role, log));
  const llm = traceLlm(recordedLlm());
  const diffusion = traceDiffusion(recordedDiffusion());
  if (role === 'worker') {
    const { db } = parts.use(openDatabase(configuration.databaseUrl!, { maxConnections: 4, applicationName: 'test' }));
    parts.use(
      startWorker({
        db,
        bus: parts.use(await connectBus(configuration, log)),
        media: parts.use(createS3MediaStore(configuration.s3!)),
        llm,
        diffusion,
        modelCard: () => undefined,
        log,
        leaseMs: 10_000,
        outageMs: 10_000,
        textBatchMs: 1,
        slots: { reply: 2, image: 2 },
        times: { stopGraceMs: 0 },
      }),
    );
    reportReady();
    return parts.move();
  }
  const door = { slots: 2, host: '127.0.0.1', port: 0, maxBodyBytes: 1_000_000, log };
  const servers = {
    llm: parts.use(await startFunctionServer({ ...door, function: llm, parse: parseLlmInput })).url,
    diffusion: parts.use(await startFunctionServer({ ...door, function: diffusion, parse: parseDiffusionInput })).url,
  };
  process.stdout.write(`${JSON.stringify({ type: 'ready', ...servers })}\n`);
  return parts.move();
});
