// The whole page: sidebar, dialogue, and the panel beside it.
import { useEffect, useRef, useState } from 'react';
import type { Session } from '../session.ts';
import { useStore } from '../store.ts';
import { DialogueView } from './dialogue-view.tsx';
import { GalleryView } from './gallery-view.tsx';
import { GraphqlPanel } from './graphql-panel.tsx';
import { icons } from './icons.tsx';
import { Sidebar } from './sidebar.tsx';
import { TokenForm } from './token-form.tsx';
import { UnsentMessages } from './unsent.tsx';

export function App({ session }: { readonly session: Session }) {
  const { dialogue, announcement, view } = useStore(session.state);
  const { conversationId, title } = useStore(dialogue);
  const { items, needsToken, problem } = useStore(session.list);
  const [isListOpen, setListOpen] = useState(false);
  const [isPanelOpen, setPanelOpen] = useState(false);
  const isGallery = view === 'gallery';
  const shownTitle = isGallery ? 'Gallery' : (items.find(({ id }) => id === conversationId)?.title ?? title);

  useEffect(() => {
    document.title = shownTitle === null ? 'gill' : `${shownTitle} · gill`;
  }, [shownTitle]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !document.querySelector('dialog[open]')) setListOpen(false);
    };
    window.addEventListener('keydown', onKey);
    // beside the dialogue it is always there, and covers nothing
    const wide = matchMedia('(min-width: 52rem)');
    const onWide = (): void => setListOpen((isOpen) => isOpen && !wide.matches);
    wide.addEventListener('change', onWide);
    return () => {
      window.removeEventListener('keydown', onKey);
      wide.removeEventListener('change', onWide);
    };
  }, []);
  const opener = useRef<HTMLButtonElement>(null);
  const wasListOpen = useRef(false);
  useEffect(() => {
    if (isListOpen) document.querySelector<HTMLElement>('.sidebar a')?.focus();
    else if (wasListOpen.current && !document.activeElement?.closest('main')) opener.current?.focus();
    wasListOpen.current = isListOpen;
  }, [isListOpen]);

  return (
    <div className="app" data-list={isListOpen ? 'open' : 'closed'} data-panel={isPanelOpen ? 'open' : 'closed'}>
      <a className="skip" href="#message">
        Go to the message box
      </a>
      <Sidebar
        session={session}
        conversationId={isGallery ? undefined : conversationId}
        onClose={() => setListOpen(false)}
      />
      <div className="shade" onClick={() => setListOpen(false)} />
      <main inert={isListOpen}>
        <header className="bar">
          <button
            type="button"
            ref={opener}
            className="quiet only-narrow"
            aria-label="Conversations"
            aria-expanded={isListOpen}
            onClick={() => setListOpen(!isListOpen)}
          >
            {icons.menu}
          </button>
          <h1 className="bar-title">{shownTitle ?? 'A new story'}</h1>
          <button
            type="button"
            className="quiet"
            aria-pressed={isPanelOpen}
            title="The GraphQL behind each click"
            onClick={() => setPanelOpen(!isPanelOpen)}
          >
            {icons.code}
            <span>GraphQL</span>
          </button>
        </header>
        <UnsentMessages session={session} />
        {needsToken ? (
          <TokenForm problem={problem} />
        ) : isGallery ? (
          <GalleryView session={session} />
        ) : (
          <DialogueView key={keyOf(dialogue)} session={session} dialogue={dialogue} />
        )}
      </main>
      {isPanelOpen && <GraphqlPanel exchanges={session.exchanges} onClose={() => setPanelOpen(false)} />}
      <div className="unseen" role="status" aria-live="polite">
        {announcement}
      </div>
    </div>
  );
}

/** A dialogue keeps its view while it gets its id. */
const keys = new WeakMap<object, number>();
let made = 0;
function keyOf(dialogue: object): number {
  const key = keys.get(dialogue) ?? ++made;
  keys.set(dialogue, key);
  return key;
}
