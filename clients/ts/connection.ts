// How operations reach the server: queries and mutations by POST, subscriptions over one shared socket or as server-sent
// events. Knows nothing of replies. Must never retry by itself: only the caller knows what is safe to send twice.
import { createClient as createSocketClient, type Client as SocketClient } from 'graphql-ws';
import { ClientError, fromAnswer, toClientError, type AnswerError } from './client-error.ts';
import type { Operation } from './operation.ts';
import { readServerSentEvents, refusalOf } from './server-sent-events.ts';

export type StreamDoor = 'websocket' | 'sse';
export type Variables = Readonly<Record<string, unknown>>;

export interface ConnectionOptions {
  /** The server's address, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer …`; asked for anew at each connection. Undefined: there is none. */
  readonly token?: () => string | undefined | Promise<string | undefined>;
  readonly fetch?: typeof fetch;
  /** Default: the platform's. Null: never use sockets. */
  readonly webSocket?: (new (url: string, protocols: string) => object) | null;
  /** Told of every operation as it is sent, with what to call as it goes on. */
  readonly observe?: (exchange: Exchange) => ExchangeObserver;
}

export interface Exchange {
  readonly operation: Pick<Operation<unknown, unknown>, 'name' | 'kind' | 'text'>;
  readonly variables: Variables;
  readonly door: 'http' | StreamDoor;
}

export interface ExchangeObserver {
  readonly answered: (data: unknown) => void;
  readonly ended: (error?: ClientError) => void;
}

export interface Connection extends AsyncDisposable {
  /** What can carry subscriptions here, the better one first. */
  readonly doors: readonly StreamDoor[];
  /** @throws {ClientError} */
  readonly request: <Data, V extends Variables>(
    operation: Operation<Data, V>,
    variables: V,
    signal?: AbortSignal,
  ) => Promise<Data>;
  /** Ends when the server completed or the signal fired. @throws {ClientError} */
  readonly stream: <Data, V extends Variables>(
    operation: Operation<Data, V>,
    variables: V,
    door: StreamDoor,
    signal: AbortSignal,
  ) => AsyncGenerator<Data, void>;
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly AnswerError[];
}

const unobserved: ExchangeObserver = { answered: () => undefined, ended: () => undefined };
const pingMs = 10_000;
const pongMs = 5_000;

export function createConnection(options: ConnectionOptions): Connection {
  const endpoint = `${options.url.replace(/\/$/, '')}/graphql`;
  const send = options.fetch ?? fetch;
  const webSocket = options.webSocket === undefined ? globalThis.WebSocket : options.webSocket;
  const observe = options.observe ?? (() => unobserved);
  const authorization = async (): Promise<Record<string, string>> => {
    const token = await options.token?.();
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  };
  let sockets: SocketClient | undefined;

  const post = async (body: object, accept: string, signal: AbortSignal | undefined): Promise<Response> =>
    send(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, ...(await authorization()) },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });

  async function* overSocket(payload: { query: string; variables: Variables }, signal: AbortSignal) {
    sockets ??= openSockets(endpoint.replace(/^http/, 'ws'), webSocket, authorization);
    const events = sockets.iterate(payload);
    const leave = (): void => void events.return?.();
    signal.addEventListener('abort', leave, { once: true });
    try {
      for await (const event of events) yield event as unknown;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  return {
    doors: webSocket ? ['websocket', 'sse'] : ['sse'],
    async request(operation, variables, signal) {
      const observer = observe({ operation, variables, door: 'http' });
      try {
        const response = await post({ query: operation.text, variables }, 'application/json', signal);
        if (!response.headers.get('content-type')?.includes('json')) throw await refusalOf(response);
        const data = dataOf((await response.json()) as Answer<ReturnType<NonNullable<typeof operation.types>>>);
        observer.answered(data);
        observer.ended();
        return data;
      } catch (thrown) {
        const error =
          signal?.aborted === true
            ? new ClientError('ABORTED', `${operation.name} was stopped by its caller`, false, thrown)
            : toClientError(thrown);
        observer.ended(error);
        throw error;
      }
    },
    async *stream(operation, variables, door, signal) {
      const observer = observe({ operation, variables, door });
      const payload = { query: operation.text, variables };
      try {
        const events =
          door === 'websocket'
            ? overSocket(payload, signal)
            : readServerSentEvents((ending) => post(payload, 'text/event-stream', ending), signal);
        for await (const event of events) {
          const data = dataOf(event as Answer<ReturnType<NonNullable<typeof operation.types>>>);
          observer.answered(data);
          yield data;
        }
        observer.ended();
      } catch (thrown) {
        if (signal.aborted) {
          observer.ended();
          return;
        }
        const error = toClientError(thrown);
        observer.ended(error);
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      await sockets?.dispose();
    },
  };
}

function dataOf<Data>({ data, errors }: Answer<Data>): Data {
  if (errors && errors.length > 0) throw fromAnswer(errors);
  if (data === null || data === undefined) throw new ClientError('NETWORK', 'the answer has no data', true);
  return data;
}

function openSockets(
  url: string,
  webSocketImpl: unknown,
  authorization: () => Promise<Record<string, string>>,
): SocketClient {
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const client = createSocketClient({
    url,
    webSocketImpl,
    connectionParams: authorization,
    lazyCloseTimeout: 3_000,
    retryAttempts: 0, // a retry must start after the newest cursor, which only the caller has
    keepAlive: pingMs,
    on: {
      ping: (received) => {
        if (!received) unanswered = setTimeout(() => client.terminate(), pongMs);
      },
      pong: (received) => {
        if (received) clearTimeout(unanswered);
      },
      closed: () => clearTimeout(unanswered),
    },
  });
  return client;
}
