// The readers of `measure-sockets.ts`, in a process of their own: thousands of WebSockets, each of which watches a conversation
// and, where a reply is written in it, that reply too, one after the other. Must never miss a hole: every text begins where
// the last one ended.
import { WebSocket } from 'ws';
import { countAge, noCounts, type Counts } from './socket-counts.ts';

export interface Reader {
  readonly token: string;
  readonly conversationId: string;
  /** The reply it watches first; undefined: nothing is written in its conversation. */
  readonly messageId: string | undefined;
}

export type ToReaders =
  | { readonly type: 'open'; readonly url: string; readonly readers: readonly Reader[] }
  | { readonly type: 'next'; readonly reader: number; readonly messageId: string }
  | { readonly type: 'count' };

export type FromReaders = { readonly type: 'opened' } | { readonly type: 'counts'; readonly counts: Counts };

const openAtOnce = 100;
const mostProblems = 20;

const watchReply = `subscription Reply($messageId: ID!) {
  messageEvents(messageId: $messageId) {
    __typename cursor at
    ... on TextEvent { partIndex offset text }
    ... on ActivityEvent { activity { phase } }
    ... on MessageDoneEvent { message { id status parts { index ... on TextPart { text } } } }
  }
}`;
const watchConversation = `subscription Conversation($conversationId: ID!) {
  conversationEvents(conversationId: $conversationId) { __typename conversationId }
}`;

interface ReplyEvent {
  readonly __typename: string;
  readonly at: string;
  readonly offset?: number;
  readonly text?: string;
  readonly message?: { readonly status: string; readonly parts: readonly { readonly text: string }[] };
}

if (import.meta.main) {
  let counts = noCounts();
  let watchers: ((messageId: string) => void)[] = [];
  const tell = (message: FromReaders): void => void process.send?.(message);
  process.on('message', (message: ToReaders) => {
    switch (message.type) {
      case 'open':
        void openAll(message.url, message.readers).then((opened) => {
          watchers = opened;
          tell({ type: 'opened' });
        });
        return;
      case 'next':
        watchers[message.reader]?.(message.messageId);
        return;
      case 'count':
        tell({ type: 'counts', counts });
        counts = noCounts();
    }
  });
  const problem = (what: string): void => {
    if (counts.problems.length < mostProblems) counts.problems.push(what);
  };

  async function openAll(url: string, readers: readonly Reader[]): Promise<((messageId: string) => void)[]> {
    const opened: ((messageId: string) => void)[] = [];
    for (let at = 0; at < readers.length; at += openAtOnce)
      opened.push(...(await Promise.all(readers.slice(at, at + openAtOnce).map((reader) => openOne(url, reader)))));
    return opened;
  }

  /** @returns what makes it watch a reply */
  async function openOne(
    url: string,
    { token, conversationId, messageId }: Reader,
  ): Promise<(messageId: string) => void> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const ready = Promise.withResolvers<undefined>();
    const say = (message: object): void => socket.send(JSON.stringify(message));
    // the next reply begins while the end of the last one is on its way; characters read of each, by the reply's id
    const read = new Map<string, number>();
    const watch = (reply: string): void => {
      read.set(reply, 0);
      say({ type: 'subscribe', id: reply, payload: { query: watchReply, variables: { messageId: reply } } });
    };
    socket.on('open', () => say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    socket.on('error', (error) => problem(`socket failed: ${error.message}`));
    socket.on('close', (code, reason) => {
      problem(`closed with ${code} ${reason.toString()}`);
      ready.resolve(undefined);
    });
    socket.on('message', (data: Buffer) => {
      const { type, id, payload } = JSON.parse(data.toString()) as {
        readonly type: string;
        readonly id?: string;
        readonly payload?: { readonly data?: { readonly messageEvents?: ReplyEvent } };
      };
      if (type === 'connection_ack') {
        say({
          type: 'subscribe',
          id: 'conversation',
          payload: { query: watchConversation, variables: { conversationId } },
        });
        if (messageId !== undefined) watch(messageId);
        ready.resolve(undefined);
      } else if (type === 'next' && payload?.data?.messageEvents) readEvent(id!, payload.data.messageEvents);
      else if (type === 'next' && id === 'conversation' && payload?.data) return;
      else if (type === 'complete' && id !== 'conversation') return;
      else problem(data.toString().slice(0, 200));
    });
    await ready.promise;
    return watch;

    function readEvent(reply: string, { __typename, at, offset, text, message }: ReplyEvent): void {
      const before = read.get(reply);
      if (__typename === 'TextEvent') {
        if (offset !== before) problem(`text at ${offset} where ${before} had been read`);
        read.set(reply, (offset ?? 0) + (text ?? '').length);
      } else if (__typename === 'MessageDoneEvent') {
        counts.ended++;
        const whole = message?.parts[0]?.text.length ?? 0;
        if (message?.status !== 'COMPLETED' || whole !== before)
          problem(`ended with ${whole} characters where ${before} had been read`);
        read.delete(reply); // a second end would be a problem
      } else return;
      countAge(counts, Date.now() - Date.parse(at));
    }
  }
}
