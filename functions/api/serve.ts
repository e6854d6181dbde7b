// Entry of the API process. Environment in, JSON lines out; the first line that is not a log entry says where it listens.
// Stops in order on SIGTERM, SIGINT, or when its parent goes away.
import { AppError, coerceError } from '../../core/app-error.ts';
import { readConfiguration } from '../../core/configuration.ts';
import { createLog } from '../../core/log.ts';
import { createAuthenticate } from '../../infra/auth/authenticate.ts';
import { connectPostgresBus } from '../../infra/bus/postgres-bus.ts';
import { openDatabase } from '../../infra/database/connection.ts';
import { createS3MediaStore } from '../../infra/media/s3-media-store.ts';
import { startApiServer } from './server.ts';

const configuration = readConfiguration(process.env);
const log = createLog('api', configuration.logLevel);
const { databaseUrl, s3 } = configuration;
const stop = Promise.withResolvers<string>();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.resolve(signal));
if (process.env['GILL_PARENT'] === 'supervisor') process.stdin.resume().once('end', () => stop.resolve('parent left'));

try {
  if (!databaseUrl) throw new AppError('CONFIGURATION', 'DATABASE_URL must be set: `npm start` sets it by itself');
  if (!s3) throw new AppError('CONFIGURATION', 'S3_BUCKET must be set: `npm start` sets it by itself');
  await using database = openDatabase(databaseUrl, { maxConnections: 10, applicationName: 'gill-api' });
  await using bus = await connectPostgresBus(databaseUrl, log);
  await using media = createS3MediaStore(s3);
  await using server = await startApiServer({
    services: { db: database.db, bus, media, log },
    authenticate: createAuthenticate(configuration.authTokens),
    hasTokens: configuration.authTokens !== undefined,
    allowedOrigins: configuration.allowedOrigins,
    host: configuration.host,
    port: configuration.port,
  });
  console.log(JSON.stringify({ type: 'ready', port: server.port, url: server.url }));
  log.info({ reason: await stop.promise }, 'api stops');
} catch (thrown) {
  log.error({ err: coerceError(thrown) }, 'api cannot run');
  process.exitCode = 1;
}
