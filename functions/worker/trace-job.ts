// The span of one attempt at a job: it continues the trace of the transaction that made the job, so that every attempt, in
// whatever process, stands in the trace of its reply.
import { inSpan, type Span } from '../../core/tracing.ts';
import type { ClaimedJob } from '../../infra/database/jobs.ts';

export function inJobSpan<T>(job: ClaimedJob, work: (span: Span) => Promise<T>): Promise<T> {
  const { traceparent } = job;
  const attributes = {
    'gill.job.id': job.id,
    'gill.job.kind': job.kind,
    'gill.job.attempt': job.attempt,
    'gill.job.waited_ms': Math.round(job.waitedMs),
    'gill.conversation.id': job.conversationId,
    ...(job.messageId !== null && { 'gill.message.id': job.messageId }),
    ...(job.imageId !== null && { 'gill.image.id': job.imageId }),
  };
  return inSpan(`job ${job.kind}`, { kind: 'CONSUMER', attributes, traceparent }, work);
}
