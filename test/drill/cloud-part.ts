// One API or worker process of test/drill/cloud.ts: the program's own parts, over the database in its DSQL emulation and a
// queue that lies, with a clock that is wrong. Must never be started by hand.
import { createLog } from '../../core/log.ts';
import { limits } from '../../core/limits.ts';
import { startApiServer } from '../../functions/api/server.ts';
import { connectRemoteFunction } from '../../functions/worker/remote-function.ts';
import { startWorker } from '../../functions/worker/worker.ts';
import type { DiffusionEvent, DiffusionInput, LlmEvent, LlmInput } from '../../core/function-contract.ts';
import { createAuthenticate } from '../../infra/auth/authenticate.ts';
import { createSqsBus } from '../../infra/bus/sqs-bus.ts';
import { openSqsQueue } from '../../infra/bus/sqs-queue.ts';
import { createS3MediaStore } from '../../infra/media/s3-media-store.ts';
import { reportReady, runProcess } from '../../infra/process/run-process.ts';
import { emulateDsql } from '../harness/dsql.ts';
import { bucket, testIdentity } from '../harness/s3.ts';

const setting = (key: string): string => {
  const value = process.env[`GILL_TEST_${key}`];
  if (value === undefined) throw new Error(`GILL_TEST_${key} is not set`);
  return value;
};
const conflictShare = 0.05;
const skewMs = Number(setting('SKEW_MS'));
const rightNow = Date.now.bind(Date);
Date.now = () => rightNow() + skewMs;

await runProcess(setting('ROLE'), async () => {
  await using parts = new AsyncDisposableStack();
  const log = createLog(setting('ROLE'), 'error');
  const { db } = parts.use(
    emulateDsql(Math.random, conflictShare).open(setting('DATABASE_URL'), {
      maxConnections: 8,
      applicationName: 'drill',
    }),
  );
  const queue = openSqsQueue(setting('QUEUE_URL'), 'us-east-1', () => Promise.resolve(testIdentity));
  const bus = parts.use(createSqsBus({ queue, log, retryMs: 100 }));
  const media = parts.use(
    createS3MediaStore({
      endpoint: setting('S3_URL'),
      publicEndpoint: undefined,
      region: testIdentity.region,
      bucket,
      credentials: testIdentity,
    }),
  );
  if (setting('ROLE') === 'api') {
    const server = parts.use(
      await startApiServer({
        services: { db, bus, media, log },
        authenticate: createAuthenticate({}),
        hasTokens: false,
        allowedOrigins: [],
        host: '127.0.0.1',
        port: Number(setting('PORT')),
      }),
    );
    reportReady({ port: server.port });
    return parts.move();
  }
  const llm = parts.use(connectRemoteFunction<LlmInput, LlmEvent>(setting('LLM_URL')));
  const diffusion = parts.use(connectRemoteFunction<DiffusionInput, DiffusionEvent>(setting('DIFFUSION_URL')));
  parts.use(
    startWorker({
      db,
      bus,
      media,
      llm,
      diffusion,
      modelCard: () => undefined,
      log,
      leaseMs: limits.leaseMs,
      outageMs: limits.maxOutageMs,
      textBatchMs: 20,
      slots: { reply: 4, image: 2 },
      times: { pollMs: 500 },
    }),
  );
  reportReady();
  return parts.move();
});
