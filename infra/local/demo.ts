// `npm run demo -- "what you would like to see"`: one message the whole way through the public API, with the text as it
// comes, the picture's progress, the picture, and how long everything took. Starts a server if none runs.
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import { readConfiguration } from '../../core/configuration.ts';
import { createLog } from '../../core/log.ts';
import { createDemoClient, type DemoClient, type DemoEvent, type DemoImage, type DemoMessage } from './demo-client.ts';
import { explainFailure } from './explain-failure.ts';
import { createLiveScreen, type LiveScreen } from './live-screen.ts';
import { createPrinter, parse, wantsColours } from './readable-log.ts';
import { findRunning } from './run-file.ts';
import { childScripts, startServer } from './supervisor.ts';
import { choosePictureProtocol, renderPicture } from './terminal-picture.ts';

const defaultText = 'a yellow car in the city at night';

/** Below this, text came in too few pieces to tell a rate. */
const shortestDecodingMs = 100;

/** Phases that the picture's own progress tells better. */
const pictured = new Set(['DRAWING', 'DECODING_PIXELS', 'STORING']);

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
  await show(client, text, screen, ending.signal);
} catch (thrown) {
  screen.status(undefined);
  process.exitCode = ending.signal.aborted ? 130 : 1;
  if (!ending.signal.aborted) stderr.write(`\nthe demo failed: ${explainFailure(thrown, folder)}\n`);
}
process.exit();

interface Server extends AsyncDisposable {
  readonly url: string;
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
  return startServer({ configuration: readConfiguration(env), env, scripts, onLine, log }, ending.signal);
}

/** What was measured, in milliseconds since the message was sent. */
interface Times {
  firstText?: number;
  lastText?: number;
  picture?: number;
}

/** @throws {AppError} when the reply fails */
async function show(client: DemoClient, text: string, screen: LiveScreen, signal: AbortSignal): Promise<void> {
  screen.print(`> ${text}`);
  const sentAt = performance.now();
  const sinceSent = (): number => performance.now() - sentAt;
  const times: Times = {};
  const reply = await client.send(text, signal);
  const parts: string[] = [];
  let message: DemoMessage | undefined;
  let image: DemoImage | undefined;
  for await (const event of client.events(reply, signal)) {
    switch (event.__typename) {
      case 'TextEvent': {
        times.firstText ??= sinceSent();
        times.lastText = sinceSent();
        const characters = Array.from(parts[event.partIndex] ?? '');
        // a repeated event adds nothing
        const added = Array.from(event.text).slice(Math.max(0, characters.length - event.offset));
        parts[event.partIndex] = [...characters.slice(0, event.offset), ...Array.from(event.text)].join('');
        screen.append(added.join(''));
        break;
      }
      case 'ImageDoneEvent':
        image = event.image;
        times.picture = sinceSent();
        screen.status(undefined);
        break;
      case 'MessageDoneEvent':
        message = event.message;
        break;
      default: {
        const line = describe(event);
        if (line !== undefined) screen.status(line);
      }
    }
  }
  screen.status(undefined);
  await showImage(image, screen, signal);
  screen.print(summary(times, message));
  if (message?.status !== 'COMPLETED')
    throw new AppError(
      'INTERNAL',
      `the reply ended as ${message?.status ?? 'nothing'}: ${message?.failure?.message ?? 'no reason given'}`,
    );
  const { pictureProbability } = message;
  if (!image && pictureProbability !== null)
    screen.print(`no picture: the model found one wanted with ${Math.round(100 * pictureProbability)} %`);
  else if (image?.status !== 'COMPLETED')
    throw new AppError('INTERNAL', `no picture came: ${image?.failure?.message ?? 'the reply has none'}`);
}

type StateEvent = Exclude<DemoEvent, { __typename: 'TextEvent' | 'ImageDoneEvent' | 'MessageDoneEvent' }>;

/** @returns the line below the text, or undefined to leave it as it is */
function describe(event: StateEvent): string | undefined {
  switch (event.__typename) {
    case 'ImageEvent':
      return bar('drawing', 0);
    case 'ImageProgressEvent': {
      const { phase, step, steps } = event.progress;
      return bar(phase.toLowerCase().replace('_', ' '), steps === 0 ? 0 : step / steps, `${step}/${steps}`);
    }
    case 'ActivityEvent': {
      const { phase, position, loadedBytes, totalBytes } = event.activity;
      if (pictured.has(phase)) return undefined;
      if (loadedBytes !== null && totalBytes) return bar('loading weights', loadedBytes / totalBytes);
      const place = position ? `, ${position} before this one` : '';
      return `${phase.toLowerCase().replace('_', ' ')}${place} …`;
    }
  }
}

function bar(label: string, share: number, note = `${Math.round(share * 100)} %`): string {
  const filled = Math.round(Math.max(0, Math.min(1, share)) * 24);
  return `${label} ${'█'.repeat(filled)}${'░'.repeat(24 - filled)} ${note}`;
}

async function showImage(image: DemoImage | undefined, screen: LiveScreen, signal: AbortSignal): Promise<void> {
  if (!image?.file) return;
  const protocol = choosePictureProtocol(stdout.isTTY, process.env);
  const response = await fetch(image.file.url, { signal });
  if (!response.ok) throw new AppError('STORAGE', `the signed URL answers ${response.status}: ${image.file.url}`);
  const file = new Uint8Array(await response.arrayBuffer());
  if (protocol !== 'none') screen.print((await renderPicture(file, protocol, stdout.columns || 80)).trimEnd());
  screen.print(`${image.width ?? 0}×${image.height ?? 0}, ${file.length} bytes, until ${image.file.expiresAt}:`);
  screen.print(image.file.url);
}

function summary({ firstText, lastText, picture }: Times, message: DemoMessage | undefined): string {
  const seconds = (ms: number | undefined): string => (ms === undefined ? 'none' : `${(ms / 1_000).toFixed(2)} s`);
  const tokens = message?.usage?.outputTokens ?? 0;
  const decodingMs = (lastText ?? 0) - (firstText ?? 0);
  const rate =
    tokens > 1 && decodingMs >= shortestDecodingMs
      ? `${(((tokens - 1) / decodingMs) * 1_000).toFixed(1)} tokens/s`
      : 'too short for a rate';
  return `first text after ${seconds(firstText)}, ${tokens} tokens, ${rate}, picture after ${seconds(picture)}`;
}
