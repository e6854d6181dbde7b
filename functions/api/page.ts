// The page at `/` and the explorer at `/graphql` in a browser: the built files of web/dist, read once at start, with the
// strictest policies under which they work. Must never read a file because a request named it, nor run what a URL holds.
import { globSync, readFileSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import express, { type Request, type Response, type Router } from 'express';
import type { MediaStore } from '../../infra/media/media-store.ts';

const distFolder = path.join(import.meta.dirname, '../../web/dist');

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

interface PageFile {
  readonly contentType: string;
  readonly bytes: Buffer;
  /** Undefined where compression gains nothing. */
  readonly gzipped: () => Buffer | undefined;
  readonly etag: string;
}

/** Stands in explorer.html where the nonce of an answer goes. */
const nonceMark = 'STYLE_NONCE';

/**
 * Serves `/`, `/conversations/<id>`, `/gallery` and the files they name; the explorer to whoever prefers HTML at `/graphql`.
 * @throws where web/dist is missing or holds a kind of file it does not know
 */
export function createPage(media: Pick<MediaStore, 'signGet'>, folder = distFolder): Router {
  const index = readPageFile(folder, 'index.html');
  const explorer = readFileSync(path.join(folder, 'explorer.html'), 'utf8');
  const assets = globSync('assets/*', { cwd: folder }).map((name) => [name, readPageFile(folder, name)] as const);
  // pictures come from the store's own origin, which only a signed URL names
  let known: Promise<string> | undefined;
  const mediaOrigin = async (): Promise<string> => {
    known ??= media.signGet('page').then(({ url }) => new URL(url).origin);
    return known;
  };

  const router = express.Router();
  router.get(['/', '/conversations/:id', '/gallery'], async (request, response) => {
    response.setHeader('Content-Security-Policy', contentSecurityPolicy(await mediaOrigin(), "'self'"));
    response.setHeader('Cache-Control', 'no-cache');
    answer(request, response, index);
  });
  router.get('/graphql', async (request, response, next) => {
    response.vary('Accept');
    // `*/*` and everything that reads data gets data, under the rules of data
    if (request.accepts(['application/json', 'text/event-stream', 'text/html']) !== 'text/html') {
      next();
      return;
    }
    const nonce = randomBytes(16).toString('base64url');
    const policy = contentSecurityPolicy(await mediaOrigin(), `'self' 'nonce-${nonce}'`);
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Cache-Control', 'no-store');
    response.type('html').send(explorer.replace(nonceMark, nonce));
  });
  for (const [name, file] of assets) {
    // a changed file has another name
    router.get(`/${name}`, (request, response) => {
      response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
      answer(request, response, file);
    });
  }
  return router;
}

function readPageFile(folder: string, name: string): PageFile {
  const contentType = contentTypes[path.extname(name)];
  if (contentType === undefined) throw new Error(`web/dist/${name} is of no kind that the page serves`);
  const bytes = readFileSync(path.join(folder, name));
  let gzipped: Buffer | undefined;
  return {
    contentType,
    bytes,
    gzipped() {
      gzipped ??= gzipSync(bytes, { level: 9 }); // when first asked for: the explorer's script takes a while
      return gzipped.length < 0.9 * bytes.length ? gzipped : undefined;
    },
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
  };
}

function answer(request: Request, response: Response, { contentType, bytes, gzipped, etag }: PageFile): void {
  response.setHeader('ETag', etag);
  response.setHeader('Vary', 'Accept-Encoding');
  if (request.headers['if-none-match'] === etag) {
    response.status(304).end();
    return;
  }
  const packed = request.acceptsEncodings('gzip') === 'gzip' ? gzipped() : undefined;
  if (packed) response.setHeader('Content-Encoding', 'gzip');
  const body = packed ?? bytes;
  response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': body.length });
  response.end(body);
}

/** Files of this origin and nothing inline; pictures from the store, `data:` for 25-byte stand-ins, `blob:` for chosen files. */
function contentSecurityPolicy(mediaOrigin: string, styles: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${styles}`,
    "font-src 'self'",
    `img-src 'self' data: blob: ${mediaOrigin}`,
    `connect-src 'self' ${mediaOrigin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
