// SQL on an Aurora cluster over its public API, for what stands outside the cluster's network. The owner's password stays in
// Secrets Manager: the service reads it itself.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, coerceError } from '../../core/app-error.ts';
import { ambientCredentials, callAws, type ReadCredentials } from './signed-call.ts';

export interface DataApiTarget {
  readonly clusterArn: string;
  readonly secretArn: string;
  readonly database: string;
}

/** @throws {AppError} CONFIGURATION */
export function readDataApiTarget(env: Readonly<Record<string, string | undefined>>): DataApiTarget {
  const [clusterArn, secretArn, database] = ['DATA_API_CLUSTER_ARN', 'DATA_API_SECRET_ARN', 'DATA_API_DATABASE'].map(
    (key) => env[key],
  );
  if (clusterArn && secretArn && database) return { clusterArn, secretArn, database };
  throw new AppError('CONFIGURATION', 'DATA_API_CLUSTER_ARN, DATA_API_SECRET_ARN and DATA_API_DATABASE must be set');
}

export type RunSql = (statement: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export interface DataApiOptions {
  readonly read?: ReadCredentials;
  readonly endpoint?: string;
  /** Between two questions to a database that wakes. */
  readonly pauseMs?: number;
}

/** Waking takes about 15 s. */
const attempts = 20;

/** A database that sleeps is woken by the first statement and refuses it; it is said again until it is awake. */
export function openDataApi(
  { clusterArn: resourceArn, secretArn, database }: DataApiTarget,
  region: string,
  { read = ambientCredentials(region), endpoint, pauseMs = 2_000 }: DataApiOptions = {},
): RunSql {
  const say = async (sql: string): Promise<unknown> => {
    const body = { resourceArn, secretArn, database, sql, formatRecordsAs: 'JSON' };
    for (let attempt = 1; ; attempt++) {
      try {
        return await callAws({ service: 'rds-data', region, endpoint, path: '/Execute', body }, read);
      } catch (thrown) {
        if (attempt === attempts || !/DatabaseResuming/.test(coerceError(thrown).message)) throw thrown;
      }
      await delay(pauseMs);
    }
  };
  return async (sql) => {
    const answer = await say(sql);
    const { formattedRecords = '[]' } = answer as { formattedRecords?: string };
    return JSON.parse(formattedRecords) as Record<string, unknown>[];
  };
}
