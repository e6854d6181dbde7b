// SQL on an Aurora cluster over its public API, for what stands outside the cluster's network. The owner's password stays in
// Secrets Manager: the service reads it itself.
import { AppError } from '../../core/app-error.ts';
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

/** A database that sleeps answers after about 15 s. */
export function openDataApi(
  { clusterArn: resourceArn, secretArn, database }: DataApiTarget,
  region: string,
  read: ReadCredentials = ambientCredentials(region),
): RunSql {
  return async (sql) => {
    const answer = await callAws(
      {
        service: 'rds-data',
        region,
        path: '/Execute',
        body: { resourceArn, secretArn, database, sql, formatRecordsAs: 'JSON' },
      },
      read,
    );
    const { formattedRecords = '[]' } = answer as { formattedRecords?: string };
    return JSON.parse(formattedRecords) as Record<string, unknown>[];
  };
}
