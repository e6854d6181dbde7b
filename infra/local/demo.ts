// `npm run demo -- "what you would like to see"`: one message the whole way through the public API, with the text as it
// comes, the picture's progress, the picture, and how long everything took. Starts a server if none runs.
import path from 'node:path';
import { readConfiguration } from '../../core/configuration.ts';
import { createLog } from '../../core/log.ts';
import { createDemoClient } from './demo-client.ts';
import { explainFailure } from './explain-failure.ts';
import { createLiveScreen, type LiveScreen } from './live-screen.ts';
import { createPrinter, parse, wantsColours } from './readable-log.ts';
import { findRunning } from './run-file.ts';
import { showReply } from './show-reply.ts';
import { childScripts, startServer } from './supervisor.ts';
import { choosePictureProtocol } from './terminal-picture.ts';

const defaultText = 'a yellow car in the city at night';

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
const { stdout, stderr } = process;
const screen = createLiveScreen((text) => void stdout.write(text), stdout.isTTY ? stdout.columns || 80 : undefined);
const folder = path.resolve(process.env['GILL_DATA_FOLDER'] ?? 'data');

try {
  const text = process.argv.slice(2).join(' ').trim() || defaultText;
  await using server = await findOrStart(screen);
  const [token] = (process.env['AUTH_TOKENS'] ?? '').split('=');
  await using client = createDemoClient(server.url, token === '' ? undefined : token);
  const protocol = choosePictureProtocol(stdout.isTTY, process.env);
  const { keepIn } = server;
  await showReply(client, text, { screen, protocol, columns: stdout.columns || 80, keepIn }, ending.signal);
} catch (thrown) {
  screen.status(undefined);
  process.exitCode = ending.signal.aborted ? 130 : 1;
  if (!ending.signal.aborted) stderr.write(`\nthe demo failed: ${explainFailure(thrown, folder)}\n`);
}
process.exit();

interface Server extends AsyncDisposable {
  readonly url: string;
  /** Where the picture is kept of a server that ends with the demo, and its URLs with it. */
  readonly keepIn?: string;
}

/** A server that runs is used and left running; one that was started here is stopped at the end. */
async function findOrStart(screen: LiveScreen): Promise<Server> {
  const running = findRunning(folder);
  if (running?.url) return { url: running.url, [Symbol.asyncDispose]: () => Promise.resolve() };
  // any free port will do: nobody but the demo comes by
  const env = { ...process.env, PORT: process.env['PORT'] ?? '0' };
  const printer = createPrinter((line) => void stderr.write(line), wantsColours(stderr.isTTY, process.env));
  // what goes well is not worth a line here
  const onLine = (component: string, line: string): void => {
    if (['warn', 'error'].includes(parse(line)?.level ?? 'warn')) printer.line(component, line);
  };
  const log = createLog('demo', 'warn', { write: (line) => printer.line('demo', line.trimEnd()) });
  screen.status('starting the server …');
  const scripts = childScripts();
  const server = await startServer({ configuration: readConfiguration(env), env, scripts, onLine, log }, ending.signal);
  return {
    url: server.url,
    keepIn: path.join(folder, 'demo'),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
