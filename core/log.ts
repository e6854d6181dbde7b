// Structured logs: one JSON line per entry on stdout, as pino writes it. Must never log a token, a signed URL or a
// message's text; ids are enough to find them.
import pino from 'pino';
import type { LogLevel } from './configuration.ts';
import { spanIds } from './tracing.ts';

export type Log = pino.Logger;

/**
 * @param component what the line is from: `api`, `worker`, `s3` …
 * @param destination where the lines go; default stdout
 */
export function createLog(component: string, level: LogLevel, destination?: pino.DestinationStream): Log {
  const options: pino.LoggerOptions = {
    level,
    base: { component },
    mixin: spanIds, // a line finds its trace, and a trace its lines
    formatters: { level: (label) => ({ level: label }) },
    // a stack trace helps only where we are at fault; `cause` chains are kept as sentences
    serializers: { err: (thrown: unknown) => (thrown instanceof Error ? describe(thrown) : thrown) },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Swallows everything: for tests of parts that must be given a log. */
export const silentLog: Log = pino({ level: 'silent' });

function describe(error: Error): { type: string; message: string; code?: unknown; cause?: unknown } {
  return {
    type: error.name,
    message: error.message,
    ...('code' in error ? { code: error.code } : {}),
    ...(error.cause instanceof Error ? { cause: describe(error.cause) } : {}),
  };
}
