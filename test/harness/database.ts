// A fresh database for one test file, on the server that `npm test` started, or on one of its own when a file runs alone.
// Must never leave a database or a server behind.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { isProcessAlive, systemErrorCode } from '../../infra/local/operating-system.ts';
import { startPostgres } from '../../infra/local/postgres.ts';
import { findRunning, takeRunFile } from '../../infra/local/run-file.ts';
import { eventually } from './eventually.ts';

/** Nothing here must survive a power cut. */
const fast = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

export interface TestServer extends AsyncDisposable {
  readonly url: string;
}

const folderPrefix = 'gill-test-postgres-';

/** Also ends servers of test runs that were killed before they could. */
export async function startTestServer(): Promise<TestServer> {
  await removeLeftBehind();
  const folder = mkdtempSync(path.join(tmpdir(), folderPrefix));
  takeRunFile(folder);
  const server = await startPostgres({ folder, settings: fast }, AbortSignal.timeout(60_000));
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param settings session defaults of the database, such as `default_transaction_isolation = 'repeatable read'` */
export async function createTestDatabase(settings: readonly string[] = []): Promise<TestServer> {
  const shared = process.env['GILL_TEST_DATABASE_URL'];
  const server = shared ? undefined : await startTestServer();
  const serverUrl = shared ?? server!.url;
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `create database ${name}`);
  for (const setting of settings) await execute(serverUrl, `alter database ${name} set ${setting}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await execute(serverUrl, `drop database ${name} with (force)`);
      await server?.[Symbol.asyncDispose]();
    },
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function removeLeftBehind(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(folderPrefix))) {
    try {
      await removeIfLeft(path.join(tmpdir(), name));
    } catch (thrown) {
      // another user's, or another run was faster
      if (!['EACCES', 'EPERM', 'ENOENT', 'ESRCH'].includes(systemErrorCode(thrown) ?? '')) throw thrown;
    }
  }
}

async function removeIfLeft(folder: string): Promise<void> {
  // one without the file may just be made
  if (!existsSync(path.join(folder, 'run.json')) || findRunning(folder)) return;
  const cluster = path.join(folder, 'cluster');
  const pidFile = path.join(cluster, 'postmaster.pid');
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split('\n')[0]) : 0;
  if (pid > 0 && isServerOf(cluster, pid)) {
    process.kill(pid, 'SIGQUIT'); // PostgreSQL's immediate shutdown
    await eventually(() => !isProcessAlive(pid));
  }
  rmSync(folder, { recursive: true, force: true });
}

/** The number may be another process's by now: a server names its cluster. */
const isServerOf = (cluster: string, pid: number): boolean =>
  isProcessAlive(pid) &&
  spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.includes(cluster);
