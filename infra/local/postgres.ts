// Supervises one real PostgreSQL server in a data folder: first start, start, adoption of a server that outlived its
// parent, orderly stop. Must never touch postmaster.pid or an existing cluster: PostgreSQL itself decides what is stale.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
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
import { freePort, isPortFree } from './free-port.ts';
import { isProcessAlive } from './operating-system.ts';
import { readCredentials, replaceCredentials, urlOf } from './postgres-credentials.ts';

const startTimeoutMs = 60_000;

export interface PostgresOptions {
  /** Cluster, log and credentials lie here; made if missing. */
  readonly folder: string;
  /** Extra settings, as `name=value` of postgresql.conf. */
  readonly settings?: readonly string[];
  /** Others know the port already: wait for it rather than take another one. */
  readonly keepPort?: boolean;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly how: 'initialised' | 'started' | 'adopted';
}

/** @throws {AppError} CONFIGURATION or DATABASE with a sentence that says what to do */
export async function startPostgres(options: PostgresOptions, signal: AbortSignal): Promise<EmbeddedPostgres> {
  const folder = path.resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  const binaries = findPostgresBinaries(folder);
  // the unprivileged server must pass through; what is secret in here is 0600
  if (binaries.owner) chmodSync(folder, 0o711);
  const cluster = path.join(folder, 'cluster');
  let credentials = await readCredentials(folder);
  const fresh = initialise(binaries, folder, cluster, credentials.password);
  const answer = await ask(urlOf(credentials));
  if (answer === 'ours') return running(binaries, cluster, urlOf(credentials), 'adopted');
  const taken = answer === 'stranger' || !(await isPortFree('127.0.0.1', credentials.port));
  if (taken && !options.keepPort && !postmasterLives(cluster))
    credentials = replaceCredentials(folder, { ...credentials, port: await freePort() });
  const url = urlOf(credentials);
  await start(binaries, folder, cluster, credentials.port, options.settings ?? [], url, signal);
  return running(binaries, cluster, url, fresh ? 'initialised' : 'started');
}

/** Whether the server that last ran on this cluster still does, ready or not. */
function postmasterLives(cluster: string): boolean {
  const file = path.join(cluster, 'postmaster.pid');
  return existsSync(file) && isProcessAlive(readPid(file));
}

const readPid = (file: string): number => Number(readFileSync(file, 'utf8').split('\n')[0]);

/** Makes the cluster unless it is there. The rename is atomic: a finished cluster exists or none does. */
function initialise(binaries: PostgresBinaries, folder: string, cluster: string, password: string): boolean {
  if (existsSync(path.join(cluster, 'PG_VERSION'))) return false;
  for (const left of readdirSync(folder)) {
    const maker = /^cluster\.init-(\d+)-/.exec(left)?.[1];
    if (maker !== undefined && !isProcessAlive(Number(maker)))
      rmSync(path.join(folder, left), { recursive: true, force: true });
  }
  const half = path.join(folder, `cluster.init-${process.pid}-${randomBytes(4).toString('hex')}`);
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
  // Ctrl-C reaches every process of the terminal, initdb too: that is no failure
  if (result.signal === 'SIGINT' || result.signal === 'SIGTERM' || result.signal === 'SIGHUP') {
    rmSync(half, { recursive: true, force: true });
    throw new DOMException('the start was interrupted', 'AbortError');
  }
  if (result.status !== 0) {
    rmSync(half, { recursive: true, force: true });
    throw new AppError(
      'DATABASE',
      `PostgreSQL could not make its cluster in ${folder}: ${(result.error?.message ?? result.stderr).trim()}`,
    );
  }
  try {
    renameSync(half, cluster);
  } catch (thrown) {
    // another first start was faster: its cluster is as good as ours
    if (!existsSync(path.join(cluster, 'PG_VERSION'))) throw thrown;
    rmSync(half, { recursive: true, force: true });
  }
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
  let logStart = 0;
  const deadline = Date.now() + startTimeoutMs;
  let server: ChildProcess | undefined;
  for (;;) {
    signal.throwIfAborted();
    // refused while old backends still hold shared memory after a kill: try again until the deadline
    if (server?.exitCode !== null) {
      if (server) {
        refuseIfHopeless(readFileSync(logFile, 'utf8').slice(logStart), folder, logFile);
        await delay(150, undefined, { signal });
      }
      const log = openSync(logFile, 'a', 0o600);
      logStart = fstatSync(log).size;
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
    if ((await ask(url)) === 'ours') return;
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
  const pid = readPid(path.join(cluster, 'postmaster.pid'));
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

/** Something passes by itself, such as memory of killed backends; for the rest waiting is in vain. @throws {AppError} */
function refuseIfHopeless(log: string, folder: string, logFile: string): void {
  if (/No space left on device|Disk quota exceeded/.test(log))
    throw new AppError('DATABASE', `the disk that holds ${folder} is full: free some space`);
  const fatal = /(?:FATAL|PANIC): {2}(.+)/.exec(log)?.[1];
  if (fatal === undefined || /shared memory|lock file|starting up|shutting down|could not create any TCP/.test(fatal))
    return;
  throw new AppError('DATABASE', `PostgreSQL refuses to start: ${fatal} (its log: ${logFile})`);
}

/** Who answers on the port: our server, one with another password, or nobody that is ready. */
async function ask(url: string): Promise<'ours' | 'stranger' | 'nobody'> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // a failed answer is the answer
  try {
    await client.connect();
    await client.query('select 1');
    return 'ours';
  } catch (thrown) {
    const { code } = coerceError(thrown) as NodeJS.ErrnoException;
    // invalid password, no such user
    return code === '28P01' || code === '28000' ? 'stranger' : 'nobody';
  } finally {
    await client.end();
  }
}
