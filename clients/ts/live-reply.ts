// One reply as it grows: the newest state, who wants to hear of it, and what the viewer may do to it. Leaving it cancels
// nothing on the server; only `cancel` does.
import type { ReplyOptions } from '../../schema/generated/client-types.ts';
import { ClientError, toClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { follow } from './follow.ts';
import { applyEvent, isTerminal, toReplyState, type ReplyState } from './reply-state.ts';
import * as operations from './operations.ts';
import { cancelImage } from './picture-operations.ts';
import { retrying } from './retrying.ts';

/** How the reply is being watched. */
export type Watching =
  | { readonly kind: 'following' }
  | { readonly kind: 'reconnecting'; readonly error: ClientError }
  /** Everything is known. */
  | { readonly kind: 'ended' }
  /** It cannot be followed any longer, and trying again will not help: it was deleted, say. */
  | { readonly kind: 'lost'; readonly error: ClientError };

export interface LiveReply extends Disposable, AsyncIterable<ReplyState> {
  readonly id: string;
  readonly conversationId: string;
  /** The newest state: a new object after each change. */
  readonly state: ReplyState;
  readonly watching: Watching;
  /** @returns a function that ends it */
  readonly onChange: (listener: () => void) => () => void;
  /** The state at its end. @throws {ClientError} when the reply was lost */
  readonly finished: () => Promise<ReplyState>;
  /** Stops the reply and its pictures, at once and for good. */
  readonly cancel: () => Promise<void>;
  readonly cancelImage: (imageId: string) => Promise<void>;
  /** Another answer to the same message. */
  readonly regenerate: (options?: ReplyOptions) => Promise<LiveReply>;
  /** Stops watching; the reply goes on. */
  readonly [Symbol.dispose]: () => void;
}

export interface LiveReplyParts {
  readonly connection: Connection;
  readonly conversationId: string;
  readonly start: ReplyState;
  readonly regenerate: (messageId: string, options?: ReplyOptions) => Promise<LiveReply>;
}

/** Whoever leaves a reply that they stopped still wants it stopped. */
const never = new AbortController().signal;

export function createLiveReply({ connection, conversationId, start, regenerate }: LiveReplyParts): LiveReply {
  const leaving = new AbortController();
  const listeners = new Set<() => void>();
  let state = start;
  let watching: Watching = { kind: isTerminal(start.status) ? 'ended' : 'following' };

  function change(newState: ReplyState, newWatching: Watching): void {
    state = newState;
    watching = newWatching;
    for (const listener of [...listeners]) listener();
  }

  async function watch(): Promise<void> {
    const follower = {
      messageId: start.id,
      cursor: () => state.cursor,
      onEvent: (event: Parameters<typeof applyEvent>[1]) => {
        const next = applyEvent(state, event);
        change(next, { kind: isTerminal(next.status) ? 'ended' : 'following' });
      },
      onLost: (error: ClientError) => change(state, { kind: 'reconnecting', error }),
    };
    for (let restarts = 0; ; restarts++) {
      try {
        await follow(connection, follower, leaving.signal);
        return;
      } catch (thrown) {
        const error = toClientError(thrown);
        // the log no longer fits what we hold: start again from the whole message, once
        if (error.code !== 'BAD_USER_INPUT' || restarts > 0) throw error;
        const { message } = await connection.request(operations.reply, { id: start.id }, leaving.signal);
        if (message?.__typename !== 'AssistantMessage')
          throw new ClientError('NOT_FOUND', `the reply ${start.id} is gone`, false, error);
        const next = toReplyState(message);
        change(next, { kind: isTerminal(next.status) ? 'ended' : 'following' });
        if (isTerminal(next.status)) return;
      }
    }
  }

  if (watching.kind === 'following')
    watch().catch((thrown: unknown) => {
      if (!leaving.signal.aborted) change(state, { kind: 'lost', error: toClientError(thrown) });
    });

  const isOver = (): boolean => watching.kind === 'ended' || watching.kind === 'lost' || leaving.signal.aborted;

  async function* states(): AsyncGenerator<ReplyState, void> {
    let shown: ReplyState | undefined;
    for (;;) {
      if (state !== shown) yield (shown = state);
      else if (isOver()) return;
      else await nextChange();
    }
  }

  function nextChange(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const listener = (): void => resolve();
    listeners.add(listener);
    return promise.finally(() => listeners.delete(listener));
  }

  return {
    id: start.id,
    conversationId,
    get state() {
      return state;
    },
    get watching() {
      return watching;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async finished() {
      while (!isOver()) await nextChange();
      if (watching.kind === 'lost') throw watching.error;
      if (watching.kind !== 'ended') throw new ClientError('ABORTED', 'nobody watches this reply any longer', false);
      return state;
    },
    async cancel() {
      const input = { messageId: start.id };
      const { cancelMessage } = await retrying(
        () => connection.request(operations.cancelMessage, { input }), // stopping twice is stopping once
        never,
      );
      refuseFor(cancelMessage.userErrors);
    },
    async cancelImage(imageId) {
      const answer = await retrying(() => connection.request(cancelImage, { input: { imageId } }), never);
      refuseFor(answer.cancelImage.userErrors);
    },
    regenerate: (options) => regenerate(start.id, options),
    [Symbol.asyncIterator]: states,
    [Symbol.dispose]() {
      leaving.abort();
      for (const listener of [...listeners]) listener();
    },
  };
}

/** @throws {ClientError} with the first sentence the server gave */
export function refuseFor(userErrors: readonly { readonly code: string; readonly message: string }[]): void {
  const [first] = userErrors;
  if (first) throw new ClientError(first.code, first.message, first.code === 'BUSY');
}
