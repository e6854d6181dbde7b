// Where traces go, by the standard environment variables of OpenTelemetry (docs/operations.md lists those that are known).
// Must never turn tracing on without an endpoint, nor take a value that the SDK would quietly replace by a default.
import { integer, list, oneOf, refuse, url } from './read-value.ts';

export interface TraceConfiguration {
  /** Spans are posted here, as OTLP in protobuf. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For one batch, its repeats included. */
  readonly timeoutMs: number;
  readonly compression: (typeof compressions)[number];
  /** Undefined: each kind of process has its own. */
  readonly serviceName: string | undefined;
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: (typeof samplers)[number];
  /** Share of traces that a sampler with a ratio keeps, 0 to 1. */
  readonly ratio: number;
  /** Spans wait this long for others. */
  readonly batchDelayMs: number;
  /** Spans that wait; more are dropped. */
  readonly maxWaitingSpans: number;
}

const compressions = ['none', 'gzip'] as const;
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export const traceKeys = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_PROTOCOL',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TIMEOUT',
  'OTEL_EXPORTER_OTLP_COMPRESSION',
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'OTEL_BSP_SCHEDULE_DELAY',
  'OTEL_BSP_MAX_QUEUE_SIZE',
  'OTEL_SDK_DISABLED',
];

/** Keys of the standard for what this program does not send: an environment that several programs share may hold them. */
export const otherSignals = /^OTEL_(METRICS?_|LOGS?_|BLRP_|EXPORTER_OTLP_(METRICS|LOGS)_|RESOURCE_ATTRIBUTES_)/;

/** @returns undefined where nothing is to be traced @throws {AppError} CONFIGURATION */
export function readTraces(env: Readonly<Record<string, string | undefined>>): TraceConfiguration | undefined {
  const base = url('OTEL_EXPORTER_OTLP_ENDPOINT', env['OTEL_EXPORTER_OTLP_ENDPOINT'], ['http:', 'https:']);
  const whole = url('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'], [
    'http:',
    'https:',
  ]);
  oneOf('OTEL_EXPORTER_OTLP_PROTOCOL', env['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? 'http/protobuf', ['http/protobuf']);
  const isOff = oneOf('OTEL_SDK_DISABLED', env['OTEL_SDK_DISABLED'] ?? 'false', ['true', 'false']) === 'true';
  const target = whole ?? (base && `${base}/v1/traces`);
  const configuration = {
    headers: pairs('OTEL_EXPORTER_OTLP_HEADERS', env['OTEL_EXPORTER_OTLP_HEADERS']),
    timeoutMs: integer('OTEL_EXPORTER_OTLP_TIMEOUT', env['OTEL_EXPORTER_OTLP_TIMEOUT'], 10_000, 1, 600_000),
    compression: oneOf('OTEL_EXPORTER_OTLP_COMPRESSION', env['OTEL_EXPORTER_OTLP_COMPRESSION'] ?? 'none', compressions),
    serviceName: env['OTEL_SERVICE_NAME'],
    resource: pairs('OTEL_RESOURCE_ATTRIBUTES', env['OTEL_RESOURCE_ATTRIBUTES']),
    sampler: oneOf('OTEL_TRACES_SAMPLER', env['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on', samplers),
    ratio: share('OTEL_TRACES_SAMPLER_ARG', env['OTEL_TRACES_SAMPLER_ARG']),
    batchDelayMs: integer('OTEL_BSP_SCHEDULE_DELAY', env['OTEL_BSP_SCHEDULE_DELAY'], 5_000, 1, 600_000),
    maxWaitingSpans: integer('OTEL_BSP_MAX_QUEUE_SIZE', env['OTEL_BSP_MAX_QUEUE_SIZE'], 2_048, 1, 1_000_000),
  };
  return target === undefined || isOff ? undefined : { url: target, ...configuration };
}

/** `key=value,key=value`, values percent-encoded. A header's value may be a secret, so the message shows none. */
function pairs(key: string, value: string | undefined): Record<string, string> {
  return Object.fromEntries(
    list(value).map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw refuse(`${key} must read key=value, comma separated`);
      try {
        return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
      } catch {
        throw refuse(`${key}: the value of "${pair.slice(0, at)}" is not percent-encoded as it should be`);
      }
    }),
  );
}

function share(key: string, value: string | undefined): number {
  const number = Number(value ?? 1);
  if (!(number >= 0 && number <= 1)) throw refuse(`${key}=${value ?? ''} must be a number from 0 to 1`);
  return number;
}
