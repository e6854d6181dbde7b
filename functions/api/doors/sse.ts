// Server-sent events on the same path: `POST /graphql` (or GET, for EventSource) with `Accept: text/event-stream`. Each
// event is written, and the next is taken only after the socket has drained. What is refused is refused with a status,
// before the stream opens. Must never queue.
import { once } from 'node:events';
import type { Request, Response } from 'express';
import { AppError } from '../../../core/app-error.ts';
import { limits } from '../../../core/limits.ts';
import { traceparentOf } from '../../../core/tracing.ts';
import type { LiveStream, Subscriptions } from '../live/subscriptions.ts';
import type { PreparedOperation } from '../prepare-operation.ts';
import { traceOperation } from '../trace-operation.ts';
import type { Admission, Caller } from './admission.ts';

export interface SseDoor {
  /** Answers one request; resolves when the stream is over. @throws before the stream opens */
  readonly answer: (
    request: Request,
    response: Response,
    operation: PreparedOperation,
    viewer: Caller,
  ) => Promise<void>;
  /** Ends every open stream; clients resume elsewhere by cursor. */
  readonly close: () => void;
  readonly count: () => number;
}

export function createSseDoor(
  subscriptions: Subscriptions,
  admission: Pick<Admission, 'keepAdmitted'>,
  executeOnce: (operation: PreparedOperation, viewer: Caller) => Promise<string>,
): SseDoor {
  const open = new Set<AbortController>();
  let closing = false;

  async function answer(
    request: Request,
    response: Response,
    operation: PreparedOperation,
    viewer: Caller,
  ): Promise<void> {
    const stream = await traceOperation('sse', operation, traceparentOf(request.headers), () =>
      operation.kind === 'subscription'
        ? subscriptions.open(operation, viewer, lastEventIdOf(request))
        : oneEvent(executeOnce(operation, viewer)),
    );
    const controller = new AbortController();
    // one that was still being opened when all were ended; what has one answer has it by now
    if (closing && operation.kind === 'subscription') controller.abort();
    open.add(controller);
    response.once('close', () => controller.abort());
    if (response.destroyed || response.closed) controller.abort();
    // cut without `complete`: the client comes back with a fresh token and resumes by cursor
    using _kept = admission.keepAdmitted(request.headers.authorization, viewer, () => controller.abort());
    try {
      await deliver(stream, response, controller);
    } finally {
      stream[Symbol.dispose]();
      open.delete(controller);
    }
  }

  return {
    answer,
    close() {
      closing = true;
      for (const controller of open) controller.abort();
    },
    count: () => open.size,
  };
}

async function deliver(stream: LiveStream, response: Response, controller: AbortController): Promise<void> {
  const { signal } = controller;
  signal.addEventListener('abort', () => stream[Symbol.dispose](), { once: true });
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no', // proxies that buffer would hold events back
  });
  response.flushHeaders();
  const alive = setInterval(() => {
    if (!response.writableNeedDrain) response.write(':\n\n');
  }, limits.keepAliveMs);
  try {
    for (;;) {
      const event = await stream.next();
      if (!event) break;
      const id = event.cursor === undefined ? '' : `id: ${event.cursor}\n`;
      // JSON holds no line break, so one data line is enough
      if (!response.write(`event: next\n${id}data: ${event.payload}\n\n`)) await drained(response, controller);
    }
    if (!signal.aborted) response.write('event: complete\ndata:\n\n');
  } finally {
    clearInterval(alive);
    response.end();
  }
}

/** Waits for the reader; one that takes nothing for too long is cut off, and resumes by cursor. */
async function drained(response: Response, controller: AbortController): Promise<void> {
  const stalled = setTimeout(() => {
    controller.abort();
    response.destroy();
  }, limits.stalledSubscriberMs);
  try {
    await once(response, 'drain', { signal: controller.signal });
  } catch (thrown) {
    if (!controller.signal.aborted) throw thrown; // the reader left: the stream has ended already
  } finally {
    clearTimeout(stalled);
  }
}

/** A query or mutation over SSE: one event, then the end. */
async function oneEvent(result: Promise<string>): Promise<LiveStream> {
  const events = [{ cursor: undefined, payload: await result }];
  return {
    next: () => Promise.resolve(events.pop()),
    [Symbol.dispose]: () => void events.splice(0),
  };
}

/** @throws {AppError} INVALID when it is longer than any cursor */
function lastEventIdOf(request: Request): string | undefined {
  const value = request.headers['last-event-id'];
  if (typeof value !== 'string' || value === '') return undefined;
  if (value.length > 200)
    throw new AppError('INVALID', `Last-Event-ID has ${value.length} characters: it is no cursor`);
  return value;
}
