// Supervises one real PostgreSQL server in a data folder: first start, start, adoption of a server that outlived its
// parent, orderly stop. Must never touch postmaster.pid or an existing cluster: PostgreSQL itself decides what is stale.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { AppError, coerceError } from '../../core/app-error.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { freePort } from './free-port.ts';

const startTimeoutMs = 60_000;

export interface PostgresOptions {
  /** Cluster, log and credentials lie here; made if missing. */
  readonly folder: string;
  /** Extra settings, as `name=value` of postgresql.conf. */
  readonly settings?: readonly string[];
}

export interface EmbeddedPostgres extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly how: 'initialised' | 'started' | 'adopted';
}

/** @throws {AppError} CONFIGURATION or DATABASE with a sentence that says what to do */
export async function startPostgres(options: PostgresOptions, signal: AbortSignal): Promise<EmbeddedPostgres> {
  const binaries = findPostgresBinaries();
  const folder = path.resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  // the unprivileged server must pass through; what is secret in here is 0600
  if (binaries.owner) chmodSync(folder, 0o711);
  const cluster = path.join(folder, 'cluster');
  const credentials = await readCredentials(folder);
  const url = `postgres://app:${credentials.password}@127.0.0.1:${credentials.port}/postgres`;

  const fresh = initialise(binaries, folder, cluster, credentials.password);
  if (await answers(url)) return running(binaries, cluster, url, 'adopted');
  await start(binaries, folder, cluster, credentials.port, options.settings ?? [], url, signal);
  return running(binaries, cluster, url, fresh ? 'initialised' : 'started');
}

interface Credentials {
  readonly port: number;
  readonly password: string;
}

/** Port and password are chosen once per folder, so that a surviving server can be found and adopted. */
async function readCredentials(folder: string): Promise<Credentials> {
  const file = path.join(folder, 'credentials.json');
  if (!existsSync(file)) {
    const chosen: Credentials = { port: await freePort(), password: randomBytes(18).toString('base64url') };
    const temporary = `${file}.${randomBytes(4).toString('hex')}`;
    writeFileSync(temporary, JSON.stringify(chosen), { mode: 0o600 });
    renameSync(temporary, file);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Credentials;
}

/** Makes the cluster unless it is there. The rename is atomic: a finished cluster exists or none does. */
function initialise(binaries: PostgresBinaries, folder: string, cluster: string, password: string): boolean {
  if (existsSync(path.join(cluster, 'PG_VERSION'))) return false;
  for (const left of readdirSync(folder).filter((name) => name.startsWith('cluster.init-'))) {
    rmSync(path.join(folder, left), { recursive: true, force: true });
  }
  const half = path.join(folder, `cluster.init-${randomBytes(4).toString('hex')}`);
  const passwordFile = `${half}.password`;
  mkdirSync(half, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (binaries.owner) {
    const { uid, gid } = binaries.owner;
    for (const owned of [half, passwordFile]) chownSync(owned, uid, gid);
  }
  const args = [
    '-D',
    half,
    '-U',
    'app',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ];
  const [command, ...rest] = [...binaries.wrapper, binaries.command('initdb'), ...args];
  const result = spawnSync(command!, rest, { ...binaries.spawnOptions, cwd: half, encoding: 'utf8' });
  rmSync(passwordFile, { force: true });
  if (result.status !== 0) {
    rmSync(half, { recursive: true, force: true });
    throw new AppError(
      'DATABASE',
      `PostgreSQL could not make its cluster in ${folder}: ${(result.error?.message ?? result.stderr).trim()}`,
    );
  }
  renameSync(half, cluster);
  return true;
}

async function start(
  binaries: PostgresBinaries,
  folder: string,
  cluster: string,
  port: number,
  settings: readonly string[],
  url: string,
  signal: AbortSignal,
): Promise<void> {
  const args = [
    ...['-D', cluster, '-p', String(port)],
    ...[
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'max_connections=100',
      'shared_buffers=32MB',
      ...settings,
    ].flatMap((s) => ['-c', s]),
  ];
  const [command, ...rest] = [...binaries.wrapper, binaries.command('postgres'), ...args];
  const logFile = path.join(folder, 'postgres.log');
  const deadline = Date.now() + startTimeoutMs;
  let server: ChildProcess | undefined;
  for (;;) {
    signal.throwIfAborted();
    // refused while old backends still hold shared memory after a kill: try again until the deadline
    if (server?.exitCode !== null) {
      if (server) await delay(150, undefined, { signal });
      const log = openSync(logFile, 'a', 0o600);
      // detached: Ctrl-C reaches the supervisor alone, which then stops its parts in order
      server = spawn(command!, rest, {
        ...binaries.spawnOptions,
        cwd: cluster,
        stdio: ['ignore', log, log],
        detached: true,
      });
      server.on('error', () => undefined); // told by exitCode and the deadline
      server.unref();
      closeSync(log);
    }
    if (await answers(url)) return;
    if (Date.now() > deadline) {
      const log = readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join(' | ');
      throw new AppError(
        'DATABASE',
        `PostgreSQL did not start in ${startTimeoutMs / 1000} s; its log ${logFile} ends: ${log}`,
      );
    }
    await delay(30, undefined, { signal });
  }
}

function running(
  binaries: PostgresBinaries,
  cluster: string,
  url: string,
  how: EmbeddedPostgres['how'],
): EmbeddedPostgres {
  const pid = Number(readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
  return {
    url,
    pid,
    how,
    async [Symbol.asyncDispose]() {
      const [command, ...rest] = [
        ...binaries.wrapper,
        binaries.command('pg_ctl'),
        'stop',
        '-D',
        cluster,
        '-m',
        'fast',
        '-w',
      ];
      const stop = spawn(command, rest, { ...binaries.spawnOptions, cwd: cluster, stdio: 'ignore' });
      await new Promise<void>((resolve) => stop.once('close', () => resolve()).once('error', () => resolve()));
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // a failed answer is the answer
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (thrown) {
    const { code } = coerceError(thrown) as NodeJS.ErrnoException;
    if (code === '28P01')
      throw new AppError(
        'DATABASE',
        'the port of the embedded PostgreSQL belongs to another server now: stop that one, or delete the data folder if nothing in it is needed',
        thrown,
      );
    return false;
  } finally {
    await client.end();
  }
}
