// `conversationEvents`: hints that messages came or ended, or that the conversation is gone. Clients query on connect and
// on each hint, so this starts with what happens from now on.
import { AppError } from '../../../core/app-error.ts';
import { parsePublicId } from '../../../core/ids.ts';
import type { Context } from '../context.ts';
import type { ConversationEventNode } from '../nodes.ts';
import type { Source } from './source.ts';
import type { LogItem } from './tail.ts';

/** Hints kept for slow readers; one that falls further behind misses some, and queries anyway. */
const keptHints = 200;

/** @throws {AppError} NOT_FOUND for a conversation that is not the viewer's */
export async function watchConversation(
  { services, viewer, load }: Context,
  { conversationId }: { readonly conversationId: string },
): Promise<Source> {
  const parsed = parsePublicId(conversationId);
  const conversation = parsed?.kind === 'conversation' ? await load.conversation.load(parsed.uuid) : null;
  if (!conversation) throw new AppError('NOT_FOUND', `there is no conversation "${conversationId.slice(0, 80)}"`);
  const { id } = conversation;
  /** Messages already told of; true once they have ended. */
  let known: Map<string, boolean> | undefined;
  let n = 0;

  return {
    topic: `conversation:${id}`,
    // a tail that others opened earlier holds hints from before this subscriber came
    startAfter: ({ log }) => log.at(-1)?.n ?? 0,
    look: async (last) => {
      const recent = await services.liveReads.recent({
        viewerId: viewer.id,
        conversationId: id,
        messageIds: unfinished(known),
      });
      const hints: ConversationEventNode[] = [];
      if (!recent) hints.push({ __typename: 'ConversationDeletedEvent', conversationId: id });
      for (const { messageId, ended, role } of recent ?? []) {
        const before = known?.get(messageId);
        if (known && before === undefined)
          hints.push({ __typename: 'MessageAddedEvent', conversationId: id, messageId });
        if (known && ended && before !== true && role === 'assistant')
          hints.push({ __typename: 'MessageEndedEvent', conversationId: id, messageId });
        known?.set(messageId, ended);
      }
      known ??= new Map((recent ?? []).map(({ messageId, ended }) => [messageId, ended]));
      if (hints.length === 0) return last;
      const items = hints.map((node): LogItem => ({ n: ++n, cursor: undefined, node }));
      return { ...last, log: [...last.log, ...items].slice(-keptHints), ended: recent === undefined };
    },
  };
}

function unfinished(known: ReadonlyMap<string, boolean> | undefined): string[] {
  return [...(known ?? [])].filter(([, ended]) => !ended).map(([messageId]) => messageId);
}
