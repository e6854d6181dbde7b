// The messages of a conversation as they are shown, made of what the server tells. Must never follow a reply twice, nor go on
// following one that nobody looks at.
import { isTerminal, toPart, toReplyState, type ReplyPart } from '../../clients/ts/reply-state.ts';
import type { Client, LiveReply } from '../../clients/ts/index.ts';
import type { DialogueQuery } from '../../schema/generated/client-types.ts';

interface TurnBase {
  readonly id: string;
  /** Ids of every wording or answer at this place, this one included, oldest first. */
  readonly alternatives: readonly string[];
}
export type UserTurn = TurnBase & { readonly role: 'user'; readonly parts: readonly ReplyPart[] };
export type Turn = UserTurn | (TurnBase & { readonly role: 'assistant'; readonly reply: LiveReply });

export type MessagePage = NonNullable<DialogueQuery['conversation']>['messages'];
type Node = MessagePage['edges'][number]['node'];

export interface Turns extends Disposable {
  /** @returns the reply that is followed under its id already, or this one from now on */
  readonly keep: (reply: LiveReply) => LiveReply;
  readonly toTurn: (conversationId: string, node: Node) => Turn;
}

/** @param onOver a reply has ended, or can no longer be followed */
export function createTurns(client: Client, onOver: (reply: LiveReply) => void): Turns {
  const replies = new Map<string, LiveReply>();
  let isLeft = false;

  function keep(reply: LiveReply): LiveReply {
    const known = replies.get(reply.id);
    if (known !== undefined || isLeft) {
      reply[Symbol.dispose]();
      return known ?? reply;
    }
    replies.set(reply.id, reply);
    if (!isTerminal(reply.state.status)) {
      const forget = reply.onChange(() => {
        if (reply.watching.kind !== 'ended' && reply.watching.kind !== 'lost') return;
        forget();
        onOver(reply);
      });
    }
    return reply;
  }

  return {
    keep,
    toTurn(conversationId, node) {
      const alternatives = node.alternatives.map(({ id }) => id);
      if (node.__typename === 'UserMessage')
        return { role: 'user', id: node.id, alternatives, parts: node.parts.map(toPart) };
      const { alternatives: _, ...reply } = node;
      const known = replies.get(reply.id);
      const live = known ?? keep(client.watchFrom(conversationId, toReplyState(reply)));
      return { role: 'assistant', id: node.id, alternatives, reply: live };
    },
    [Symbol.dispose]() {
      isLeft = true;
      for (const reply of replies.values()) reply[Symbol.dispose]();
    },
  };
}
