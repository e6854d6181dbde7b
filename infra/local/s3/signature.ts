// Verifies AWS Signature Version 4: in the Authorization header, in the query of a presigned URL, and over a POST policy.
// Security code: must never accept a request whose every part that matters is not covered by the signature.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from './s3-error.ts';

const algorithm = 'AWS4-HMAC-SHA256';
/** What AWS allows, too. */
const maxSkewMs = 15 * 60_000;
const maxExpiresSeconds = 7 * 24 * 3_600;

export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export interface SignedRequest {
  readonly method: string;
  /** As it stood on the request line: the signature covers its escapes. */
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Verified {
  readonly query: ReadonlyMap<string, string>;
  /** The value of x-amz-content-sha256: 64 hex digits, or one of the words that stand for "not signed". */
  readonly payloadHash: string;
}

interface Claim {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  /** `yyyymmddThhmmssZ` */
  readonly date: string;
  readonly payloadHash: string;
  readonly presigned: boolean;
}

/** @throws {S3Error} 403 unless the signature is right and in its time */
export function verifySignature(request: SignedRequest, identity: SigningIdentity, nowMs = Date.now()): Verified {
  const pairs = parseQuery(request.rawQuery);
  const query = new Map(pairs);
  const claim = query.has('X-Amz-Algorithm')
    ? readPresigned(query, request.headers, nowMs)
    : readHeader(request.headers, nowMs);

  const [accessKeyId, day, region, service, terminator] = claim.credential.split('/');
  if (accessKeyId !== identity.accessKeyId)
    throw new S3Error('InvalidAccessKeyId', 'this access key is not known here');
  const scopeFits = region === identity.region && service === 's3' && terminator === 'aws4_request';
  if (!scopeFits || day !== claim.date.slice(0, 8))
    throw new S3Error(
      'SignatureDoesNotMatch',
      `the credential's scope must be date/${identity.region}/s3/aws4_request`,
    );

  const names = claim.signedHeaders.split(';');
  if (!names.includes('host')) throw new S3Error('AccessDenied', 'the host header must be signed');
  for (const name of Object.keys(request.headers)) {
    // a presigned URL leaves the body open, so its hash may stand unsigned beside it
    if (claim.presigned && name === 'x-amz-content-sha256') continue;
    if (name.startsWith('x-amz-') && !names.includes(name))
      throw new S3Error('AccessDenied', `the header ${name} must be signed`);
  }

  const canonical = [
    request.method,
    canonicalPath(request.rawPath),
    pairs
      .filter(([name]) => name !== 'X-Amz-Signature')
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&'),
    names.map((name) => `${name}:${canonicalHeader(request.headers[name])}\n`).join(''),
    claim.signedHeaders,
    claim.payloadHash,
  ].join('\n');
  const scope = `${day}/${identity.region}/s3/aws4_request`;
  const toSign = [algorithm, claim.date, scope, sha256Hex(canonical)].join('\n');
  const expected = hmac(signingKey(identity, day), toSign).toString('hex');
  if (!equal(expected, claim.signature))
    throw new S3Error('SignatureDoesNotMatch', 'the signature does not fit this request');
  return { query, payloadHash: claim.payloadHash };
}

/** A browser's form upload: the policy document is what is signed. @throws {S3Error} 403 */
export function verifyPolicySignature(
  fields: { readonly policy: string; readonly credential: string; readonly signature: string },
  identity: SigningIdentity,
): void {
  const [accessKeyId, day, region] = fields.credential.split('/');
  if (accessKeyId !== identity.accessKeyId || region !== identity.region || !day)
    throw new S3Error('InvalidAccessKeyId', 'this access key is not known here');
  if (!equal(hmac(signingKey(identity, day), fields.policy).toString('hex'), fields.signature))
    throw new S3Error('SignatureDoesNotMatch', 'the signature does not fit this policy');
}

function readPresigned(query: ReadonlyMap<string, string>, headers: IncomingHttpHeaders, nowMs: number): Claim {
  if (headers.authorization !== undefined)
    throw new S3Error('InvalidArgument', 'sign either in the query or in the Authorization header');
  const read = (name: string): string => query.get(name) ?? '';
  if (read('X-Amz-Algorithm') !== algorithm) throw new S3Error('AccessDenied', `X-Amz-Algorithm must be ${algorithm}`);
  const date = read('X-Amz-Date');
  const signedAtMs = parseDate(date);
  const expiresSeconds = Number(read('X-Amz-Expires'));
  if (!(expiresSeconds >= 1 && expiresSeconds <= maxExpiresSeconds))
    throw new S3Error(
      'AuthorizationQueryParametersError',
      `X-Amz-Expires must be from 1 to ${maxExpiresSeconds} seconds`,
    );
  if (nowMs > signedAtMs + expiresSeconds * 1_000) throw new S3Error('AccessDenied', 'Request has expired');
  if (signedAtMs > nowMs + maxSkewMs) throw new S3Error('AccessDenied', 'the request is dated in the future');
  return {
    credential: read('X-Amz-Credential'),
    signedHeaders: read('X-Amz-SignedHeaders'),
    signature: read('X-Amz-Signature'),
    date,
    payloadHash: query.get('X-Amz-Content-Sha256') ?? single(headers['x-amz-content-sha256']) ?? 'UNSIGNED-PAYLOAD',
    presigned: true,
  };
}

const authorizationPattern =
  /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

function readHeader(headers: IncomingHttpHeaders, nowMs: number): Claim {
  const [, credential, signedHeaders, signature] = authorizationPattern.exec(headers.authorization ?? '') ?? [];
  if (credential === undefined || signedHeaders === undefined || signature === undefined)
    throw new S3Error('AccessDenied', 'the request is not signed');
  const date = single(headers['x-amz-date']) ?? '';
  if (Math.abs(nowMs - parseDate(date)) > maxSkewMs)
    throw new S3Error('RequestTimeTooSkewed', "the request's clock is more than 15 minutes off");
  const payloadHash = single(headers['x-amz-content-sha256']);
  if (payloadHash === undefined) throw new S3Error('InvalidRequest', 'x-amz-content-sha256 is missing');
  return { credential, signedHeaders, signature, date, payloadHash, presigned: false };
}

function parseQuery(rawQuery: string): [string, string][] {
  if (rawQuery === '') return [];
  return rawQuery.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const decode = (text: string): string => decodeUri(text.replaceAll('+', ' '));
    return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
  });
}

/** @throws {S3Error} 400 on a malformed escape */
export function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', 'the address holds a malformed escape');
  }
}

/** RFC 3986: everything but unreserved characters is escaped. */
export const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

// clients escape differently, so each segment is brought to the one canonical spelling
const canonicalPath = (rawPath: string): string =>
  rawPath
    .split('/')
    .map((segment) => encode(decodeUri(segment)))
    .join('/');

const canonicalHeader = (value: string | string[] | undefined): string =>
  (single(value) ?? '').trim().replace(/ +/g, ' ');

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;

function parseDate(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) throw new S3Error('AccessDenied', 'the date must read yyyymmddThhmmssZ');
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  return Date.UTC(year!, month! - 1, day, hour, minute, second);
}

const signingKey = ({ secretAccessKey, region }: SigningIdentity, day: string): Buffer =>
  [day, region, 's3', 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );

const hmac = (key: Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const sha256Hex = (data: string): string => createHash('sha256').update(data).digest('hex');

/** In constant time for texts of one length; the length of a signature is no secret. */
function equal(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
}
