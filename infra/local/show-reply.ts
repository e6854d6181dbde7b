// One reply in the terminal, as any client may read it: text as it comes, the pictures' progress, the pictures themselves, be they
// drawn or found, in the order of the reply, and how long everything took.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import type { DemoClient, DemoEvent, DemoImage, DemoMessage } from './demo-client.ts';
import type { LiveScreen } from './live-screen.ts';
import { renderPicture, type PictureProtocol } from './terminal-picture.ts';

/** Below this, text came in too few pieces to tell a rate. */
const shortestDecodingMs = 100;

/** Phases that the picture's own progress tells better. */
const pictured = new Set(['DRAWING', 'DECODING_PIXELS', 'STORING']);

/** What was measured, in milliseconds since the message was sent. */
interface Times {
  firstText?: number;
  lastText?: number;
  picture?: number;
}

export interface Showing {
  readonly screen: LiveScreen;
  readonly protocol: PictureProtocol;
  readonly columns: number;
  /** Folder for the picture's file, where its URL will not outlive the demo. */
  readonly keepIn?: string | undefined;
}

/** @throws {AppError} when the reply fails */
export async function showReply(
  client: DemoClient,
  text: string,
  showing: Showing,
  signal: AbortSignal,
): Promise<void> {
  const { screen } = showing;
  screen.print(`> ${text}`);
  const sentAt = performance.now();
  const sinceSent = (): number => performance.now() - sentAt;
  const times: Times = {};
  const reply = await client.send(text, signal);
  const parts: string[] = [];
  let message: DemoMessage | undefined;
  /** By id, in the order in which they were announced; undefined: still to come. */
  const images = new Map<string, DemoImage | undefined>();
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
      case 'ImageEvent':
        // what was found is there at once, and nothing more is said of it
        if (event.part.image.__typename === 'GeneratedImage') {
          images.set(event.part.image.id, undefined);
          screen.status(bar('drawing', 0));
        } else {
          images.set(event.part.image.id, { ...event.part.image, status: 'COMPLETED', failure: null });
          times.picture = sinceSent();
        }
        break;
      case 'ImageDoneEvent':
        images.set(event.image.id, event.image);
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
  const all = [...images.values()];
  for (const [i, image] of all.entries()) await showImage(image, all.length === 1 ? undefined : i + 1, showing, signal);
  screen.print(summary(times, message));
  if (message?.status !== 'COMPLETED')
    throw new AppError(
      'INTERNAL',
      `the reply ended as ${message?.status ?? 'nothing'}: ${message?.failure?.message ?? 'no reason given'}`,
    );
  const { pictureProbability } = message;
  if (all.length === 0 && pictureProbability !== null) {
    screen.print(`no picture: the model found one wanted with ${Math.round(100 * pictureProbability)} %`);
    return;
  }
  const missing = all.findIndex((image) => image?.status !== 'COMPLETED');
  if (all.length === 0 || missing >= 0)
    throw new AppError('INTERNAL', `no picture came: ${all[missing]?.failure?.message ?? 'the reply has none'}`);
}

type StateEvent = Exclude<
  DemoEvent,
  { __typename: 'TextEvent' | 'ImageEvent' | 'ImageDoneEvent' | 'MessageDoneEvent' }
>;

/** @returns the line below the text, or undefined to leave it as it is */
function describe(event: StateEvent): string | undefined {
  switch (event.__typename) {
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

/** @param place among several, from 1: files of one reply must not take each other's name */
async function showImage(
  image: DemoImage | undefined,
  place: number | undefined,
  { screen, protocol, columns, keepIn }: Showing,
  signal: AbortSignal,
): Promise<void> {
  if (!image?.file) return;
  const { url, expiresAt } = image.file;
  const response = await fetch(url, { signal });
  if (!response.ok) throw new AppError('STORAGE', `the signed URL answers ${response.status}: ${url}`);
  const file = new Uint8Array(await response.arrayBuffer());
  if (protocol !== 'none') screen.print((await renderPicture(file, protocol, columns)).trimEnd());
  const size = `${image.width ?? 0}×${image.height ?? 0}, ${file.length} bytes`;
  if (keepIn === undefined) {
    screen.print(`${size}, until ${expiresAt}:`);
    screen.print(url);
    return;
  }
  await mkdir(keepIn, { recursive: true });
  const name = path.basename(new URL(url).pathname);
  const kept = path.join(keepIn, place === undefined ? name : `${place}${path.extname(name)}`);
  await writeFile(kept, file);
  screen.print(`${size}, kept in a file, since the server ends with the demo and its signed URL with it:`);
  screen.print(kept);
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
