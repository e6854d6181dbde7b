// One span for each operation that a door runs: the root of a reply's trace, or a child of what the client sends along. Must
// never hold the document or its variables: they are what people write.
import { inSpan, outsideSpans } from '../../core/tracing.ts';
import type { PreparedOperation } from './prepare-operation.ts';

/** A program's own name for an operation, as GraphQL allows names. */
const maxNameCharacters = 64;

/** Of a subscription the span is its opening alone: what it then shares with other readers belongs to no trace. */
export function traceOperation<T>(
  door: 'http' | 'websocket' | 'sse',
  { kind, operationName }: Pick<PreparedOperation, 'kind' | 'operationName'>,
  traceparent: string | null,
  work: () => Promise<T>,
): Promise<T> {
  const attributes = {
    'gill.door': door,
    'graphql.operation.type': kind,
    ...(operationName !== undefined && { 'graphql.operation.name': operationName.slice(0, maxNameCharacters) }),
  };
  return inSpan(kind, { kind: 'SERVER', attributes, traceparent }, () =>
    kind === 'subscription' ? outsideSpans(work) : work(),
  );
}
