// Calls to AWS that need one signed request each: bells, waking a service, login tokens of databases. Signature Version 4
// with the credentials of the environment. Must never log or return a credential; a token is a secret for its lifetime.
import { createHash, createHmac } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { AppError, coerceError } from '../../core/app-error.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export type ReadCredentials = () => Promise<AwsCredentials>;

const requestTimeoutMs = 30_000;

/** The ones of the role, the profile or the variables, renewed in time: what the S3 client finds by itself. */
export function ambientCredentials(region: string): ReadCredentials {
  const { credentials } = new S3Client({ region }).config;
  return () => credentials();
}

export interface SignedCall {
  readonly service: string;
  readonly region: string;
  /** Without it the service's public endpoint is called. */
  readonly endpoint?: string | undefined;
  readonly path?: string;
  /** `x-amz-target` of JSON protocols; `content-type` stands already. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
  readonly signal?: AbortSignal;
}

/** @returns the parsed answer @throws {AppError} STORAGE with what the service said */
export async function callAws(call: SignedCall, read: ReadCredentials, clock = Date.now): Promise<unknown> {
  const { service, region, path = '/' } = call;
  const url = new URL(path, call.endpoint ?? `https://${service}.${region}.amazonaws.com`);
  const body = JSON.stringify(call.body);
  const credentials = await read();
  const date = timestamp(clock());
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    host: url.host,
    'x-amz-date': date,
    ...(credentials.sessionToken ? { 'x-amz-security-token': credentials.sessionToken } : {}),
    ...call.headers,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'POST',
    url.pathname,
    '',
    ...names.map((name) => `${name}:${headers[name] ?? ''}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const { scope, signature } = sign(canonical, date, region, service, credentials);
  const { host: _, ...sent } = headers;
  const authorization = `${algorithm} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const deadline = AbortSignal.timeout(requestTimeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { ...sent, authorization },
      body,
      signal: call.signal ? AbortSignal.any([call.signal, deadline]) : deadline,
    });
    text = await response.text(); // the limit holds for the body too
  } catch (thrown) {
    call.signal?.throwIfAborted();
    throw new AppError('STORAGE', `${service} cannot be reached at ${url.host}`, coerceError(thrown));
  }
  if (!response.ok) {
    // the REST protocols name the error in a header
    const type = response.headers.get('x-amzn-errortype') ?? '';
    throw new AppError('STORAGE', `${service} answered ${response.status}: ${`${type} ${text}`.trim().slice(0, 300)}`);
  }
  return text === '' ? {} : JSON.parse(text);
}

export interface TokenRequest {
  /** `dsql` or `rds-db`. */
  readonly service: string;
  readonly region: string;
  /** Host, and port where it is not 443. */
  readonly host: string;
  readonly query: Readonly<Record<string, string>>;
  readonly expiresSeconds: number;
}

/** A presigned URL without its scheme, which both kinds of Aurora take in place of a password. */
export async function loginToken(request: TokenRequest, read: ReadCredentials, clock = Date.now): Promise<string> {
  const { service, region, host, expiresSeconds } = request;
  const credentials = await read();
  const date = timestamp(clock());
  const query: Record<string, string> = {
    ...request.query,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${credentials.accessKeyId}/${scopeOf(date, region, service)}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(expiresSeconds),
    ...(credentials.sessionToken ? { 'X-Amz-Security-Token': credentials.sessionToken } : {}),
    'X-Amz-SignedHeaders': 'host',
  };
  const search = Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonical = ['GET', '/', search, `host:${host}`, '', 'host', sha256('')].join('\n');
  const { signature } = sign(canonical, date, region, service, credentials);
  return `${host}/?${search}&X-Amz-Signature=${signature}`;
}

// ---------------------------------------------------------------- Signature Version 4

const algorithm = 'AWS4-HMAC-SHA256';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** `yyyymmddThhmmssZ` */
const timestamp = (nowMs: number): string => new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');

const scopeOf = (date: string, region: string, service: string): string =>
  `${date.slice(0, 8)}/${region}/${service}/aws4_request`;

function sign(
  canonical: string,
  date: string,
  region: string,
  service: string,
  { secretAccessKey }: AwsCredentials,
): { readonly scope: string; readonly signature: string } {
  const scope = scopeOf(date, region, service);
  const key = [date.slice(0, 8), region, service, 'aws4_request'].reduce<string | Buffer>(
    (derived, part) => hmac(derived, part),
    `AWS4${secretAccessKey}`,
  );
  return { scope, signature: hmac(key, [algorithm, date, scope, sha256(canonical)].join('\n')).toString('hex') };
}
