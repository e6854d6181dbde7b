// `npm start`: everything on this machine, one readable log, Ctrl-C stops it in order, a second Ctrl-C at once.
import path from 'node:path';
import { readConfiguration } from '../../core/configuration.ts';
import { createLog } from '../../core/log.ts';
import { explainFailure } from './explain-failure.ts';
import { createPrinter, wantsColours } from './readable-log.ts';
import { childScripts, startServer } from './supervisor.ts';

/** npm passes Ctrl-C on to us although the terminal has sent it already: that is not a second one. */
const echoMs = 500;

const printer = createPrinter(
  (text) => void process.stdout.write(text),
  wantsColours(process.stdout.isTTY, process.env),
);
const ending = new AbortController();
let endingSince = 0;
let killAll: (() => void) | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);

function end(): void {
  if (!ending.signal.aborted) {
    endingSince = performance.now();
    ending.abort();
    return;
  }
  if (performance.now() - endingSince < echoMs) return;
  killAll?.();
  process.exit(130);
}

const startedAt = performance.now();
let folder = process.env['GILL_DATA_FOLDER'] ?? 'data';
try {
  const configuration = readConfiguration(process.env);
  folder = path.resolve(configuration.dataFolder);
  const log = createLog('gill', configuration.logLevel, {
    write: (line) => printer.line('gill', line.trimEnd()),
  });
  const scripts = childScripts();
  const onLine = printer.line;
  await using server = await startServer({ configuration, env: process.env, scripts, onLine, log }, ending.signal);
  killAll = server.kill;
  log.info(
    { seconds: Number(((performance.now() - startedAt) / 1_000).toFixed(1)), folder },
    `open ${server.url} (the model may still be loading: the first reply waits for it)`,
  );
  if (!ending.signal.aborted) await new Promise((resolve) => ending.signal.addEventListener('abort', resolve));
  log.info('stopping; Ctrl-C again kills');
} catch (thrown) {
  if (!(thrown instanceof Error && thrown.name === 'AbortError')) {
    process.stderr.write(`gill-server cannot start: ${explainFailure(thrown, folder)}\n`);
    process.exitCode = 1;
  }
}
process.exit();
