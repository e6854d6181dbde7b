// Brings up one of everything on a data folder, in order, and takes it down in reverse: PostgreSQL and the S3 endpoint,
// then the schema, then worker and API. Parts that the environment names are not embedded. Must never start on a folder
// that another server uses.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import type { Configuration } from '../../core/configuration.ts';
import type { Log } from '../../core/log.ts';
import { openDatabase } from '../database/connection.ts';
import { migrate } from '../database/migrate.ts';
import { retry } from '../process/retry.ts';
import { superviseChild, type ReadyLine } from './child-process.ts';
import { checkFreeSpace, portTaken } from './explain-failure.ts';
import { isPortFree } from './free-port.ts';
import { localBucket, readLocalS3 } from './local-s3.ts';
import { makeFolder } from './operating-system.ts';
import { takeRunFile } from './run-file.ts';
import { supervisePostgres } from './supervised-postgres.ts';

/** The first start compiles nothing, but a cold disk is slow. */
const readyTimeoutMs = 90_000;
/** Longer than a process gives itself (infra/process/run-process.ts). */
const stopTimeoutMs = 12_000;

export type ChildScripts = { readonly [name in ChildName]: string };

/** The real ones, by path: infra knows no function. */
export function childScripts(): ChildScripts {
  const root = path.resolve(import.meta.dirname, '../..');
  return {
    s3: path.join(root, 'infra/local/s3/serve.ts'),
    api: path.join(root, 'functions/api/serve.ts'),
    worker: path.join(root, 'functions/worker/serve.ts'),
  };
}

export interface SupervisorOptions {
  readonly configuration: Configuration;
  readonly env: NodeJS.ProcessEnv;
  /** Scripts that Node runs as child processes. */
  readonly scripts: ChildScripts;
  readonly onLine: (component: string, line: string) => void;
  readonly log: Log;
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  /** Ends every part at once; nothing is lost, since nothing is only in memory. */
  readonly kill: () => void;
}

/** @throws {AppError} with a sentence that says what to do; whatever had started is stopped again */
export async function startServer(options: SupervisorOptions, signal: AbortSignal): Promise<RunningServer> {
  const { configuration, log } = options;
  const { host, port } = configuration;
  const folder = path.resolve(configuration.dataFolder);
  requireModel(configuration);
  const firstStart = makeFolder(folder);
  await using parts = new AsyncDisposableStack();

  const runFile = parts.use(takeRunFile(folder));
  checkFreeSpace(folder, firstStart);
  if (port !== 0 && !(await isPortFree(host, port))) throw portTaken(host, port);

  const env: NodeJS.ProcessEnv = {
    ...options.env,
    GILL_DATA_FOLDER: folder,
    HOST: host,
    PORT: String(port),
    // the sources are compiled once, not at every start
    NODE_COMPILE_CACHE: path.join(folder, 'compile-cache'),
  };
  // stopped in the reverse of this order, however long each took to start
  const started: { [name in PartName]?: Part } = {};
  for (const name of partNames) parts.defer(async () => started[name]?.[Symbol.asyncDispose]());
  const timed = stopwatch(log);
  const launch = async (name: ChildName): Promise<ReadyLine> => {
    const script = options.scripts[name];
    const { child, ready } = await timed(name, () =>
      superviseChild({ name, script, env, onLine: options.onLine, log, readyTimeoutMs, stopTimeoutMs }, signal),
    );
    started[name] = child;
    return ready;
  };

  await allOrFirstFailure([
    async () => {
      if (configuration.databaseUrl) return;
      const postgresFolder = path.join(folder, 'postgres');
      const postgres = await timed('postgres', () => supervisePostgres({ folder: postgresFolder }, log, signal));
      started.postgres = postgres;
      env['DATABASE_URL'] = postgres.url;
    },
    async () => {
      if (configuration.s3) return;
      const s3 = await readLocalS3(folder, host, log);
      if (reachable(host) !== host && !env['S3_PUBLIC_ENDPOINT'])
        log.warn(
          { port: s3.port },
          'signed URLs work on this machine only: set S3_PUBLIC_ENDPOINT to how others reach it',
        );
      Object.assign(env, {
        S3_ENDPOINT: `http://${reachable(host)}:${s3.port}`,
        S3_BUCKET: localBucket,
        S3_ACCESS_KEY_ID: s3.accessKeyId,
        S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
      });
      await launch('s3');
    },
  ]);
  await timed('schema', () => bringUpToDate(env['DATABASE_URL']!, log, signal));
  const [api] = await allOrFirstFailure([() => launch('api'), () => launch('worker')]);

  const url = api?.url ?? `http://${reachable(host)}:${port}`;
  runFile.announce(url);
  const all = parts.move();
  return {
    url,
    kill: () => {
      for (const name of partNames) started[name]?.kill();
      runFile[Symbol.dispose]();
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** How this machine itself reaches a server that listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

const partNames = ['postgres', 's3', 'worker', 'api'] as const;
type PartName = (typeof partNames)[number];
type ChildName = Exclude<PartName, 'postgres'>;

interface Part extends AsyncDisposable {
  readonly kill: () => void;
}

/** A worker without a model would answer nothing, and say so only in its log. @throws {AppError} CONFIGURATION */
function requireModel({ modelFolder, functionUrls }: Configuration): void {
  const remote = functionUrls.llm !== undefined && functionUrls.diffusion !== undefined;
  if (remote || modelFolder.includes('://') || existsSync(path.join(modelFolder, 'model.json'))) return;
  throw new AppError(
    'CONFIGURATION',
    `there is no model package in ${path.resolve(modelFolder)}: set MODEL_URI to a folder that holds model.json`,
  );
}

async function bringUpToDate(url: string, log: Log, signal: AbortSignal): Promise<void> {
  await using handle = openDatabase(url, { maxConnections: 1, applicationName: 'gill-migrate' });
  const applied = await retry(() => migrate(handle.db), { what: 'PostgreSQL', signal, log });
  if (applied.length > 0) log.info({ applied }, 'schema brought up to date');
}

/** Waits for all, so that nothing starts unseen after a failure. */
async function allOrFirstFailure<T>(starts: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results = await Promise.allSettled(starts.map((start) => start()));
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function stopwatch(log: Log) {
  return async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await work();
    log.info({ ms: Math.round(performance.now() - startedAt) }, `${what} ready`);
    return result;
  };
}
