// The bells that fit the configuration, and waking behind them: a bell for `jobs` also starts workers where none run.
import type { Configuration } from '../../core/configuration.ts';
import { AppError } from '../../core/app-error.ts';
import type { Log } from '../../core/log.ts';
import { openWake } from '../scaling/wake.ts';
import { createWakingBus } from '../scaling/waking-bus.ts';
import type { Bus } from './bus.ts';
import { connectPostgresBus } from './postgres-bus.ts';
import { createSqsBus } from './sqs-bus.ts';
import { openSqsQueue } from './sqs-queue.ts';

/** @throws {AppError} CONFIGURATION where the database has no NOTIFY and no queue is named */
export async function connectBus(configuration: Configuration, log: Log): Promise<Bus> {
  const bus = await connectBells(configuration, log);
  const { wake, region } = configuration;
  return wake ? createWakingBus(bus, openWake(wake, region), log) : bus;
}

async function connectBells({ databaseUrl, queueUrl, region }: Configuration, log: Log): Promise<Bus> {
  if (queueUrl) return createSqsBus({ queue: openSqsQueue(queueUrl, region), log });
  if (databaseUrl?.startsWith('dsql:'))
    throw new AppError('CONFIGURATION', 'SQS_QUEUE_URL must be set: Aurora DSQL has no NOTIFY to carry bells');
  if (!databaseUrl) throw new AppError('CONFIGURATION', 'DATABASE_URL must be set: npm start sets it by itself');
  return connectPostgresBus(databaseUrl, log);
}
