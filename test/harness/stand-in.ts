// Small child processes that stand in for S3, API and worker where only their life matters. Each writes what happens to it
// into a journal, so that tests see pids and order.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfiguration } from '../../core/configuration.ts';
import { silentLog } from '../../core/log.ts';
import type { SupervisorOptions } from '../../infra/local/supervisor.ts';

export interface Entry {
  readonly name: string;
  readonly what: 'started' | 'stopped';
  readonly pid: number;
}

export interface StandIns extends Disposable {
  readonly folder: string;
  readonly dataFolder: string;
  readonly journal: () => Entry[];
  readonly options: SupervisorOptions;
}

const sound = (name: string, journal: string): string => `
import { appendFileSync } from 'node:fs';
const note = (what) => appendFileSync(${JSON.stringify(journal)}, JSON.stringify({ name: ${JSON.stringify(name)}, what, pid: process.pid }) + '\\n');
const stop = () => { note('stopped'); process.exit(); };
process.on('SIGTERM', stop);
process.stdin.on('end', stop).resume();
note('started');
console.log(JSON.stringify({ type: 'ready', ...(process.env.PORT ? { url: 'http://127.0.0.1:' + process.env.PORT } : {}) }));
`;

/** @param bodies scripts that take the place of a sound child */
export function createStandIns(
  env: NodeJS.ProcessEnv,
  bodies: { readonly [name in 's3' | 'worker' | 'api']?: string } = {},
): StandIns {
  const folder = mkdtempSync(path.join(tmpdir(), 'gill-test-local-'));
  const journal = path.join(folder, 'journal');
  const script = (name: 's3' | 'worker' | 'api'): string => {
    const file = path.join(folder, `${name}.mjs`);
    writeFileSync(file, bodies[name] ?? sound(name, journal));
    return file;
  };
  const dataFolder = path.join(folder, 'data');
  const full: NodeJS.ProcessEnv = { PATH: process.env['PATH'], PORT: '0', ...env, GILL_DATA_FOLDER: dataFolder };
  return {
    folder,
    dataFolder,
    journal: () =>
      existsSync(journal)
        ? readFileSync(journal, 'utf8')
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as Entry)
        : [],
    options: {
      configuration: readConfiguration(full),
      env: full,
      scripts: { s3: script('s3'), worker: script('worker'), api: script('api') },
      onLine: (component, line) => appendFileSync(path.join(folder, 'log'), `${component} ${line}\n`),
      log: silentLog,
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
