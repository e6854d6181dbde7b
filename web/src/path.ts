// Reads the path of messages that a dialogue shows: its end, what is before it, and what others have added since. Must never show
// what was asked for earlier over what was asked for later.
import { toClientError } from '../../clients/ts/client-error.ts';
import type { Client } from '../../clients/ts/index.ts';
import { dialogue as dialogueQuery } from '../../clients/ts/operations.ts';
import { retrying } from '../../clients/ts/retrying.ts';
import type { DialogueState } from './dialogue.ts';
import { extend, regroup } from './groups.ts';
import { rememberPath } from './leaves.ts';
import { sentenceOf } from './sentence-of.ts';
import type { Store } from './store.ts';
import type { MessagePage, Turns } from './turns.ts';

export interface Path {
  /** Shows the path to a leaf, or to the newest one. */
  readonly load: (leafId?: string) => Promise<void>;
  readonly loadEarlier: () => Promise<void>;
  /** Goes on along the branch that is shown: whoever looks at another one stays there. */
  readonly catchUp: () => Promise<void>;
}

export interface PathParts {
  readonly client: Client;
  readonly store: Store<DialogueState>;
  readonly turns: Turns;
  /** Nobody looks any longer. */
  readonly leaving: AbortSignal;
}

const pageSize = 30;
/** A message does not wait longer to be told what came before it. */
const catchUpMs = 2_000;

export function createPath({ client, store, turns, leaving }: PathParts): Path {
  /** Number of the newest question. */
  let asked = 0;
  let loading = 0;
  let catching: Promise<void> | undefined;

  async function read(
    { leafId, before }: { readonly leafId?: string | undefined; readonly before?: string },
    signal = leaving,
  ): Promise<MessagePage | undefined> {
    const { conversationId } = store.get();
    const variables = { id: conversationId!, leafId: leafId ?? null, last: pageSize, before: before ?? null };
    const { conversation } = await client.request(dialogueQuery, variables, signal);
    if (!conversation) store.set({ phase: 'missing', groups: [], earlier: undefined });
    else store.set({ title: conversation.title });
    return conversation?.messages;
  }

  function show(page: MessagePage): void {
    const { conversationId, groups, earlier } = store.get();
    const end = page.edges.map(({ node }) => turns.toTurn(conversationId!, node));
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
  }

  async function goOn(): Promise<void> {
    const { conversationId, phase, groups } = store.get();
    if (conversationId === undefined || phase !== 'ready' || loading > 0) return;
    const before = asked;
    const tip = groups.at(-1)?.at(-1)?.id;
    try {
      const page = await read({}, AbortSignal.any([leaving, AbortSignal.timeout(catchUpMs)]));
      const goesOn = page && (tip === undefined || page.edges.some(({ node }) => node.id === tip));
      if (goesOn && before === asked) show(page);
    } catch (thrown) {
      // what is shown stays as it was; whatever is done next tells of a server that is away
      if (!leaving.aborted) console.warn('the end was not read again', toClientError(thrown).message);
    }
  }

  return {
    async load(leafId) {
      const mine = ++asked;
      loading++;
      try {
        const page = await retrying(() => read({ leafId }), leaving);
        if (page && mine === asked) show(page);
      } catch (thrown) {
        if (leaving.aborted || mine !== asked) return;
        const problem = sentenceOf(toClientError(thrown));
        store.set(store.get().groups.length > 0 ? { problem } : { phase: 'failed', problem });
      } finally {
        loading--;
      }
    },
    async loadEarlier() {
      const { earlier, groups, conversationId } = store.get();
      if (earlier === undefined) return;
      store.set({ earlier: undefined });
      try {
        const page = await retrying(() => read({ leafId: groups.at(-1)?.at(-1)?.id, before: earlier }), leaving);
        if (!page) return;
        const before = page.edges.map(({ node }) => turns.toTurn(conversationId!, node));
        const { groups: now } = store.get();
        if (now[0]?.[0]?.id !== groups[0]?.[0]?.id) return; // another branch is shown by now
        store.set({ groups: regroup([...before, ...now.flat()], now), earlier: earlierOf(page) });
      } catch (thrown) {
        store.set({ earlier, problem: sentenceOf(toClientError(thrown)) });
      }
    },
    catchUp: () => (catching ??= goOn().finally(() => (catching = undefined))),
  };
}

const earlierOf = ({ pageInfo }: MessagePage): string | undefined =>
  pageInfo.hasPreviousPage ? (pageInfo.startCursor ?? undefined) : undefined;
