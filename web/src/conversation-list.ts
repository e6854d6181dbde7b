// The conversations in the sidebar: pages of them, names, deletion. The server orders them, the last written to first.
import type { Client } from '../../clients/ts/index.ts';
import { toClientError } from '../../clients/ts/client-error.ts';
import { refuseFor } from '../../clients/ts/live-reply.ts';
import { conversations, deleteConversation, renameConversation } from '../../clients/ts/operations.ts';
import { createStore, type Readable } from './store.ts';

export interface ListedConversation {
  readonly id: string;
  readonly title: string | null;
  readonly updatedAt: string;
}

export interface ConversationListState {
  readonly items: readonly ListedConversation[];
  /** Undefined when everything is here. */
  readonly next: string | undefined;
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly problem: string | undefined;
  /** The server asks who the viewer is, and does not know the token, or there is none. */
  readonly needsToken: boolean;
}

export interface ConversationList extends Readable<ConversationListState> {
  /** Reads the newest again; older ones that are here already stay. */
  readonly reload: () => Promise<void>;
  readonly loadMore: () => Promise<void>;
  readonly rename: (id: string, title: string) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
}

const pageSize = 100;

export function createConversationList(client: Client): ConversationList {
  const store = createStore<ConversationListState>({
    ...{ items: [], next: undefined, phase: 'loading', problem: undefined, needsToken: false },
  });

  /** One question at a time: two answers over one state would repeat rows, or lose them. */
  let last = Promise.resolve();
  let reloading: Promise<void> | undefined;
  let more: { readonly after: string; readonly done: Promise<void> } | undefined;
  const inTurn = (work: () => Promise<void>): Promise<void> => (last = last.then(work));

  async function page(after: string | undefined): Promise<void> {
    try {
      const { conversations: found } = await client.request(conversations, { first: pageSize, after: after ?? null });
      const items = found.edges.map(({ node }) => node);
      const next = found.pageInfo.hasNextPage ? (found.pageInfo.endCursor ?? undefined) : undefined;
      const { items: known, next: knownNext } = store.get();
      const ids = new Set(items.map(({ id }) => id));
      const rest = after === undefined ? (next === undefined ? [] : olderThan(items, known)) : [];
      const before = after === undefined ? [] : known.filter(({ id }) => !ids.has(id));
      store.set({
        items: [...before, ...items, ...rest],
        next: rest.length > 0 ? knownNext : next,
        ...{ phase: 'ready', problem: undefined, needsToken: false },
      });
    } catch (thrown) {
      const { code, message } = toClientError(thrown);
      store.set({ phase: 'failed', problem: message, needsToken: code === 'UNAUTHENTICATED' });
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    reload: () =>
      // one that has not begun will see what this one would
      (reloading ??= inTurn(() => {
        reloading = undefined;
        return page(undefined);
      })),
    loadMore() {
      const { next: after } = store.get();
      if (after === undefined) return Promise.resolve();
      if (more?.after === after) return more.done;
      const done = inTurn(async () => {
        if (store.get().next === after) await page(after);
        if (more?.after === after) more = undefined;
      });
      more = { after, done };
      return done;
    },
    async rename(conversationId, title) {
      const answer = await client.request(renameConversation, { input: { conversationId, title } });
      refuseFor(answer.renameConversation.userErrors);
      const items = store.get().items.map((item) => (item.id === conversationId ? { ...item, title } : item));
      store.set({ items });
    },
    async remove(conversationId) {
      const answer = await client.request(deleteConversation, { input: { conversationId } });
      refuseFor(answer.deleteConversation.userErrors);
      store.set({ items: store.get().items.filter(({ id }) => id !== conversationId) });
    },
  };
}

/**
 * What was read before and comes behind the newest page. Only what is written to moves, and it moves to the front: nothing is
 * missing between the two unless a whole page of others was written to since; then the list begins again.
 */
function olderThan(
  newest: readonly ListedConversation[],
  known: readonly ListedConversation[],
): readonly ListedConversation[] {
  const end = newest.at(-1);
  const first = known[0];
  if (!end || !first || end.updatedAt > first.updatedAt) return [];
  const ids = new Set(newest.map(({ id }) => id));
  return known.filter(({ id, updatedAt }) => !ids.has(id) && updatedAt <= end.updatedAt);
}
