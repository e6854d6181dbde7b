// The page at `/`: the built files of web/dist, read once at start, with the strictest policy under which they work. Must
// never read a file because a request named it.
import { globSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
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
  readonly gzipped: Buffer | undefined;
  readonly etag: string;
}

/** Serves `/`, `/conversations/<id>` and the files they name. @throws where web/dist is missing or holds a kind of file it does not know */
export function createPage(media: Pick<MediaStore, 'signGet'>, folder = distFolder): Router {
  const index = readPageFile(folder, 'index.html');
  const assets = globSync('assets/*', { cwd: folder }).map((name) => [name, readPageFile(folder, name)] as const);
  let policy: string | undefined;

  const router = express.Router();
  router.get(['/', '/conversations/:id'], async (request, response) => {
    // pictures come from the store's own origin, which only a signed URL names
    policy ??= contentSecurityPolicy(new URL((await media.signGet('page')).url).origin);
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Cache-Control', 'no-cache');
    answer(request, response, index);
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
  const gzipped = gzipSync(bytes, { level: 9 });
  return {
    contentType,
    bytes,
    gzipped: gzipped.length < 0.9 * bytes.length ? gzipped : undefined,
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
  const isGzipped = gzipped !== undefined && request.acceptsEncodings('gzip') === 'gzip';
  if (isGzipped) response.setHeader('Content-Encoding', 'gzip');
  const body = isGzipped ? gzipped : bytes;
  response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': body.length });
  response.end(body);
}

/** Files of this origin and nothing inline; pictures from the store, and `data:` for their 25-byte stand-ins. */
function contentSecurityPolicy(mediaOrigin: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    `img-src 'self' data: ${mediaOrigin}`,
    `connect-src 'self' ${mediaOrigin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
