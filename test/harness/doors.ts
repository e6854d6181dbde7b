// The three doors as one kind of client, so that one suite runs over each. Speaks the wire itself where the wire is what
// is tested (SSE), and by the official client where that is what people use (graphql-ws).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface Answer {
  /** HTTP status; 200 on a socket. */
  readonly status: number;
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly AnswerError[] | undefined;
}

export interface AnswerError {
  readonly message: string;
  readonly extensions: { readonly code: string; readonly retryable?: boolean };
}

export interface Received extends Omit<Answer, 'status'> {
  /** SSE only. */
  readonly id?: string | undefined;
}

export interface Request {
  readonly query: string;
  readonly variables?: Record<string, unknown> | undefined;
  readonly operationName?: string | undefined;
  readonly headers?: Record<string, string> | undefined;
}

export interface Stream extends AsyncDisposable {
  /** The next event; undefined when the server completed. @throws {StreamRefused} */
  readonly next: () => Promise<Received | undefined>;
  /** Cuts the connection without a goodbye. */
  readonly cut: () => void;
}

/** The server refused to open the stream. */
export class StreamRefused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(answer.errors?.[0]?.message ?? `status ${answer.status}`);
    this.answer = answer;
  }
}

export interface Door {
  readonly name: 'http' | 'websocket' | 'sse';
  readonly request: (request: Request) => Promise<Answer>;
  /** Undefined where the door carries no subscriptions. */
  readonly subscribe?: (request: Request) => Stream;
}

export function doorsOf(url: string): readonly Door[] {
  return [httpDoor(url), webSocketDoor(url), sseDoor(url)];
}

export function httpDoor(url: string): Door {
  return { name: 'http', request: (request) => post(url, request) };
}

async function post(url: string, { headers, ...body }: Request): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(!/\.ts:\d+|node_modules/.test(text), `an answer shows the inside: ${text}`);
  return { status: response.status, ...(JSON.parse(text) as Omit<Answer, 'status'>) };
}

// ---------------------------------------------------------------- server-sent events

export function sseDoor(url: string): Door {
  const subscribe = (request: Request): Stream => openSse(url, request);
  return {
    name: 'sse',
    subscribe,
    async request(request) {
      await using stream = subscribe(request);
      try {
        const answer = (await stream.next())!;
        assert.equal(await stream.next(), undefined);
        return { status: 200, data: answer.data, errors: answer.errors };
      } catch (thrown) {
        if (thrown instanceof StreamRefused) return thrown.answer;
        throw thrown;
      }
    },
  };
}

function openSse(url: string, { headers, ...body }: Request): Stream {
  const controller = new AbortController();
  const events = readSse(url, body, headers ?? {}, controller.signal);
  return {
    async next() {
      const { value, done } = await events.next();
      return done === true ? undefined : value;
    },
    cut: () => controller.abort(),
    async [Symbol.asyncDispose]() {
      controller.abort();
      await events.return(undefined).catch(ignoreAbort);
    },
  };
}

async function* readSse(
  url: string,
  body: object,
  headers: Record<string, string>,
  signal: AbortSignal,
): AsyncGenerator<Received, undefined> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify(body),
    signal,
  });
  if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true)
    throw new StreamRefused({ status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) });
  let buffer = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    buffer += chunk;
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const fields = new Map(
        buffer
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
      );
      buffer = buffer.slice(end + 2);
      if (fields.get('event') === 'complete') return undefined;
      if (fields.get('event') === 'next')
        yield { ...(JSON.parse(fields.get('data')!) as Received), id: fields.get('id') };
    }
  }
  throw new Error('the stream ended without `complete`');
}

function ignoreAbort(thrown: unknown): void {
  if (!(thrown instanceof Error && thrown.name === 'AbortError')) throw thrown;
}

// ---------------------------------------------------------------- WebSocket

export function webSocketDoor(url: string): Door {
  return {
    name: 'websocket',
    subscribe: (request) => openSocketStream(url, request),
    async request(request) {
      await using stream = openSocketStream(url, request);
      try {
        const answer = (await stream.next())!;
        assert.equal(await stream.next(), undefined);
        return { status: 200, ...answer };
      } catch (thrown) {
        if (thrown instanceof StreamRefused) return thrown.answer;
        throw thrown;
      }
    },
  };
}

function openSocketStream(url: string, { headers, ...payload }: Request): Stream {
  const sockets = new Set<WebSocket>();
  class HeaderSocket extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, { headers: headers ?? {} });
      sockets.add(this);
    }
  }
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: HeaderSocket,
    retryAttempts: 0,
    lazy: true,
  });
  const events = client.iterate(payload);
  return {
    async next() {
      try {
        const { value, done } = await events.next();
        return done === true ? undefined : (value as Received);
      } catch (thrown) {
        if (Array.isArray(thrown)) throw new StreamRefused({ status: 200, errors: thrown as AnswerError[] });
        throw thrown;
      }
    },
    cut: () => sockets.forEach((socket) => socket.terminate()),
    async [Symbol.asyncDispose]() {
      await events.return?.(undefined);
      await client.dispose();
      const open = [...sockets].filter((socket) => socket.readyState !== WebSocket.CLOSED);
      await Promise.all(open.map((socket) => once(socket, 'close')));
    },
  };
}
