// Spans around what takes time, by OpenTelemetry's API alone: until infra/telemetry/traces.ts has started its SDK, which it
// does only where that is configured, every call here meets the API's no-op. Must never be given what people wrote, a
// token or a signed URL: ids, counts and codes find the rest in the log.
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { AppError, coerceError, isAbort } from './app-error.ts';

export type { Attributes, Span };

/** Asked for each time: one that is kept would stay with the SDK that it met first. */
const tracer = (): Tracer => trace.getTracer('gill-server');

export interface SpanOptions {
  readonly kind?: keyof typeof SpanKind;
  readonly attributes?: Attributes;
  /** W3C trace context that this span continues, null for none. Absent: it is a child of the active span. */
  readonly traceparent?: string | null;
}

/** Runs `work` inside a span of its own; what it throws marks the span and passes. */
export function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const { kind = 'INTERNAL', attributes = {}, traceparent } = options;
  const parent = traceparent === undefined ? context.active() : contextOf(traceparent);
  return tracer().startActiveSpan(name, { kind: SpanKind[kind], attributes }, parent, async (span) => {
    try {
      return await work(span);
    } catch (thrown) {
      if (isAbort(thrown)) span.setAttribute('gill.aborted', true);
      else markFailed(span, thrown instanceof AppError ? thrown.code : coerceError(thrown).name);
      throw thrown;
    } finally {
      span.end();
    }
  });
}

/** Starts a child that is ended by hand; it is never the active span. */
export function startChild(parent: Span, name: string): Span {
  return tracer().startSpan(name, {}, trace.setSpan(ROOT_CONTEXT, parent));
}

/** @param code of `errorTable`, or a class of errors: never a sentence, which may quote what someone wrote */
export function markFailed(span: Span, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

export const activeSpan = (): Span | undefined => trace.getActiveSpan();

/** W3C trace context of the active span, for a job's row; null where nothing traces. */
export const activeTraceparent = (): string | null => traceHeaders()['traceparent'] ?? null;

/** Headers by which another process continues this trace; none where nothing traces. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** What a request brings along; whether it is well formed, the propagator decides. */
export function traceparentOf({ traceparent }: Readonly<Record<string, unknown>>): string | null {
  return typeof traceparent === 'string' ? traceparent : null;
}

/** A callback that works in the caller's span, from whatever loop it is called. */
export const boundToSpan = <Args extends unknown[]>(callback: (...args: Args) => void): ((...args: Args) => void) =>
  context.bind(context.active(), callback);

/** Runs what belongs to no single span: it outlives the caller, or serves others as well. */
export const outsideSpans = <T>(work: () => T): T => context.with(ROOT_CONTEXT, work);

/** What a log line says of the active span. */
export function spanIds(): { trace_id?: string; span_id?: string } {
  const active = trace.getActiveSpan()?.spanContext();
  return active ? { trace_id: active.traceId, span_id: active.spanId } : {};
}

const contextOf = (traceparent: string | null): Context =>
  traceparent === null ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
