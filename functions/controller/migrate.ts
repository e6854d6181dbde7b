// Lambda handler behind a CloudFormation resource: brings the schema up to date as the database's owner, then lets the roles
// of this deployment log in as `gill`, and the controller count where it has a login of its own. Must never touch data, and must always answer: CloudFormation waits for it.
import { sql } from 'kysely';
import { z } from 'zod';
import { AppError, coerceError } from '../../core/app-error.ts';
import { createLog, type Log } from '../../core/log.ts';
import { openDataApi, readDataApiTarget, type RunSql } from '../../infra/aws/data-api.ts';
import { openDatabase } from '../../infra/database/connection.ts';
import { toDsql } from '../../infra/database/dsql-dialect.ts';
import { schemaStatements } from '../../infra/database/migrate.ts';
import { retrying } from '../../infra/database/transaction.ts';
import { countGrants, readPassword } from './count-login.ts';

const event = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  ResourceProperties: z.object({ logins: z.array(z.string()).default([]), countSecret: z.string().optional() }),
});

const role = 'gill';

export async function handler(input: unknown): Promise<void> {
  const log = createLog('migrate', 'info');
  const request = event.parse(input);
  let failure: Error | undefined;
  try {
    // data outlives the stack, so its schema does too
    if (request.RequestType !== 'Delete') await bringUpToDate(request.ResourceProperties, log);
  } catch (thrown) {
    failure = coerceError(thrown);
    log.error({ err: failure }, 'the schema could not be brought up to date');
  }
  const response = await fetch(request.ResponseURL, {
    method: 'PUT',
    body: JSON.stringify({
      Status: failure ? 'FAILED' : 'SUCCESS',
      Reason: failure?.message ?? 'up to date',
      PhysicalResourceId: 'schema',
      StackId: request.StackId,
      RequestId: request.RequestId,
      LogicalResourceId: request.LogicalResourceId,
    }),
  });
  if (!response.ok) throw new AppError('INTERNAL', `CloudFormation answered ${response.status}`);
}

async function bringUpToDate(
  { logins, countSecret }: z.infer<typeof event>['ResourceProperties'],
  log: Log,
): Promise<void> {
  const url = process.env['MIGRATE_AS'];
  const region = process.env['AWS_REGION'] ?? 'us-east-1';
  if (url === undefined) {
    const counting = countSecret === undefined ? [] : countGrants(await readPassword(countSecret, region));
    const run = openDataApi(readDataApiTarget(process.env), region);
    await applySchema(run, [...grants('rds', logins), ...counting], (text) => text, log);
    return;
  }
  await using handle = openDatabase(url, { maxConnections: 1, applicationName: 'gill-migrate' });
  const run: RunSql = async (text) => (await sql.raw<Record<string, unknown>>(text).execute(handle.db)).rows;
  await applySchema(run, grants('dsql', logins), toDsql, log);
}

/** Duplicate table, index, column or role: SQLSTATEs of pg, and what the Data API writes into its message. */
const alreadyThere = /\b(42P07|42701|42710|23505)\b|already exists/;

/**
 * One statement a transaction, each of which may have run before: a start that was cut off goes on where it was. Aurora DSQL
 * answers a statement with 40001 when the one before it changed the schema a moment ago.
 */
export async function applySchema(
  run: RunSql,
  grantStatements: readonly string[],
  translate: (statement: string) => string,
  log: Log,
): Promise<void> {
  for (const statement of [...schemaStatements().map(translate), ...grantStatements]) {
    try {
      await retrying(() => run(statement));
    } catch (thrown) {
      const { message } = coerceError(thrown);
      const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
      if (!alreadyThere.test(`${code} ${message}`)) throw thrown;
      log.info({ reason: message }, 'was there already');
    }
  }
}

/** The program's role owns nothing: it reads and writes rows. */
export function grants(kind: 'dsql' | 'rds', logins: readonly string[]): string[] {
  const identity =
    kind === 'dsql'
      ? logins.map((arn) => `aws iam grant ${role} to '${arn.replaceAll("'", "''")}'`)
      : [`grant rds_iam to ${role}`];
  return [
    `create role ${role} with login`,
    ...identity,
    `grant usage on schema public to ${role}`,
    `grant select, insert, update, delete on all tables in schema public to ${role}`,
  ];
}
