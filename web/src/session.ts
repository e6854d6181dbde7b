// What the page has one of: the client, the list, the dialogue that is open, the address that names it. Addresses are
// `/` for a new conversation, `/conversations/<id>`, and `/gallery`.
import { createClient, type Client } from '../../clients/ts/index.ts';
import { toClientError } from '../../clients/ts/client-error.ts';
import { capabilities } from '../../clients/ts/operations.ts';
import type { CapabilitiesQuery } from '../../schema/generated/client-types.ts';
import { createConversationList, type ConversationList } from './conversation-list.ts';
import { createDialogue, type Dialogue } from './dialogue.ts';
import { createExchanges, type Exchanges } from './exchanges.ts';
import { chosenTakes } from './chosen-takes.ts';
import { leaves } from './leaves.ts';
import { createStore, type Readable } from './store.ts';
import { readToken } from './token.ts';

export interface Session {
  readonly client: Client;
  readonly exchanges: Exchanges;
  readonly list: ConversationList;
  readonly state: Readable<SessionState>;
  readonly openGallery: () => void;
  /** Opens a conversation, or a new one. */
  readonly open: (conversationId: string | undefined) => void;
  readonly remove: (conversationId: string) => Promise<void>;
  readonly forgetUnsent: (key: number) => void;
  /** Says a sentence to people who do not see the page. */
  readonly announce: (sentence: string) => void;
}

/** A message that was not accepted, of a dialogue that is no longer shown. */
export interface Unsent {
  readonly key: number;
  readonly text: string;
  readonly problem: string;
  readonly sendAgain: () => void;
}

export interface SessionState {
  readonly view: 'dialogue' | 'gallery';
  readonly dialogue: Dialogue;
  readonly announcement: string;
  readonly unsent: readonly Unsent[];
  /** What the deployment can do; undefined until it has said so. */
  readonly capabilities: CapabilitiesQuery['capabilities'] | undefined;
}

export const pathOf = (conversationId: string | undefined): string =>
  conversationId === undefined ? '/' : `/conversations/${conversationId}`;

export function createSession(): Session {
  const exchanges = createExchanges();
  const client = createClient({ url: location.origin, token: readToken, observe: exchanges.observe });
  const list = createConversationList(client);

  const announce = (announcement: string): void => store.set({ announcement });
  let told = 0;
  const begin = (conversationId: string | undefined): Dialogue => {
    const dialogue: Dialogue = createDialogue(client, conversationId, {
      onOpened: (id) => {
        const { dialogue: shown, view } = store.get();
        if (shown === dialogue && view === 'dialogue') history.pushState(null, '', pathOf(id));
      },
      onAccepted: () => announce('Sent.'),
      onUnsent: ({ text }, { code, message }, sendAgain) => {
        const problem = code === 'NETWORK' ? 'the server does not answer.' : message;
        store.set({ unsent: [...store.get().unsent, { key: ++told, text, problem, sendAgain }] });
      },
      onChanged() {
        refresh();
        const { dialogue: shown } = store.get();
        // a message that was sent, or an answer asked for, before the viewer left and came back
        if (shown !== dialogue && shown.get().conversationId === dialogue.get().conversationId) void shown.catchUp();
      },
    });
    if (conversationId !== undefined) void dialogue.load();
    return dialogue;
  };
  const store = createStore<SessionState>({
    view: viewIn(location.pathname),
    dialogue: begin(conversationIn(location.pathname)),
    ...{ announcement: '', unsent: [] },
    capabilities: undefined,
  });

  function show(conversationId: string | undefined): void {
    const { dialogue } = store.get();
    store.set({ view: viewIn(location.pathname) });
    if (store.get().view === 'gallery') return;
    const { conversationId: shownId, phase, sending } = dialogue.get();
    if (shownId === conversationId && (conversationId !== undefined || (phase === 'new' && sending === undefined)))
      return;
    dialogue[Symbol.dispose]();
    store.set({ dialogue: begin(conversationId) });
  }

  let again: ReturnType<typeof setTimeout> | undefined;
  async function readCapabilities(): Promise<void> {
    const answer = await client.request(capabilities, {});
    store.set({ capabilities: answer.capabilities });
    // the model names itself once a worker has reported, and is ready once its weights are there
    const isOnItsWay = answer.capabilities.functions.some(({ state }) => state === 'WARMING');
    if (answer.capabilities.model === null || isOnItsWay) again = setTimeout(refresh, 2_000);
  }
  function refresh(): void {
    clearTimeout(again); // one question at a time
    readCapabilities().catch((thrown: unknown) => {
      // a server that is away may come back; one that wants a token is asked again with it
      if (toClientError(thrown).retryable) again = setTimeout(refresh, 4_000);
    });
    void list.reload();
  }

  function comeBack(): void {
    refresh();
    void store.get().dialogue.catchUp();
  }

  window.addEventListener('popstate', () => show(conversationIn(location.pathname)));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') comeBack();
  });
  window.addEventListener('focus', () => void store.get().dialogue.catchUp()); // from another window beside it
  refresh();

  return {
    client,
    exchanges,
    list,
    state: store,
    open(conversationId) {
      if (location.pathname !== pathOf(conversationId)) history.pushState(null, '', pathOf(conversationId));
      show(conversationId);
    },
    openGallery() {
      if (location.pathname !== galleryPath) history.pushState(null, '', galleryPath);
      store.set({ view: 'gallery' });
    },
    async remove(conversationId) {
      await list.remove(conversationId);
      for (const book of [leaves, chosenTakes]) book.forget(conversationId);
      if (store.get().dialogue.get().conversationId !== conversationId) return;
      history.replaceState(null, '', '/');
      show(undefined);
    },
    forgetUnsent: (key) => store.set({ unsent: store.get().unsent.filter((each) => each.key !== key) }),
    announce,
  };
}

export const galleryPath = '/gallery';

const viewIn = (pathname: string): SessionState['view'] =>
  pathname.replace(/\/$/, '') === galleryPath ? 'gallery' : 'dialogue';

function conversationIn(pathname: string): string | undefined {
  return /^\/conversations\/([\w-]+)\/?$/.exec(pathname)?.[1];
}
