// The GraphQL behind each click: what was sent, over which door, what came back, and the same as a command.
import { useState } from 'react';
import { toCurl, toExplorer, type Exchanges, type ShownExchange } from '../exchanges.ts';
import { useStore } from '../store.ts';
import { icons } from './icons.tsx';

export interface GraphqlPanelProps {
  readonly exchanges: Exchanges;
  readonly onClose: () => void;
}

const doors = { http: 'POST', websocket: 'WebSocket', sse: 'server-sent events' } as const;

export function GraphqlPanel({ exchanges, onClose }: GraphqlPanelProps) {
  const { list } = useStore(exchanges);
  return (
    <aside className="panel" aria-label="The GraphQL behind each click">
      <header>
        <h2>The GraphQL behind each click</h2>
        <a className="link" href="/graphql">
          GraphiQL
        </a>
        <button type="button" className="quiet" aria-label="Close the panel" onClick={onClose}>
          {icons.close}
        </button>
      </header>
      <ol>
        {list.map((shown) => (
          <li key={shown.id}>
            <ExchangeView shown={shown} />
          </li>
        ))}
      </ol>
    </aside>
  );
}

function ExchangeView({ shown }: { readonly shown: ShownExchange }) {
  const [isOpen, setOpen] = useState(false);
  const [isCopied, setCopied] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className="kind" data-kind={shown.kind}>
          {shown.kind}
        </span>
        <b>{shown.name}</b>
        <small>{summaryOf(shown)}</small>
      </summary>
      {isOpen && (
        <div className="exchange">
          <h3>Document, over {doors[shown.door]}</h3>
          <pre tabIndex={0}>{shown.text}</pre>
          <h3>Variables</h3>
          <pre tabIndex={0}>{JSON.stringify(shown.variables, null, 2)}</pre>
          {shown.problem !== undefined && <p role="alert">{shown.problem}</p>}
          {shown.lastAnswer !== undefined && (
            <>
              <h3>{shown.kind === 'subscription' ? 'Newest event' : 'Answer'}</h3>
              <pre tabIndex={0}>{JSON.stringify(shown.lastAnswer, null, 2)}</pre>
            </>
          )}
          <div className="row">
            <button
              type="button"
              className="plain"
              onClick={() => {
                void navigator.clipboard.writeText(toCurl(shown, location.origin)).then(() => setCopied(true));
              }}
            >
              {isCopied ? 'Copied' : 'Copy as curl'}
            </button>
            <a className="plain button" href={toExplorer(shown)}>
              Open in GraphiQL
            </a>
          </div>
        </div>
      )}
    </details>
  );
}

function summaryOf({ kind, state, answers, tookMs, problem }: ShownExchange): string {
  if (problem !== undefined) return 'failed';
  const events = kind === 'subscription' ? `${answers} ${answers === 1 ? 'event' : 'events'}` : '';
  const time =
    tookMs === undefined ? '…' : tookMs < 10_000 ? `${tookMs.toFixed(0)} ms` : `${(tookMs / 1000).toFixed(0)} s`;
  return [events, state === 'open' && kind === 'subscription' ? 'open' : time].filter((text) => text !== '').join(', ');
}
