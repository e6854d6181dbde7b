// Process entry of the API: configuration from the environment, one line {"type":"ready"} with its port on stdout, then
// logs. It ends on SIGTERM, SIGINT, or when stdin ends; clients come back elsewhere and resume by cursor.
import { sql } from 'kysely';
import { AppError } from '../../core/app-error.ts';
import { readConfiguration } from '../../core/configuration.ts';
import { createLog } from '../../core/log.ts';
import { createAuthenticate } from '../../infra/auth/authenticate.ts';
import { createVerifyOidc } from '../../infra/auth/oidc.ts';
import { connectBus } from '../../infra/bus/connect-bus.ts';
import { findApiToken } from '../../infra/database/api-tokens.ts';
import { openDatabase } from '../../infra/database/connection.ts';
import { createS3MediaStore } from '../../infra/media/s3-media-store.ts';
import { retry } from '../../infra/process/retry.ts';
import { reportReady, runProcess } from '../../infra/process/run-process.ts';
import { createMetrics } from '../../infra/telemetry/metrics.ts';
import { startTraces } from '../../infra/telemetry/traces.ts';
import { startApiServer } from './server.ts';

await runProcess('api', async (signal) => {
  const configuration = readConfiguration(process.env);
  const {
    databaseUrl,
    s3,
    authTokens: tokens,
    oidc,
    computeBudgetMs,
    allowedOrigins,
    host,
    port,
    logLevel,
    metricsToken,
  } = configuration;
  const log = createLog('api', logLevel);
  if (!databaseUrl) throw new AppError('CONFIGURATION', 'DATABASE_URL must be set: npm start sets it by itself');
  if (!s3) throw new AppError('CONFIGURATION', 'S3_BUCKET must be set: npm start sets it by itself');

  await using parts = new AsyncDisposableStack();
  parts.use(await startTraces(configuration.traces, 'api', log));
  const { db } = parts.use(openDatabase(databaseUrl, { maxConnections: 10, applicationName: 'gill-api' }));
  await retry(() => sql`select 1`.execute(db), { what: 'PostgreSQL', signal, log });
  const bus = parts.use(
    await retry(() => connectBus(configuration, log), { what: 'the bell connection', signal, log }),
  );
  const media = parts.use(createS3MediaStore(s3));
  const server = parts.use(
    await startApiServer({
      services: { db, bus, media, log, computeBudgetMs },
      metrics: createMetrics('api'),
      metricsToken,
      authenticate: createAuthenticate({
        tokens,
        oidc: oidc && createVerifyOidc(oidc),
        findApiToken: (token) => findApiToken(db, token),
      }),
      hasTokens: tokens !== undefined || oidc !== undefined,
      allowedOrigins,
      host,
      port,
    }),
  );
  reportReady({ port: server.port, url: server.url });
  return parts.move();
});
