// What the page says to the server and hears back, for the panel that shows the GraphQL behind each click. Must never change
// what is sent.
import type { ConnectionOptions } from '../../clients/ts/connection.ts';
import { createStore, type Readable } from './store.ts';

export interface ShownExchange {
  readonly id: number;
  readonly name: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly door: 'http' | 'websocket' | 'sse';
  readonly text: string;
  readonly variables: object;
  readonly state: 'open' | 'ended' | 'failed';
  /** Milliseconds until it ended. */
  readonly tookMs: number | undefined;
  /** Answers so far: events of a subscription. */
  readonly answers: number;
  readonly lastAnswer: unknown;
  readonly problem: string | undefined;
}

export interface Exchanges extends Readable<{ readonly list: readonly ShownExchange[] }> {
  readonly observe: NonNullable<ConnectionOptions['observe']>;
}

const kept = 60;

export function createExchanges(): Exchanges {
  const store = createStore<{ readonly list: readonly ShownExchange[] }>({ list: [] });
  let made = 0;

  function change(id: number, update: (shown: ShownExchange) => Partial<ShownExchange>): void {
    store.set({ list: store.get().list.map((shown) => (shown.id === id ? { ...shown, ...update(shown) } : shown)) });
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    observe({ operation: { name, kind, text }, variables, door }) {
      const id = ++made;
      const startedAt = performance.now();
      const shown: ShownExchange = {
        ...{ id, name, kind, door, text, variables, state: 'open', answers: 0 },
        ...{ tookMs: undefined, lastAnswer: undefined, problem: undefined },
      };
      store.set({ list: [shown, ...store.get().list].slice(0, kept) });
      return {
        answered: (data) => change(id, ({ answers }) => ({ answers: answers + 1, lastAnswer: data })),
        ended: (error) =>
          change(id, () => ({
            state: error ? 'failed' : 'ended',
            tookMs: performance.now() - startedAt,
            problem: error?.message,
          })),
      };
    },
  };
}

/** The exchange as a command for a terminal. */
export function toCurl({ text, variables, kind }: ShownExchange, origin: string): string {
  const body = JSON.stringify({ query: text, variables }).replaceAll("'", String.raw`'\''`);
  const accept = kind === 'subscription' ? ` -N -H 'accept: text/event-stream'` : '';
  return `curl${accept} -H 'content-type: application/json' -d '${body}' ${origin}/graphql`;
}

/** Where the explorer shows the exchange, to be changed and run. Behind the `#`, so that no server reads it. */
export function toExplorer({ text, variables }: ShownExchange): string {
  const shown = new URLSearchParams({ query: withoutIndent(text), variables: JSON.stringify(variables, null, 2) });
  return `/graphql#${shown.toString()}`;
}

function withoutIndent(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const indent = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent)).join('\n');
}
