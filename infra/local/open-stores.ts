// Database and files of a data folder, for a command that needs only them: those of the server that runs on it, or started
// for the time being. What the environment names is used instead. Must never stop what it did not start.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../core/configuration.ts';
import type { Log } from '../../core/log.ts';
import type { Stores } from '../backup/format.ts';
import { localBucket, readLocalS3, type LocalS3 } from './local-s3.ts';
import { startPostgres } from './postgres.ts';
import { readCredentials, urlOf } from './postgres-credentials.ts';
import { findRunning, takeRunFile } from './run-file.ts';
import { startS3Endpoint } from './s3/s3-endpoint.ts';

const host = '127.0.0.1';
const region = 'us-east-1';

export async function openStores(configuration: Configuration, log: Log, signal: AbortSignal): Promise<Stores> {
  const folder = path.resolve(configuration.dataFolder);
  await using parts = new AsyncDisposableStack();
  mkdirSync(folder, { recursive: true });
  const runs = findRunning(folder) !== undefined;
  if (!runs) parts.use(takeRunFile(folder));

  const postgresFolder = path.join(folder, 'postgres');
  const databaseUrl =
    configuration.databaseUrl ??
    (runs
      ? urlOf(await readCredentials(postgresFolder))
      : parts.use(await startPostgres({ folder: postgresFolder }, signal)).url);
  const s3 = configuration.s3 ?? (await localS3(folder, runs, parts, log));
  const all = parts.move();
  return { databaseUrl, s3, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function localS3(folder: string, runs: boolean, parts: AsyncDisposableStack, log: Log): Promise<Stores['s3']> {
  const file = path.join(folder, 's3.json');
  const kept = runs && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LocalS3) : undefined;
  const { port, ...credentials } = kept ?? (await readLocalS3(folder, host, log));
  if (!kept)
    parts.use(
      await startS3Endpoint(
        {
          folder: path.join(folder, 's3'),
          host,
          port,
          identity: { ...credentials, region },
          buckets: [localBucket],
          uploadOrigins: [],
          lifecycle: [],
        },
        log,
      ),
    );
  return { endpoint: `http://${host}:${port}`, region, bucket: localBucket, credentials };
}
