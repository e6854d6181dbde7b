// Sends spans to an OpenTelemetry collector, where one is configured; where none is, nothing of the SDK is even loaded. Must
// never hold up or break what is traced: spans wait in a bounded queue, and a collector that is away costs a log line.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { context, propagation, trace } from '@opentelemetry/api';
import type { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, Sampler, SpanExporter } from '@opentelemetry/sdk-trace';
import { unreachable } from '../../core/app-error.ts';
import type { TraceConfiguration } from '../../core/trace-configuration.ts';
import type { Log } from '../../core/log.ts';

/** Of the seconds that a process has to stop. */
const flushMs = 2_000;
const batchSpans = 512;

/**
 * @param configuration undefined: nothing is traced
 * @param component `api`, `worker`, `llm`, `diffusion` or `vision`
 * @returns dispose it last, so that what the other parts traced while they stopped goes out too
 */
export async function startTraces(
  configuration: TraceConfiguration | undefined,
  component: string,
  log: Log,
): Promise<AsyncDisposable> {
  if (!configuration) return new AsyncDisposableStack();
  const [sdk, { AsyncLocalStorageContextManager }, { resourceFromAttributes }, core, { OTLPTraceExporter }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/core'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
    ]);
  const { url, headers, timeoutMs, compression, maxWaitingSpans } = configuration;
  const exporter = new OTLPTraceExporter({
    url,
    headers,
    timeoutMillis: timeoutMs,
    compression: compression as never, // an enum of the same words, which its package does not export
  });
  const processor = new sdk.BatchSpanProcessor({
    exporter: tellingOutages(exporter, core.ExportResultCode.SUCCESS, log),
    scheduledDelayMillis: configuration.batchDelayMs,
    exportTimeoutMillis: timeoutMs + 1_000,
    maxQueueSize: maxWaitingSpans,
    maxExportBatchSize: Math.min(batchSpans, maxWaitingSpans),
  });
  const provider = new sdk.TracerProvider({
    sampler: createSampler(sdk, configuration),
    resource: resourceFromAttributes({
      'service.instance.id': randomUUID(),
      ...configuration.resource,
      'service.name': configuration.serviceName ?? configuration.resource['service.name'] ?? `gill-${component}`,
      'gill.component': component,
    }),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  log.info({ host: new URL(url).host, sampler: configuration.sampler }, 'traces are sent');
  return {
    async [Symbol.asyncDispose]() {
      const sent = provider.shutdown().then(
        () => true,
        () => false,
      );
      if (!(await Promise.race([sent, delay(flushMs, false, { ref: false })])))
        log.warn('the last spans could not be sent');
      trace.disable();
      propagation.disable();
      context.disable();
    },
  };
}

type Sdk = typeof import('@opentelemetry/sdk-trace');

function createSampler(sdk: Sdk, { sampler, ratio }: TraceConfiguration): Sampler {
  switch (sampler) {
    case 'always_on':
      return new sdk.AlwaysOnSampler();
    case 'always_off':
      return new sdk.AlwaysOffSampler();
    case 'traceidratio':
      return new sdk.TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new sdk.ParentBasedSampler({ root: new sdk.AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) });
    default:
      return unreachable(sampler);
  }
}

/** One line when the collector goes, with what it lost by then, and one when it is back. */
function tellingOutages(exporter: SpanExporter, success: ExportResultCode, log: Log): SpanExporter {
  let lostSpans = 0;
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== success;
        if (failed && lostSpans === 0)
          log.warn(
            { reason: result.error?.message },
            'spans cannot be sent: they are dropped until the collector is back',
          );
        if (!failed && lostSpans > 0) log.info({ lostSpans }, 'spans are sent again');
        lostSpans = failed ? lostSpans + spans.length : 0;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
