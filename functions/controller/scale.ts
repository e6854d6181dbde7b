// Lambda handler, once a minute: looks at what waits and asks the service for as many workers as that deserves. Must never
// take a worker away while there is work; what it cannot see it leaves as it is.
import { readConfiguration, type Configuration } from '../../core/configuration.ts';
import { sql } from 'kysely';
import { AppError } from '../../core/app-error.ts';
import { createLog, type Log } from '../../core/log.ts';
import { openDataApi, readDataApiTarget } from '../../infra/aws/data-api.ts';
import { openSqsQueue } from '../../infra/bus/sqs-queue.ts';
import { openDatabase } from '../../infra/database/connection.ts';
import { desiredWorkers, type Load, type ScalingRule } from '../../infra/scaling/desired-workers.ts';
import { loadQuery, toLoad } from '../../infra/scaling/read-load.ts';
import { openWake, type WorkerService } from '../../infra/scaling/wake.ts';

/** Slots of one worker, both kinds: see GILL_REPLY_SLOTS and GILL_IMAGE_SLOTS. */
const jobsPerWorker = 4;

export async function handler(): Promise<{ readonly desired: number }> {
  const configuration = readConfiguration(process.env);
  const { wake, region, logLevel } = configuration;
  const log = createLog('controller', logLevel);
  if (wake === undefined) throw new AppError('CONFIGURATION', 'WAKE_ECS_SERVICE must be set');
  const rule = {
    maxWorkers: Number(process.env['MAX_WORKERS'] ?? 1),
    jobsPerWorker,
    keepWarmSeconds: Number(process.env['KEEP_WARM_SECONDS'] ?? 600),
  };
  return scale(openWake(wake, region), (now) => readLoadOf(configuration, now), rule, log);
}

/** One look, and one request where another number is right. */
export async function scale(
  service: WorkerService,
  readLoad: (workers: number) => Promise<Load>,
  rule: ScalingRule,
  log: Log,
): Promise<{ readonly desired: number }> {
  const now = await service.desired();
  const load = await readLoad(now);
  const desired = desiredWorkers(load, rule, now);
  if (desired !== now) await service.ask(desired);
  log.info({ ...load, now, desired }, 'scaled');
  return { desired };
}

/**
 * From the truth where it may be asked. A database that pauses is asked only while workers keep it awake anyway; with none
 * running, the bells tell whether something waits.
 */
export async function readLoadOf({ databaseUrl, queueUrl, region }: Configuration, workers: number): Promise<Load> {
  if (databaseUrl) {
    await using handle = openDatabase(databaseUrl, { maxConnections: 1, applicationName: 'gill-controller' });
    const { rows } = await sql.raw<Record<string, unknown>>(loadQuery).execute(handle.db);
    return toLoad(rows[0]);
  }
  if (workers > 0) {
    const [row] = await openDataApi(readDataApiTarget(process.env), region)(loadQuery);
    return toLoad(row);
  }
  if (!queueUrl) throw new AppError('CONFIGURATION', 'DATABASE_URL or SQS_QUEUE_URL must be set');
  return { waiting: await openSqsQueue(queueUrl, region).count(), running: 0, idleSeconds: 0 };
}
