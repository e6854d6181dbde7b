// The client: send a wish, get a live reply. Works in browsers and in Node. Must never send one intent twice: what is tried
// again carries the idempotency key of the first try.
import { v4 as newUuid } from 'uuid';
import type { ReplyOptions, SendMessageInput } from '../../schema/generated/client-types.ts';
import { ClientError } from './client-error.ts';
import { createConnection, type Connection, type ConnectionOptions } from './connection.ts';
import { createFiles, type Files } from './files.ts';
import { createLiveReply, refuseFor, type LiveReply } from './live-reply.ts';
import * as operations from './operations.ts';
import { toReplyState, type ReplyState } from './reply-state.ts';
import { retrying } from './retrying.ts';

export interface SendOptions extends Pick<SendMessageInput, 'conversationId' | 'parentId' | 'replacesId' | 'options'> {
  readonly signal?: AbortSignal;
}

export interface Client extends AsyncDisposable {
  /** Says something; without `conversationId` it opens a conversation. @throws {ClientError} */
  readonly send: (text: string, options?: SendOptions) => Promise<LiveReply>;
  /** Follows a reply that is there already, such as after a reload. @throws {ClientError} NOT_FOUND */
  readonly watch: (replyId: string) => Promise<LiveReply>;
  /** Follows a reply from a state that a query returned. */
  readonly watchFrom: (conversationId: string, state: ReplyState) => LiveReply;
  readonly regenerate: (replyId: string, options?: ReplyOptions) => Promise<LiveReply>;
  readonly files: Files;
  /** Any other operation. @throws {ClientError} */
  readonly request: Connection['request'];
}

export function createClient(options: ConnectionOptions): Client {
  const connection = createConnection(options);
  const never = new AbortController().signal;

  const watchFrom = (conversationId: string, start: ReplyState): LiveReply =>
    createLiveReply({ connection, conversationId, start, regenerate });

  async function regenerate(messageId: string, replyOptions?: ReplyOptions): Promise<LiveReply> {
    const input = { messageId, idempotencyKey: newUuid(), ...(replyOptions && { options: replyOptions }) };
    const { regenerateMessage } = await retrying(
      () => connection.request(operations.regenerateMessage, { input }),
      never,
    );
    refuseFor(regenerateMessage.userErrors);
    const reply = regenerateMessage.reply!;
    return watchFrom(reply.conversation.id, toReplyState(reply));
  }

  return {
    files: createFiles(connection),
    request: connection.request,
    watchFrom,
    regenerate,
    async send(text, { signal = never, ...place } = {}) {
      const input = { ...place, parts: [{ text }], idempotencyKey: newUuid() };
      const { sendMessage } = await retrying(
        () => connection.request(operations.sendMessage, { input }, signal),
        signal,
      );
      refuseFor(sendMessage.userErrors);
      return watchFrom(sendMessage.conversation!.id, toReplyState(sendMessage.reply!));
    },
    async watch(replyId) {
      const { message } = await retrying(() => connection.request(operations.reply, { id: replyId }), never);
      if (message?.__typename !== 'AssistantMessage')
        throw new ClientError('NOT_FOUND', `there is no reply ${replyId}`, false);
      return watchFrom(message.conversation.id, toReplyState(message));
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
