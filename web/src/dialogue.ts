// One conversation as it is shown: the path to one leaf, its live replies, and what the viewer does to them. Must never show
// a message twice, nor lose one that the server accepted.
import type { Client, LiveReply, Picture } from '../../clients/ts/index.ts';
import type { RedrawChange } from '../../clients/ts/client.ts';
import { toClientError, type ClientError } from '../../clients/ts/client-error.ts';
import { createAttachments, type Attachments } from './attachments.ts';
import { createAttempts, type Attempt } from './attempts.ts';
import { createDraft, type Draft } from './draft.ts';
import type { Groups } from './groups.ts';
import { leaves } from './leaves.ts';
import { createPath } from './path.ts';
import { sentenceOf } from './sentence-of.ts';
import { createStore, type Readable } from './store.ts';
import { createTurns, type UserTurn } from './turns.ts';
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
  /** What is being asked for besides: each once at a time. */
  readonly asking: readonly string[];
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
  /** While it is asked for, its id is in `asking`. */
  readonly regenerate: (replyId: string) => Promise<void>;
  /** Stops a reply, or one of its pictures. */
  readonly stop: (reply: LiveReply, imageId?: string) => Promise<void>;
  /** Reads the end again: another tab, or another program, may have gone on with it. */
  readonly catchUp: () => Promise<void>;
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
  /** A message could not be sent, and its dialogue has no box any longer that could keep it. */
  readonly onUnsent: (wish: Wish, error: ClientError, sendAgain: () => void) => void;
  /** The first message opened a conversation. */
  readonly onOpened: (conversationId: string) => void;
  /** Something was written or ended. */
  readonly onChanged: () => void;
}

export function createDialogue(client: Client, start: string | undefined, hooks: DialogueHooks): Dialogue {
  const leaving = new AbortController();
  const turns = createTurns(client, ({ watching }) => {
    if (watching.kind === 'lost') void catchUp(); // with its conversation, it may be
    hooks.onChanged();
  });
  const attempts = createAttempts();
  const attachments = createAttachments(client);
  const store = createStore<DialogueState>({
    ...{ phase: start === undefined ? 'new' : 'loading', conversationId: start, title: null },
    ...{ groups: [], earlier: undefined, sending: undefined, asking: [], problem: undefined },
  });

  const path = createPath({ client, store, turns, leaving: leaving.signal });
  /** While a message is on its way, it is shown as such, and read with its reply. */
  const catchUp = (): Promise<void> => (store.get().sending ? Promise.resolve() : path.catchUp());

  async function say(wish: Wish, replacesId?: string): Promise<boolean> {
    const { conversationId, sending } = store.get();
    if (sending) {
      store.set({ problem: 'Another message is on its way: try again when it has arrived.' });
      return false;
    }
    store.set({ sending: wish, problem: undefined });
    if (replacesId === undefined && !attempts.pending(wish, replacesId)) await path.catchUp();
    const attempt = attemptAt(wish, replacesId);
    try {
      // it goes on when the viewer goes elsewhere: what was sent is not taken back by looking at something else
      const reply = turns.keep(await client.send(toParts(wish), attempt));
      attempts.settle(attempt);
      hooks.onAccepted();
      store.set({ conversationId: reply.conversationId });
      if (!leaving.signal.aborted) await path.load(reply.id);
      store.set({ sending: undefined });
      if (conversationId === undefined) hooks.onOpened(reply.conversationId);
      hooks.onChanged();
      return true;
    } catch (thrown) {
      const error = toClientError(thrown);
      if (!error.retryable) attempts.settle(attempt);
      store.set({ sending: undefined, problem: sentenceOf(error) });
      const isGone = leaving.signal.aborted || store.get().phase === 'missing';
      if (isGone) hooks.onUnsent(wish, error, () => void say(wish, replacesId));
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

  /** Does what was asked for, unless it is being done: a second click means the first one. */
  async function once(what: string, work: () => Promise<void>, unanswered: string): Promise<void> {
    if (store.get().asking.includes(what)) return;
    store.set({ problem: undefined, asking: [...store.get().asking, what] });
    try {
      await work();
    } catch (thrown) {
      store.set({ problem: sentenceOf(toClientError(thrown), unanswered) });
    } finally {
      store.set({ asking: store.get().asking.filter((other) => other !== what) });
    }
  }

  /** Shows an alternative that is being made. */
  const another = (what: string, make: () => Promise<LiveReply>): Promise<void> =>
    once(
      what,
      async () => {
        const reply = turns.keep(await make());
        if (!leaving.signal.aborted) await path.load(reply.id);
        hooks.onChanged();
      },
      'Try again in a moment.',
    );

  return {
    get: store.get,
    subscribe: store.subscribe,
    load: path.load,
    loadEarlier: path.loadEarlier,
    attachments,
    draft: createDraft(),
    send: (wish) => say(wish),
    reword: (messageId, wish) => say(wish, messageId),
    regenerate: (replyId) => another(replyId, () => client.regenerate(replyId)),
    findInstead: (replyId) =>
      another(`find ${replyId}`, () => client.regenerate(replyId, { images: 'FIND_ONLY', imageBias: surelyWanted })),
    stop: (reply, imageId) =>
      once(
        `stop ${imageId ?? reply.id}`,
        () => (imageId === undefined ? reply.cancel() : reply.cancelImage(imageId)),
        'It was not stopped: try again in a moment.',
      ),
    catchUp,
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
    redraw: (imageId, change) =>
      another(`redraw ${imageId} ${JSON.stringify(change)}`, () => client.redraw(imageId, change)),
    async choose(messageId) {
      const { conversationId } = store.get();
      await path.load(leaves.get(conversationId!, messageId) ?? messageId);
    },
    dismissProblem: () => store.set({ problem: undefined }),
    [Symbol.dispose]() {
      leaving.abort();
      attachments[Symbol.dispose]();
      turns[Symbol.dispose]();
    },
  };
}
