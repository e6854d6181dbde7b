// One conversation as it is shown: the path to one leaf, its live replies, and what the viewer does to them. Must never show
// a message twice, nor lose one that the server accepted.
import { isTerminal, toPart, toReplyState, type ReplyPart } from '../../clients/ts/reply-state.ts';
import type { Client, LiveReply, Picture } from '../../clients/ts/index.ts';
import type { RedrawChange } from '../../clients/ts/client.ts';
import { toClientError, type ClientError } from '../../clients/ts/client-error.ts';
import { dialogue as dialogueQuery } from '../../clients/ts/operations.ts';
import { retrying } from '../../clients/ts/retrying.ts';
import type { DialogueQuery } from '../../schema/generated/client-types.ts';
import { createAttachments, type Attachments } from './attachments.ts';
import { extend, regroup, type Groups } from './groups.ts';
import { leaves, rememberPath } from './leaves.ts';
import { createStore, type Readable } from './store.ts';
import { picturesOf, surelyWanted, textOf, toOptions, toParts, type Wish } from './wish.ts';

interface TurnBase {
  readonly id: string;
  /** Ids of every wording or answer at this place, this one included, oldest first. */
  readonly alternatives: readonly string[];
}
export type Turn =
  | (TurnBase & { readonly role: 'user'; readonly parts: readonly ReplyPart[] })
  | (TurnBase & { readonly role: 'assistant'; readonly reply: LiveReply });

export type UserTurn = Extract<Turn, { role: 'user' }>;

export interface DialogueState {
  readonly phase: 'new' | 'loading' | 'ready' | 'missing' | 'failed';
  readonly conversationId: string | undefined;
  readonly title: string | null;
  /** Earlier ones come in front, new ones behind. */
  readonly groups: Groups;
  /** Where earlier messages begin; undefined when the first is shown. */
  readonly earlier: string | undefined;
  /** What is on its way to the server. */
  readonly sending: Wish | undefined;
  readonly problem: string | undefined;
}

export interface Dialogue extends Readable<DialogueState>, Disposable {
  /** Pictures that will go with the next message. */
  readonly attachments: Attachments;
  readonly load: (leafId?: string) => Promise<void>;
  readonly loadEarlier: () => Promise<void>;
  /** @returns false when it was not accepted; `problem` says why */
  readonly send: (wish: Wish) => Promise<boolean>;
  readonly reword: (messageId: string, wish: Wish) => Promise<boolean>;
  readonly regenerate: (replyId: string) => Promise<void>;
  /** Answers anew with a picture of the gallery. */
  readonly findInstead: (replyId: string) => Promise<void>;
  /** Says the message before a reply again, with the picture that it means. */
  readonly mean: (replyId: string, picture: Picture) => Promise<void>;
  /** What the viewer said before a reply; empty where it is not shown. */
  readonly wordsBefore: (replyId: string) => string;
  /** Draws a picture again, or in the place of a found one, in an alternative to its reply. */
  readonly redraw: (imageId: string, change: RedrawChange) => Promise<void>;
  /** Shows the branch of another wording or answer. */
  readonly choose: (messageId: string) => Promise<void>;
  readonly dismissProblem: () => void;
}

export interface DialogueHooks {
  /** The first message opened a conversation. */
  readonly onOpened: (conversationId: string) => void;
  /** Something was written or ended. */
  readonly onChanged: () => void;
}

type Page = NonNullable<DialogueQuery['conversation']>['messages'];
type Node = Page['edges'][number]['node'];

const pageSize = 30;

export function createDialogue(client: Client, start: string | undefined, hooks: DialogueHooks): Dialogue {
  const leaving = new AbortController();
  const replies = new Map<string, LiveReply>();
  const attachments = createAttachments(client);
  const store = createStore<DialogueState>({
    ...{ phase: start === undefined ? 'new' : 'loading', conversationId: start, title: null },
    ...{ groups: [], earlier: undefined, sending: undefined, problem: undefined },
  });

  function keep(reply: LiveReply): LiveReply {
    const known = replies.get(reply.id);
    if (known) {
      reply[Symbol.dispose]();
      return known;
    }
    replies.set(reply.id, reply);
    if (!isTerminal(reply.state.status)) {
      const forget = reply.onChange(() => {
        if (reply.watching.kind !== 'ended') return;
        forget();
        hooks.onChanged();
      });
    }
    return reply;
  }

  function toTurn(conversationId: string, node: Node): Turn {
    const alternatives = node.alternatives.map(({ id }) => id);
    if (node.__typename === 'UserMessage')
      return { role: 'user', id: node.id, alternatives, parts: node.parts.map(toPart) };
    const { alternatives: _, ...reply } = node;
    const known = replies.get(reply.id);
    const live = known ?? keep(client.watchFrom(conversationId, toReplyState(reply)));
    return { role: 'assistant', id: node.id, alternatives, reply: live };
  }

  async function read(leafId: string | undefined, before: string | undefined): Promise<Page | undefined> {
    const { conversationId } = store.get();
    const variables = { id: conversationId!, leafId: leafId ?? null, last: pageSize, before: before ?? null };
    const { conversation } = await retrying(
      () => client.request(dialogueQuery, variables, leaving.signal),
      leaving.signal,
    );
    if (!conversation) store.set({ phase: 'missing', groups: [], earlier: undefined });
    else store.set({ title: conversation.title });
    return conversation?.messages;
  }

  async function load(leafId?: string): Promise<void> {
    const { conversationId } = store.get();
    try {
      const page = await read(leafId, undefined);
      if (!page) return;
      const turns = page.edges.map(({ node }) => toTurn(conversationId!, node));
      const { groups, earlier } = store.get();
      const extended = extend(groups, turns);
      store.set({
        phase: 'ready',
        groups: regroup(extended ?? turns, groups),
        earlier: extended ? earlier : earlierOf(page),
      });
      rememberPath(
        conversationId!,
        turns.map(({ id }) => id),
      );
    } catch (thrown) {
      if (leaving.signal.aborted) return;
      const problem = sentenceOf(toClientError(thrown));
      store.set(store.get().groups.length > 0 ? { problem } : { phase: 'failed', problem });
    }
  }

  async function say(wish: Wish, place: { readonly replacesId?: string }): Promise<boolean> {
    const { conversationId, groups } = store.get();
    store.set({ sending: wish, problem: undefined });
    try {
      // the branch that is shown goes on, whichever was written to last
      const parent = groups.flat().findLast(({ role }) => role === 'assistant');
      const follows = place.replacesId === undefined && parent ? { parentId: parent.id } : {};
      const where = conversationId === undefined ? {} : { conversationId, ...follows, ...place };
      const reply = keep(await client.send(toParts(wish), { ...where, ...toOptions(wish), signal: leaving.signal }));
      store.set({ conversationId: reply.conversationId });
      await load(reply.id);
      store.set({ sending: undefined });
      if (conversationId === undefined) hooks.onOpened(reply.conversationId);
      hooks.onChanged();
      return true;
    } catch (thrown) {
      if (!leaving.signal.aborted) store.set({ sending: undefined, problem: sentenceOf(toClientError(thrown)) });
      return false;
    }
  }

  function saidBefore(replyId: string): UserTurn | undefined {
    const turns = store.get().groups.flat();
    const said = turns[turns.findIndex(({ id }) => id === replyId) - 1];
    return said?.role === 'user' ? said : undefined;
  }

  /** Shows an alternative that is being made. */
  async function another(make: () => Promise<LiveReply>): Promise<void> {
    store.set({ problem: undefined });
    try {
      const reply = keep(await make());
      await load(reply.id);
      hooks.onChanged();
    } catch (thrown) {
      store.set({ problem: sentenceOf(toClientError(thrown)) });
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    load,
    async loadEarlier() {
      const { earlier, groups, conversationId } = store.get();
      if (earlier === undefined) return;
      store.set({ earlier: undefined });
      try {
        const page = await read(groups.at(-1)?.at(-1)?.id, earlier);
        if (!page) return;
        const before = page.edges.map(({ node }) => toTurn(conversationId!, node));
        const { groups: now } = store.get();
        if (now[0]?.[0]?.id !== groups[0]?.[0]?.id) return; // another branch is shown by now
        store.set({ groups: regroup([...before, ...now.flat()], now), earlier: earlierOf(page) });
      } catch (thrown) {
        store.set({ earlier, problem: sentenceOf(toClientError(thrown)) });
      }
    },
    attachments,
    send: (wish) => say(wish, {}),
    reword: (messageId, wish) => say(wish, { replacesId: messageId }),
    regenerate: (replyId) => another(() => client.regenerate(replyId)),
    findInstead: (replyId) =>
      another(() => client.regenerate(replyId, { images: 'FIND_ONLY', imageBias: surelyWanted })),
    async mean(replyId, picture) {
      const said = saidBefore(replyId);
      if (!said) return;
      const others = picturesOf(said.parts).filter(({ id }) => id !== picture.id);
      const wish = { text: textOf(said.parts), pictures: [...others, picture], takes: 1, isForPicture: true };
      await say(wish, { replacesId: said.id });
    },
    wordsBefore(replyId) {
      const said = saidBefore(replyId);
      return said ? textOf(said.parts) : '';
    },
    redraw: (imageId, change) => another(() => client.redraw(imageId, change)),
    async choose(messageId) {
      const { conversationId } = store.get();
      await load(leaves.get(conversationId!, messageId) ?? messageId);
    },
    dismissProblem: () => store.set({ problem: undefined }),
    [Symbol.dispose]() {
      leaving.abort();
      attachments[Symbol.dispose]();
      for (const reply of replies.values()) reply[Symbol.dispose]();
    },
  };
}

const earlierOf = ({ pageInfo }: Page): string | undefined =>
  pageInfo.hasPreviousPage ? (pageInfo.startCursor ?? undefined) : undefined;

export const sentenceOf = (error: ClientError): string =>
  error.code === 'NETWORK' ? 'The server does not answer. Your words are kept: try again in a moment.' : error.message;
