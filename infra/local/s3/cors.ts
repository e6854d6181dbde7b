// Which pages may read and which may upload. A signature is the permission to read, so any page may show a picture whose
// URL it was given; must never let a page of an unlisted origin send anything.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { S3Error } from './s3-error.ts';

/** Every page may show pictures: the signature is the permission. Uploads are for our own pages. */
export function allowOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  uploadOrigins: readonly string[],
): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return false;
  const mayUpload = uploadOrigins.includes(origin);
  const reads = /^(GET|HEAD)$/.test(request.headers['access-control-request-method'] ?? request.method ?? '');
  response.setHeader('vary', 'Origin');
  if (!mayUpload && !reads) return false;
  response.setHeader('access-control-allow-origin', mayUpload ? origin : '*');
  response.setHeader('access-control-expose-headers', 'ETag, Content-Length, Content-Range, x-amz-checksum-crc32');
  return mayUpload;
}

export function preflight(request: IncomingMessage, response: ServerResponse, mayUpload: boolean): void {
  if (!response.hasHeader('access-control-allow-origin'))
    throw new S3Error('AccessForbidden', 'this origin may not upload: GILL_ALLOWED_ORIGINS lists those that may');
  response
    .writeHead(200, {
      'access-control-allow-methods': mayUpload ? 'GET, HEAD, PUT, POST' : 'GET, HEAD',
      'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '',
      'access-control-max-age': '3000',
      'content-length': '0',
    })
    .end();
}
