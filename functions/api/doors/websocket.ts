// Operations over WebSocket, protocol graphql-transport-ws by `graphql-ws`; the socket itself is ours, so that sends are
// awaited, stalled readers are cut off, and events that are JSON already are not parsed again. Must never execute what
// prepareOperation has not seen.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, execute, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { handleProtocols, makeServer, type Context as SocketContext } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { AppError, coerceError } from '../../../core/app-error.ts';
import { limits } from '../../../core/limits.ts';
import { traceparentOf } from '../../../core/tracing.ts';
import { createContext, type Services } from '../context.ts';
import type { LiveStream, Subscriptions } from '../live/subscriptions.ts';
import { markFailure, maskError, maskResult, statusOf } from '../mask-errors.ts';
import { RefusedOperation, type PrepareOperation, type PreparedOperation } from '../prepare-operation.ts';
import { traceOperation } from '../trace-operation.ts';
import type { Admission, Caller } from './admission.ts';
import type { Gate } from './gate.ts';

export interface WebSocketDoor {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Closes every socket with 1001, behind what was sent; clients come back and resume by cursor. */
  readonly close: () => Promise<void>;
  readonly count: () => number;
}

export interface WebSocketDoorParts {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly prepare: PrepareOperation;
  readonly subscriptions: Subscriptions;
  readonly admission: Admission;
  readonly gate: Gate;
}

interface Extra {
  readonly request: IncomingMessage;
  viewer: Caller | undefined;
  /** Ends the looking at its credential. */
  kept: Disposable | undefined;
  readonly socket: WebSocket;
  /** The socket is gone, though something may still be under way for it. */
  gone: boolean;
  /** Queries and mutations under way, by the client's ids. */
  readonly inside: Map<string, Disposable>;
}

/** What the span of an operation needs. */
interface Traced {
  readonly operation: PreparedOperation;
  readonly traceparent: string | null;
}

/** For the closing handshake with a socket that reads too slowly. */
const closeGraceMs = 2_000;

/** Close codes: 1013 and 4403 make clients try again, with a fresh token in the second case; 4401 does not. */
const closeCodes = {
  goingAway: 1001,
  credentialOver: 4403,
  tryAgainLater: 1013,
  unauthorized: 4401,
  internal: 4500,
} as const;

const tooLarge = 1009;

/** `ws` closes by itself for a message that is too large, and says nothing. */
class ExplainingSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(
      code,
      code === tooLarge ? `a message has more than ${limits.maxRequestBytes} bytes, the limit` : reason,
    );
  }
}

export function createWebSocketDoor(parts: WebSocketDoorParts): WebSocketDoor {
  const { schema, services, prepare, subscriptions, admission, gate } = parts;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxRequestBytes,
    WebSocket: ExplainingSocket,
    perMessageDeflate: false,
    handleProtocols,
  });
  const socketsOf = new Map<string, number>();
  const streams = new WeakMap<ExecutionArgs, LiveStream>();
  const traced = new WeakMap<ExecutionArgs, Traced>();
  /** Stands in a message where an event that is JSON already goes. */
  const placeholder = randomUUID();
  const waiting = new Map<string, string>();

  const protocol = makeServer<Record<string, unknown>, Extra>({
    onConnect: async (context) => {
      const { extra, connectionParams } = context;
      const authorization = authorizationOf(connectionParams) ?? extra.request.headers.authorization;
      const viewer = await admission.admit(authorization);
      if (extra.gone) return false; // nobody would ever count it out again
      const open = socketsOf.get(viewer.id) ?? 0;
      if (open >= limits.maxSocketsPerViewer)
        throw new AppError('BUSY', `${open} sockets of this viewer are open, the limit: close some`);
      socketsOf.set(viewer.id, open + 1);
      extra.viewer = viewer;
      extra.kept = admission.keepAdmitted(authorization, viewer, (why) =>
        extra.socket.close(closeCodes.credentialOver, why.slice(0, 120)),
      );
      return true;
    },
    onClose: ({ extra: { viewer, kept, inside } }) => {
      kept?.[Symbol.dispose]();
      for (const operation of inside.values()) operation[Symbol.dispose]();
      if (!viewer) return;
      const left = (socketsOf.get(viewer.id) ?? 1) - 1;
      if (left > 0) socketsOf.set(viewer.id, left);
      else socketsOf.delete(viewer.id);
    },
    onSubscribe: async (context, id, payload) => {
      try {
        return await prepareArguments(context, id, payload);
      } catch (thrown) {
        return thrown instanceof RefusedOperation ? thrown.errors : [toGraphQLError(thrown)];
      }
    },
    execute: (args) => {
      const { operation, traceparent } = traced.get(args)!;
      return traceOperation('websocket', operation, traceparent, async () => {
        const result = await execute(args);
        result.errors?.forEach(markFailure);
        return result;
      });
    },
    subscribe: (args) => toIterator(streams.get(args)!),
    onComplete: ({ extra }, id) => leave(extra, id),
    onNext: (_, __, ___, ____, result) => maskResult(result as ExecutionResult, services.log),
    onError: ({ extra }, id, ___, errors) => {
      leave(extra, id);
      return errors.map((error) => maskError(error, services.log));
    },
  });

  /** Its last message goes out in this turn of the event loop. */
  const leave = ({ inside }: Extra, id: string): void => {
    inside.get(id)?.[Symbol.dispose]();
    inside.delete(id);
  };

  async function prepareArguments(
    { extra, subscriptions: running }: SocketContext<Record<string, unknown>, Extra>,
    id: string,
    payload: object,
  ): Promise<ExecutionArgs> {
    if (!gate.isOpen()) {
      // unanswered, it is sent again by the client itself once the socket has closed, to a process that stays
      await closedOf(extra.socket);
      throw new AppError('BUSY', 'this process stops');
    }
    const count = Object.keys(running).length;
    if (count > limits.maxOperationsPerSocket)
      throw new AppError(
        'BUSY',
        `${count} operations run on this socket, the limit is ${limits.maxOperationsPerSocket}`,
      );
    const viewer = extra.viewer!;
    if (!(await admission.isCurrent(viewer))) {
      extra.socket.close(closeCodes.credentialOver, 'this account was deleted');
      throw new AppError('UNAUTHENTICATED', 'this account was deleted');
    }
    const operation = prepare(payload as { query: unknown }, viewer);
    if (operation.kind !== 'subscription') {
      leave(extra, id); // a client may use an id again
      extra.inside.set(id, gate.enter());
    }
    const args: ExecutionArgs = {
      schema,
      document: operation.document,
      operationName: operation.operationName,
      variableValues: operation.variables,
      contextValue: createContext(services, viewer),
    };
    // a browser can set no header on a socket, so each operation may bring its own
    const { extensions } = payload as { readonly extensions?: Record<string, unknown> | null };
    const traceparent = traceparentOf(extensions ?? {}) ?? traceparentOf(extra.request.headers);
    if (operation.kind === 'subscription') {
      const open = (): Promise<LiveStream> => subscriptions.open(operation, viewer);
      streams.set(args, await traceOperation('websocket', operation, traceparent, open));
    } else traced.set(args, { operation, traceparent });
    return args;
  }

  /** graphql-ws calls `return` when the client completes, or leaves, whether or not a `next` is pending. */
  function toIterator(stream: LiveStream): AsyncGenerator<ExecutionResult> {
    const end = (): Promise<IteratorResult<ExecutionResult>> => {
      stream[Symbol.dispose]();
      return Promise.resolve({ done: true, value: undefined });
    };
    const iterator: AsyncGenerator<ExecutionResult> = {
      async next() {
        const event = await stream.next();
        if (!event) return end();
        const token = `${placeholder}.${randomUUID()}`;
        waiting.set(token, event.payload);
        return { done: false, value: { data: token as unknown as Record<string, unknown> } };
      },
      return: end,
      throw: end,
      [Symbol.asyncIterator]: () => iterator,
      [Symbol.asyncDispose]: async () => {
        await end();
      },
    };
    return iterator;
  }

  /** Puts the event into its message: `{"data":"<token>"}` becomes the payload. */
  function fill(message: string): string {
    const at = message.indexOf(`{"data":"${placeholder}.`);
    if (at < 0) return message;
    const token = message.slice(at + 9, at + 9 + placeholder.length + 37);
    const payload = waiting.get(token);
    if (payload === undefined) return message;
    waiting.delete(token);
    return message.slice(0, at) + payload + message.slice(at + token.length + 11);
  }

  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    socket.on('error', (error) => services.log.debug({ err: error }, 'socket failed'));
    const alive = keepAlive(socket);
    const extra: Extra = { request, socket, viewer: undefined, kept: undefined, gone: false, inside: new Map() };
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (message) => sendOrCutOff(socket, fill(message)),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          void socket.on('message', (data: Buffer, isBinary) => {
            if (isBinary) socket.close(1003, 'text messages only');
            else handle(data.toString('utf8')).catch((thrown: unknown) => closeFor(socket, thrown, services));
          }),
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      extra.gone = true;
      clearInterval(alive);
      closed(code, reason.toString()).catch((thrown: unknown) =>
        services.log.error({ err: coerceError(thrown) }, 'closing a socket failed'),
      );
    });
  });

  return {
    upgrade(request, socket, head) {
      try {
        if (URL.parse(request.url ?? '', 'http://host')?.pathname !== '/graphql')
          throw new AppError('NOT_FOUND', 'sockets are answered at /graphql');
        if (!gate.isOpen()) throw new AppError('BUSY', 'this process stops: ask again, another one answers');
        admission.checkPlace(request);
      } catch (thrown) {
        socket.end(`HTTP/1.1 ${statusOf(thrown)} Refused\r\nConnection: close\r\n\r\n${coerceError(thrown).message}`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request));
    },
    async close() {
      const all = [...sockets.clients];
      for (const socket of all) socket.close(closeCodes.goingAway, 'server stops');
      const gone = Promise.all(all.map((socket) => closedOf(socket)));
      const deadline = setTimeout(() => all.forEach((socket) => socket.terminate()), 1_000);
      await gone;
      clearTimeout(deadline);
    },
    count: () => sockets.clients.size,
  };
}

/** Resolves when the kernel has taken it. A reader that takes nothing for too long is closed: it resumes by cursor. */
function sendOrCutOff(socket: WebSocket, message: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve(); // its subscriptions are being ended
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stalled = setTimeout(() => {
    // one that reads on finds the code behind what it had not read
    socket.close(closeCodes.tryAgainLater, 'reads too slowly');
    const end = setTimeout(() => socket.terminate(), closeGraceMs);
    socket.once('close', () => clearTimeout(end));
  }, limits.stalledSubscriberMs);
  // an error means that the socket is gone, and its `close` event ends everything on it
  socket.send(message, () => resolve(undefined));
  return promise.finally(() => clearTimeout(stalled));
}

/** A socket on which nothing waits must answer pings. One that does not read cannot: `sendOrCutOff` watches over it. */
function keepAlive(socket: WebSocket): NodeJS.Timeout {
  let answered = true;
  socket.on('pong', () => (answered = true));
  return setInterval(() => {
    if (socket.bufferedAmount > 0) return;
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, limits.keepAliveMs);
}

function closeFor(socket: WebSocket, thrown: unknown, { log }: Services): void {
  if (thrown instanceof AppError && thrown.code === 'UNAUTHENTICATED') {
    socket.close(closeCodes.unauthorized, thrown.message.slice(0, 120));
  } else if (thrown instanceof AppError && thrown.code === 'BUSY') {
    socket.close(closeCodes.tryAgainLater, thrown.message.slice(0, 120));
  } else {
    const { message } = maskError(thrown, log);
    socket.close(closeCodes.internal, message.slice(0, 120));
  }
}

/** Browsers cannot set headers on a socket, so the token may come in the connection's parameters. */
function authorizationOf(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const value = params?.['authorization'] ?? params?.['Authorization'];
  return typeof value === 'string' ? value : undefined;
}

function toGraphQLError(thrown: unknown): GraphQLError {
  const error = coerceError(thrown);
  return new GraphQLError(error.message, { originalError: error });
}

function closedOf(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
