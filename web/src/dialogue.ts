// One conversation as it is shown: the path to one leaf, its live replies, and what the viewer does to them. Must never show
// a message twice, nor lose one that the server accepted.
import type { Client, LiveReply, Picture } from '../../clients/ts/index.ts';
import type { RedrawChange } from '../../clients/ts/client.ts';
import { toClientError, type ClientError } from '../../clients/ts/client-error.ts';
import { dialogue as dialogueQuery } from '../../clients/ts/operations.ts';
import { retrying } from '../../clients/ts/retrying.ts';
import { createAttachments, type Attachments } from './attachments.ts';
import { createAttempts, type Attempt } from './attempts.ts';
import { createDraft, type Draft } from './draft.ts';
import { extend, regroup, type Groups } from './groups.ts';
import { leaves, rememberPath } from './leaves.ts';
import { createStore, type Readable } from './store.ts';
import { createTurns, type MessagePage, type UserTurn } from './turns.ts';
import { picturesOf, surelyWanted, textOf, toParts, type Wish } from './wish.ts';

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
  readonly draft: Draft;
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
  /** The server has taken a message. */
  readonly onAccepted: () => void;
  /** A message could not be sent, and the viewer no longer looks at its dialogue. */
  readonly onUnsent: (wish: Wish, error: ClientError, sendAgain: () => void) => void;
  /** The first message opened a conversation. */
  readonly onOpened: (conversationId: string) => void;
  /** Something was written or ended. */
  readonly onChanged: () => void;
}

const pageSize = 30;

export function createDialogue(client: Client, start: string | undefined, hooks: DialogueHooks): Dialogue {
  const leaving = new AbortController();
  const turns = createTurns(client, hooks.onChanged);
  const attempts = createAttempts();
  const attachments = createAttachments(client);
  /** Number of the newest question for what is to be shown. */
  let asked = 0;
  const store = createStore<DialogueState>({
    ...{ phase: start === undefined ? 'new' : 'loading', conversationId: start, title: null },
    ...{ groups: [], earlier: undefined, sending: undefined, problem: undefined },
  });

  async function read(leafId: string | undefined, before: string | undefined): Promise<MessagePage | undefined> {
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
    const mine = ++asked;
    try {
      const page = await read(leafId, undefined);
      // what was asked for later is what the viewer wants to see, however long this took
      if (!page || mine !== asked) return;
      const end = page.edges.map(({ node }) => turns.toTurn(conversationId!, node));
      const { groups, earlier } = store.get();
      const extended = extend(groups, end);
      store.set({
        phase: 'ready',
        groups: regroup(extended ?? end, groups),
        earlier: extended ? earlier : earlierOf(page),
      });
      rememberPath(
        conversationId!,
        end.map(({ id }) => id),
      );
    } catch (thrown) {
      if (leaving.signal.aborted || mine !== asked) return;
      const problem = sentenceOf(toClientError(thrown));
      store.set(store.get().groups.length > 0 ? { problem } : { phase: 'failed', problem });
    }
  }

  async function say(wish: Wish, replacesId?: string): Promise<boolean> {
    const { conversationId, sending } = store.get();
    if (sending) {
      store.set({ problem: 'Another message is on its way: try again when it has arrived.' });
      return false;
    }
    store.set({ sending: wish, problem: undefined });
    const attempt = attemptAt(wish, replacesId);
    try {
      // it goes on when the viewer goes elsewhere: what was sent is not taken back by looking at something else
      const reply = turns.keep(await client.send(toParts(wish), attempt));
      attempts.settle(attempt);
      hooks.onAccepted();
      store.set({ conversationId: reply.conversationId });
      if (!leaving.signal.aborted) await load(reply.id);
      store.set({ sending: undefined });
      if (conversationId === undefined) hooks.onOpened(reply.conversationId);
      hooks.onChanged();
      return true;
    } catch (thrown) {
      const error = toClientError(thrown);
      if (!error.retryable) attempts.settle(attempt);
      store.set({ sending: undefined, problem: sentenceOf(error) });
      if (leaving.signal.aborted) hooks.onUnsent(wish, error, () => void say(wish, replacesId));
      return false;
    }
  }

  /** The branch that is shown goes on, whichever was written to last; what had no answer yet is sent as it was. */
  function attemptAt(wish: Wish, replacesId: string | undefined): Attempt {
    const { conversationId, groups } = store.get();
    const shown = groups.flat();
    const before = attempts.pending(wish, replacesId);
    const isStillHere = before?.parentId === undefined || shown.some(({ id }) => id === before.parentId);
    if (before && isStillHere) return before;
    const parent = shown.findLast(({ role }) => role === 'assistant');
    const follows = replacesId !== undefined ? { replacesId } : parent ? { parentId: parent.id } : {};
    return attempts.begin(wish, conversationId === undefined ? {} : { conversationId, ...follows });
  }

  function saidBefore(replyId: string): UserTurn | undefined {
    const shown = store.get().groups.flat();
    const said = shown[shown.findIndex(({ id }) => id === replyId) - 1];
    return said?.role === 'user' ? said : undefined;
  }

  /** Shows an alternative that is being made. */
  async function another(make: () => Promise<LiveReply>): Promise<void> {
    store.set({ problem: undefined });
    try {
      const reply = turns.keep(await make());
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
        const before = page.edges.map(({ node }) => turns.toTurn(conversationId!, node));
        const { groups: now } = store.get();
        if (now[0]?.[0]?.id !== groups[0]?.[0]?.id) return; // another branch is shown by now
        store.set({ groups: regroup([...before, ...now.flat()], now), earlier: earlierOf(page) });
      } catch (thrown) {
        store.set({ earlier, problem: sentenceOf(toClientError(thrown)) });
      }
    },
    attachments,
    draft: createDraft(),
    send: (wish) => say(wish),
    reword: (messageId, wish) => say(wish, messageId),
    regenerate: (replyId) => another(() => client.regenerate(replyId)),
    findInstead: (replyId) =>
      another(() => client.regenerate(replyId, { images: 'FIND_ONLY', imageBias: surelyWanted })),
    async mean(replyId, picture) {
      const said = saidBefore(replyId);
      if (!said) return;
      const others = picturesOf(said.parts).filter(({ id }) => id !== picture.id);
      const wish = { text: textOf(said.parts), pictures: [...others, picture], takes: 1, isForPicture: true };
      await say(wish, said.id);
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
      turns[Symbol.dispose]();
    },
  };
}

const earlierOf = ({ pageInfo }: MessagePage): string | undefined =>
  pageInfo.hasPreviousPage ? (pageInfo.startCursor ?? undefined) : undefined;

export const sentenceOf = (error: ClientError): string =>
  error.code === 'NETWORK' ? 'The server does not answer. Your words are kept: try again in a moment.' : error.message;
