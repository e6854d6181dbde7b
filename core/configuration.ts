// Configuration: environment variables in, one typed record out. Parsed once at each process's start. Must never fall
// back silently: an unknown or malformed key stops the start with a sentence.
import { deviceChoices, type DeviceChoice } from './device.ts';
import { integer, list, oneOf, refuse, url } from './read-value.ts';
import { otherSignals, readTraces, traceKeys, type TraceConfiguration } from './trace-configuration.ts';

export interface Configuration {
  /** What `npm start` embeds lies here. */
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  /** Undefined: `npm start` embeds PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** An SQS queue that carries the bell `jobs`. Undefined: bells are PostgreSQL's NOTIFY. */
  readonly queueUrl: string | undefined;
  /** AWS Region of queue, service and parameters. */
  readonly region: string;
  /** What is told to start when work comes while no worker runs. Undefined: workers run by themselves. */
  readonly wake: WakeConfiguration | undefined;
  /** Undefined: `npm start` embeds an S3 endpoint. */
  readonly s3: S3Configuration | undefined;
  /** Folder of the model package, or `s3://bucket/folder`. */
  readonly modelFolder: string;
  /** Remote functions instead of loading weights. */
  readonly functionUrls: {
    readonly llm: string | undefined;
    readonly diffusion: string | undefined;
    readonly vision: string | undefined;
  };
  /** What the functions of this process compute on. */
  readonly device: DeviceChoice;
  /** Bearer token → viewer name. With neither these nor `oidc`, everyone on a loopback host is the viewer `local`. */
  readonly authTokens: ReadonlyMap<string, string> | undefined;
  /** Whose tokens are taken beside those. */
  readonly oidc: OidcConfiguration | undefined;
  /** Milliseconds of computing one viewer may use in a day (UTC). Undefined: no bound. */
  readonly computeBudgetMs: number | undefined;
  /** Origins of pages that may call the API from a browser, beside its own. */
  readonly allowedOrigins: readonly string[];
  /** Who signs for drawn pictures. Undefined: an identity of the data folder, made at the first start. */
  readonly signingIdentity: { readonly certificates: string; readonly key: string } | undefined;
  readonly logLevel: LogLevel;
  /** What a scraper sends to read metrics. Undefined: metrics are read by nobody, or by all where nobody needs a token. */
  readonly metricsToken: string | undefined;
  /** Undefined: nothing is traced. */
  readonly traces: TraceConfiguration | undefined;
  readonly worker: {
    readonly replySlots: number;
    readonly imageSlots: number;
    /** Positions of prompt and reply together; undefined: what the model package says. */
    readonly contextTokens: number | undefined;
    /** Memory for keys and values of the language model. */
    readonly kvMegabytes: number;
  };
}

export interface OidcConfiguration {
  /** As the tokens' `iss` says it, to the letter. */
  readonly issuer: string;
  /** What the tokens' `aud` must hold. */
  readonly audience: string;
  /** Undefined: where the issuer's discovery document says. */
  readonly jwksUrl: string | undefined;
  readonly algorithms: readonly string[];
}

export type WakeConfiguration =
  | { readonly kind: 'ecs'; readonly cluster: string; readonly service: string }
  | { readonly kind: 'sagemaker'; readonly endpoint: string };

export interface S3Configuration {
  readonly endpoint: string | undefined;
  /** The endpoint as browsers reach it; signed URLs name it. */
  readonly publicEndpoint: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** Undefined: the ambient AWS credentials. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

const minTokenCharacters = 16;

const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Keys whose names are too common for a typing mistake in them to be told from somebody else's. */
const plainKeys = ['HOST', 'PORT', 'DATABASE_URL', 'MODEL_URI', 'DEVICE'];
const prefixedKeys = [
  'GILL_DATA_FOLDER',
  'GILL_ALLOWED_ORIGINS',
  'GILL_LOG_LEVEL',
  'GILL_METRICS_TOKEN',
  'GILL_SIGNING_CERTIFICATES',
  'GILL_SIGNING_KEY',
  'GILL_REPLY_SLOTS',
  'GILL_IMAGE_SLOTS',
  'GILL_KV_MEGABYTES',
  'GILL_CONTEXT_TOKENS',
  'S3_ENDPOINT',
  'S3_PUBLIC_ENDPOINT',
  'S3_REGION',
  'S3_BUCKET',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'FUNCTIONS_LLM_URL',
  'FUNCTIONS_DIFFUSION_URL',
  'FUNCTIONS_VISION_URL',
  'AUTH_TOKENS',
  'AUTH_TOKENS_PARAMETER',
  'OIDC_ISSUER',
  'OIDC_AUDIENCE',
  'OIDC_JWKS_URL',
  'OIDC_ALGORITHMS',
  'GILL_DAILY_COMPUTE_SECONDS',
  'SQS_QUEUE_URL',
  'WAKE_ECS_CLUSTER',
  'WAKE_ECS_SERVICE',
  'WAKE_SAGEMAKER_ENDPOINT',
  ...traceKeys,
];
/** Keys under these prefixes are ours; a key that is none of `prefixedKeys` is a typing mistake. */
const ownPrefixes = ['GILL_', 'S3_', 'FUNCTIONS_', 'AUTH_', 'OIDC_', 'SQS_', 'WAKE_', 'OTEL_'];

/**
 * What Kubernetes sets in every container for each service of its namespace, whatever that is called: a service `gill` makes
 * GILL_SERVICE_HOST, GILL_SERVICE_PORT_HTTP, GILL_PORT=tcp://… and GILL_PORT_80_TCP_ADDR.
 */
function isServiceLink(key: string, value: string | undefined): boolean {
  if (prefixedKeys.includes(key)) return false;
  if (/_SERVICE_(HOST|PORT(_.+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(key)) return true;
  return key.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value ?? '');
}

/** @throws {AppError} CONFIGURATION naming the key, its value and what is allowed */
export function readConfiguration(env: Readonly<Record<string, string | undefined>>): Configuration {
  for (const key of Object.keys(env)) {
    if (!ownPrefixes.some((prefix) => key.startsWith(prefix)) || key.startsWith('GILL_TEST_')) continue;
    if (otherSignals.test(key)) continue;
    if (isServiceLink(key, env[key])) continue;
    if (!prefixedKeys.includes(key))
      throw refuse(`${key} is not a configuration key; known are ${[...plainKeys, ...prefixedKeys].join(', ')}`);
  }
  for (const key of [...plainKeys, ...prefixedKeys])
    if (env[key]?.trim() === '') throw refuse(`${key} is set to nothing: give it a value, or leave it out`);
  const host = env['HOST'] ?? '127.0.0.1';
  const authTokens = parseTokens(env['AUTH_TOKENS']);
  const oidc = readOidc(env);
  if (!authTokens && !oidc && !isLoopback(host)) {
    throw refuse(
      `HOST=${host} is reachable from outside, so AUTH_TOKENS (token=viewer, comma separated) or OIDC_ISSUER must be set`,
    );
  }
  return {
    dataFolder: env['GILL_DATA_FOLDER'] ?? 'data',
    host,
    port: integer('PORT', env['PORT'], 4000, 0, 65_535),
    databaseUrl: url('DATABASE_URL', env['DATABASE_URL'], ['postgres:', 'postgresql:', 'dsql:', 'rds:']),
    queueUrl: url('SQS_QUEUE_URL', env['SQS_QUEUE_URL'], ['http:', 'https:']),
    region: env['AWS_REGION'] ?? env['S3_REGION'] ?? 'us-east-1',
    wake: readWake(env),
    s3: readS3(env),
    modelFolder: env['MODEL_URI'] ?? 'models/storybook',
    functionUrls: {
      llm: url('FUNCTIONS_LLM_URL', env['FUNCTIONS_LLM_URL'], ['http:', 'https:']),
      diffusion: url('FUNCTIONS_DIFFUSION_URL', env['FUNCTIONS_DIFFUSION_URL'], ['http:', 'https:']),
      vision: url('FUNCTIONS_VISION_URL', env['FUNCTIONS_VISION_URL'], ['http:', 'https:']),
    },
    device: oneOf('DEVICE', env['DEVICE'] ?? 'auto', deviceChoices),
    authTokens,
    oidc,
    computeBudgetMs: optionalSeconds('GILL_DAILY_COMPUTE_SECONDS', env['GILL_DAILY_COMPUTE_SECONDS']),
    allowedOrigins: list(env['GILL_ALLOWED_ORIGINS']).map(parseOrigin),
    signingIdentity: readSigning(env),
    logLevel: oneOf('GILL_LOG_LEVEL', env['GILL_LOG_LEVEL'] ?? 'info', logLevels),
    metricsToken: readMetricsToken(env['GILL_METRICS_TOKEN']),
    traces: readTraces(env),
    worker: {
      replySlots: integer('GILL_REPLY_SLOTS', env['GILL_REPLY_SLOTS'], 8, 1, 64),
      imageSlots: integer('GILL_IMAGE_SLOTS', env['GILL_IMAGE_SLOTS'], 2, 1, 16),
      contextTokens: optionalInteger('GILL_CONTEXT_TOKENS', env['GILL_CONTEXT_TOKENS'], 512, 131_072),
      kvMegabytes: integer('GILL_KV_MEGABYTES', env['GILL_KV_MEGABYTES'], 1_024, 64, 1_048_576),
    },
  };
}

function readMetricsToken(token: string | undefined): string | undefined {
  if (token !== undefined && token.length < minTokenCharacters)
    throw refuse(`GILL_METRICS_TOKEN has ${token.length} characters, at least ${minTokenCharacters} are needed`);
  return token;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function readS3(env: Readonly<Record<string, string | undefined>>): S3Configuration | undefined {
  const endpoint = url('S3_ENDPOINT', env['S3_ENDPOINT'], ['http:', 'https:']);
  const bucket = env['S3_BUCKET'];
  if (!endpoint && !bucket) {
    const lone = prefixedKeys.find((key) => key.startsWith('S3_') && key !== 'S3_REGION' && env[key] !== undefined);
    if (lone) throw refuse(`${lone} is set, so S3_BUCKET must name the bucket`);
    return undefined;
  }
  if (!bucket) throw refuse(`S3_ENDPOINT=${endpoint ?? ''} is set, so S3_BUCKET must name the bucket`);
  const accessKeyId = env['S3_ACCESS_KEY_ID'];
  const secretAccessKey = env['S3_SECRET_ACCESS_KEY'];
  if (!accessKeyId !== !secretAccessKey)
    throw refuse('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together: set both or none');
  return {
    endpoint,
    publicEndpoint: url('S3_PUBLIC_ENDPOINT', env['S3_PUBLIC_ENDPOINT'], ['http:', 'https:']),
    region: env['S3_REGION'] ?? 'us-east-1',
    bucket,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
  };
}

function readSigning(env: Readonly<Record<string, string | undefined>>): Configuration['signingIdentity'] {
  const certificates = env['GILL_SIGNING_CERTIFICATES'];
  const key = env['GILL_SIGNING_KEY'];
  if (!certificates !== !key)
    throw refuse('GILL_SIGNING_CERTIFICATES and GILL_SIGNING_KEY go together: set both or none');
  return certificates && key ? { certificates, key } : undefined;
}

/** Signatures by a private key; a shared secret (HS256) would make every holder of it an issuer. */
const signatureAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

function readOidc(env: Readonly<Record<string, string | undefined>>): OidcConfiguration | undefined {
  const given = env['OIDC_ISSUER'];
  const audience = env['OIDC_AUDIENCE'];
  if (!given !== !audience) throw refuse('OIDC_ISSUER and OIDC_AUDIENCE go together: set both or none');
  if (!given || !audience) return undefined;
  for (const key of ['OIDC_ISSUER', 'OIDC_JWKS_URL']) requireSafe(key, env[key]);
  const algorithms = list(env['OIDC_ALGORITHMS'] ?? 'RS256,ES256');
  for (const algorithm of algorithms) oneOf('OIDC_ALGORITHMS', algorithm, signatureAlgorithms);
  return { issuer: given, audience, jwksUrl: env['OIDC_JWKS_URL'], algorithms };
}

function requireSafe(key: string, value: string | undefined): void {
  url(key, value, ['http:', 'https:']);
  if (value !== undefined && !isSafeForKeys(value)) throw refuse(`${key} must be reached by https`);
}

/** Whoever can change the keys on their way can sign tokens. */
export function isSafeForKeys(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replaceAll(/[[\]]/g, '')));
}

function optionalInteger(key: string, value: string | undefined, min: number, max: number): number | undefined {
  return value === undefined ? undefined : integer(key, value, min, min, max);
}

function optionalSeconds(key: string, value: string | undefined): number | undefined {
  return value === undefined ? undefined : integer(key, value, 0, 0, 1_000_000_000) * 1_000;
}

function readWake(env: Readonly<Record<string, string | undefined>>): WakeConfiguration | undefined {
  const cluster = env['WAKE_ECS_CLUSTER'];
  const service = env['WAKE_ECS_SERVICE'];
  const endpoint = env['WAKE_SAGEMAKER_ENDPOINT'];
  if (!cluster !== !service) throw refuse('WAKE_ECS_CLUSTER and WAKE_ECS_SERVICE go together: set both or none');
  if (cluster && service) return { kind: 'ecs', cluster, service };
  return endpoint ? { kind: 'sagemaker', endpoint } : undefined;
}

function parseTokens(value: string | undefined): ReadonlyMap<string, string> | undefined {
  if (value === undefined) return undefined;
  const tokens = new Map<string, string>();
  for (const pair of list(value)) {
    const [token, viewer, ...rest] = pair.split('=');
    if (!token || !viewer || rest.length > 0)
      throw refuse('AUTH_TOKENS must read token=viewer, comma separated, without spaces');
    if (token.length < minTokenCharacters)
      throw refuse(
        `AUTH_TOKENS: the token of viewer "${viewer}" has ${token.length} characters, at least ${minTokenCharacters} are needed`,
      );
    tokens.set(token, viewer);
  }
  return tokens;
}

/** What a browser sends as Origin has no path and no default port. */
function parseOrigin(value: string): string {
  const origin = URL.parse(value)?.origin;
  if (origin === undefined || !/^https?:/.test(value) || (value !== origin && value !== `${origin}/`))
    throw refuse(`GILL_ALLOWED_ORIGINS: "${value}" must be an origin such as https://app.example.com, without a path`);
  return origin;
}
