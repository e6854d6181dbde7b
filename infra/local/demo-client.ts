// One message through the public GraphQL API, as any client would send it: a mutation, then a subscription that is resumed
// by its cursor when the connection breaks. Must never use anything that a stranger's program could not.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import { AppError, coerceError } from '../../core/app-error.ts';

const firstPauseMs = 200;
const mostPauseMs = 3_000;
/** Without any event for this long the demo gives up: loading weights tells its progress every second. */
const silenceMs = 120_000;

export interface DemoImage {
  readonly id: string;
  readonly status: string;
  readonly alt: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly failure: { readonly message: string } | null;
  readonly file: { readonly url: string; readonly expiresAt: string } | null;
}

/** A found picture is finished from the start; one that is drawn has an `ImageDoneEvent` to come. */
export type ShownImage = { readonly __typename: 'GeneratedImage' | 'UploadedImage' | 'GalleryImage' } & Omit<
  DemoImage,
  'status' | 'failure'
>;

export interface DemoMessage {
  readonly status: string;
  readonly failure: { readonly message: string } | null;
  readonly usage: { readonly outputTokens: number; readonly imageSteps: number; readonly computeMs: number } | null;
  /** The gate's, where it was asked. */
  readonly pictureProbability: number | null;
}

export type DemoEvent =
  | { readonly __typename: 'TextEvent'; readonly partIndex: number; readonly offset: number; readonly text: string }
  | { readonly __typename: 'ImageEvent'; readonly part: { readonly image: ShownImage } }
  | { readonly __typename: 'ImageDoneEvent'; readonly image: DemoImage }
  | {
      readonly __typename: 'ActivityEvent';
      readonly activity: {
        readonly phase: string;
        readonly position: number | null;
        readonly loadedBytes: number | null;
        readonly totalBytes: number | null;
      };
    }
  | {
      readonly __typename: 'ImageProgressEvent';
      readonly progress: { readonly phase: string; readonly step: number; readonly steps: number };
    }
  | { readonly __typename: 'MessageDoneEvent'; readonly message: DemoMessage };

type WithCursor = DemoEvent & { readonly cursor: string };

const sendMessage = `mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) { reply { id } userErrors { message } }
}`;

const replyEvents = `subscription Reply($id: ID!, $after: String) {
  messageEvents(messageId: $id, after: $after) {
    __typename
    cursor
    ... on TextEvent { partIndex offset text }
    ... on ImageEvent { part { image { __typename id alt width height file { url expiresAt } } } }
    ... on ImageDoneEvent { image { id status alt width height failure { message } file { url expiresAt } } }
    ... on ActivityEvent { activity { phase position loadedBytes totalBytes } }
    ... on ImageProgressEvent { progress { phase step steps } }
    ... on MessageDoneEvent { message { status pictureProbability failure { message } usage { outputTokens imageSteps computeMs } } }
  }
}`;

export interface DemoClient extends AsyncDisposable {
  /** @returns the reply's id. @throws {AppError} with what the server says */
  readonly send: (text: string, signal: AbortSignal) => Promise<{ readonly id: string }>;
  /** Every event of a reply from its first to its last; a broken connection shows as a pause. @throws {AppError} */
  readonly events: (reply: { readonly id: string }, signal: AbortSignal) => AsyncGenerator<DemoEvent>;
}

/** @param token a bearer token, where the server asks for one */
export function createDemoClient(url: string, token: string | undefined): DemoClient {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const sockets: Client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: authorization,
    // it would ask again from the first cursor; resuming is done below
    retryAttempts: 0,
    lazyCloseTimeout: 0,
  });

  return {
    async send(text, signal) {
      const variables = { input: { parts: [{ text }], idempotencyKey: randomUUID() } };
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization },
        body: JSON.stringify({ query: sendMessage, variables }),
        signal,
      });
      const { data, errors } = (await response.json()) as SendAnswer;
      const payload = data?.sendMessage;
      const refused = errors?.[0]?.message ?? payload?.userErrors[0]?.message;
      if (response.status === 401)
        throw new AppError(
          'UNAUTHENTICATED',
          `the server refused the message: ${refused ?? 'it wants a token'}. The demo takes the token from AUTH_TOKENS: give it the server's own, as in AUTH_TOKENS=token=viewer npm run demo`,
        );
      if (!payload?.reply)
        throw new AppError('INVALID', `the server refused the message: ${refused ?? 'no reason given'}`);
      return payload.reply;
    },

    async *events({ id }, signal) {
      // from the first event: a quick reply has begun before its sender is told of it
      let after: string | undefined;
      let pauseMs = firstPauseMs;
      let heardAt = performance.now();
      for (;;) {
        try {
          for await (const event of subscribe(sockets, { id, after }, signal)) {
            heardAt = performance.now();
            pauseMs = firstPauseMs;
            after = event.cursor;
            yield event;
            if (event.__typename === 'MessageDoneEvent') return;
          }
        } catch (thrown) {
          signal.throwIfAborted();
          if (thrown instanceof AppError) throw thrown;
          if (performance.now() - heardAt > silenceMs)
            throw new AppError(
              'DEADLINE_EXCEEDED',
              `the server cannot be reached: ${coerceError(thrown).message}`,
              thrown,
            );
        }
        await delay(pauseMs, undefined, { signal });
        pauseMs = Math.min(pauseMs * 2, mostPauseMs);
      }
    },

    async [Symbol.asyncDispose]() {
      await sockets.dispose();
    },
  };
}

interface SendAnswer {
  readonly data?: {
    readonly sendMessage: {
      readonly reply: { readonly id: string } | null;
      readonly userErrors: readonly { readonly message: string }[];
    } | null;
  };
  readonly errors?: readonly { readonly message: string }[];
}

/** One connection's worth of events. @throws {AppError} for an answer of the server; anything else is the connection */
async function* subscribe(
  sockets: Client,
  variables: { readonly id: string; readonly after: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<WithCursor> {
  const results = sockets.iterate<{ messageEvents: WithCursor }>({ query: replyEvents, variables });
  const silence = new AbortController();
  const end = (): void => void results.return?.();
  let timer = setTimeout(() => silence.abort(), silenceMs);
  signal.addEventListener('abort', end, { once: true });
  silence.signal.addEventListener('abort', end, { once: true });
  try {
    for await (const { data, errors } of results) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
      if (errors?.[0]) throw new AppError('INTERNAL', `the server ended the reply: ${errors[0].message}`);
      if (data) yield data.messageEvents;
    }
    signal.throwIfAborted();
    if (silence.signal.aborted)
      throw new AppError(
        'DEADLINE_EXCEEDED',
        `nothing happened for ${silenceMs / 1_000} s: is a worker running? Its log tells`,
      );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
