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

  async function page(after: string | undefined): Promise<void> {
    try {
      const { conversations: found } = await client.request(conversations, { first: pageSize, after: after ?? null });
      const items = found.edges.map(({ node }) => node);
      const before = after === undefined ? [] : store.get().items;
      const next = found.pageInfo.hasNextPage ? (found.pageInfo.endCursor ?? undefined) : undefined;
      store.set({ items: [...before, ...items], next, phase: 'ready', problem: undefined, needsToken: false });
    } catch (thrown) {
      const { code, message } = toClientError(thrown);
      store.set({ phase: 'failed', problem: message, needsToken: code === 'UNAUTHENTICATED' });
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    reload: () => page(undefined),
    loadMore: () => page(store.get().next),
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
