// What tests of the page need: the world with an API server whose pictures really can be opened, workers that can be held at
// any event, and Chromium. Run by itself it stays open, for a look: `node test/scenario/web-world.ts`.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { silentLog } from '../../core/log.ts';
import { startApiServer, type ApiServer } from '../../functions/api/server.ts';
import { createAuthenticate } from '../../infra/auth/authenticate.ts';
import { ownIdentity } from '../../infra/auth/identity.ts';
import type { WorkerOptions } from '../../functions/worker/worker.ts';
import type { MediaStore } from '../../infra/media/media-store.ts';
import { createWorld, type World } from '../harness/world.ts';
import type { MemoryMedia } from '../harness/memory-media.ts';

export interface WebWorld extends AsyncDisposable {
  readonly world: World;
  readonly url: string;
  readonly work: (change?: Partial<WorkerOptions>) => AsyncDisposable;
  readonly stopServer: () => Promise<void>;
  /** On the same port. */
  readonly startServer: () => Promise<void>;
}

const modelCard = {
  model: 'storybook',
  modelDigest: '0'.repeat(64),
  contextTokens: 2048,
  samplers: ['flow-euler'],
  defaultSteps: 12,
  defaultGuidance: 3,
  imageSizes: [{ width: 96, height: 96 }],
  readsImages: false,
};

/** @param tokens a token's viewer; without any, everyone is one viewer */
export async function createWebWorld(tokens?: ReadonlyMap<string, string>): Promise<WebWorld> {
  const world = await createWorld();
  const files = await serveFiles(world.media);
  const media: MediaStore = {
    ...world.media,
    async signGet(key) {
      const { url, expiresAt } = await world.media.signGet(key);
      return { url: url.replace('http://media.invalid', files.url), expiresAt };
    },
    async signPost(file) {
      const form = await world.media.signPost(file);
      return { ...form, url: form.url.replace('http://media.invalid', files.url) };
    },
  };
  const start = (port: number): Promise<ApiServer> =>
    startApiServer({
      services: { db: world.db, bus: world.bus, media, log: silentLog },
      authenticate: tokens ? createAuthenticate({ tokens }) : () => Promise.resolve(ownIdentity('ada')),
      hasTokens: tokens !== undefined,
      allowedOrigins: [],
      host: '127.0.0.1',
      port,
    });
  let server: ApiServer | undefined = await start(0);
  const { port, url } = server;
  return {
    world,
    url,
    work: (change) => world.work({ media, modelCard: () => modelCard, ...change }),
    async stopServer() {
      await server?.[Symbol.asyncDispose]();
      server = undefined;
    },
    async startServer() {
      server ??= await start(port);
    },
    async [Symbol.asyncDispose]() {
      await server?.[Symbol.asyncDispose]();
      await files[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** What the store does with a form, without its policy: that is tested where the store is. */
async function takeForm(media: MemoryMedia, request: IncomingMessage): Promise<void> {
  const headers = { 'content-type': request.headers['content-type']! };
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- a form that the test itself sent
  const form = await new Response(await buffer(request), { headers }).formData();
  const file = form.get('file') as File;
  const contentType = form.get('Content-Type') as string;
  await media.put(form.get('key') as string, Buffer.from(await file.arrayBuffer()), contentType);
}

/** Files of the memory store over HTTP, on an origin of their own, as S3 has one. */
async function serveFiles(media: MemoryMedia): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response: ServerResponse) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end(); // a browser asks first when it is to tell how much was sent
      return;
    }
    if (request.method === 'POST') {
      void takeForm(media, request).then(() => response.writeHead(204).end());
      return;
    }
    const { pathname } = new URL(request.url!, 'http://host');
    const bytes = media.files.get(decodeURIComponent(pathname.slice(1)));
    response.setHeader('Content-Type', pathname.endsWith('.png') ? 'image/png' : 'image/webp');
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One process, as small containers need it: closing a context ends the browser, so tests leave that to its end. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  return playwright.launch({
    executablePath,
    args: ['--no-sandbox', '--no-zygote', '--single-process', '--disable-gpu', '--font-render-hinting=none'],
  });
}

/** Fails the test for any error or refusal that the page's console shows. */
export function watchConsole(page: Page): readonly string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`thrown: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return problems;
}

if (import.meta.main) {
  const web = await createWebWorld();
  const worker = web.work();
  console.log(web.url);
  await once(process, 'SIGINT');
  await worker[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
}
