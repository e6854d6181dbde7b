// The list of conversations: open, search by title, rename, delete.
import { useEffect, useRef, useState, type MouseEvent } from 'react';
import type { ListedConversation } from '../conversation-list.ts';
import { toClientError } from '../../../clients/ts/client-error.ts';
import { pathOf, type Session } from '../session.ts';
import { useStore } from '../store.ts';
import { icons } from './icons.tsx';
import { Question } from './question.tsx';
import { SidebarFoot } from './sidebar-foot.tsx';

export interface SidebarProps {
  readonly session: Session;
  readonly conversationId: string | undefined;
  readonly onClose: () => void;
}

export function Sidebar({ session, conversationId, onClose }: SidebarProps) {
  const { list } = session;
  const { items, next, phase, problem, needsToken } = useStore(list);
  const [search, setSearch] = useState('');
  const [deleting, setDeleting] = useState<ListedConversation>();
  const wanted = search.trim().toLocaleLowerCase();
  const found = items.filter(({ title }) => nameOf(title).toLocaleLowerCase().includes(wanted));

  // a search is over all of them
  useEffect(() => {
    if (wanted !== '' && next !== undefined && phase === 'ready') void list.loadMore();
  }, [wanted, next, phase, list]);

  const openOnClick = (id: string | undefined) => (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    session.open(id);
    onClose();
  };

  return (
    <nav className="sidebar" aria-label="Conversations">
      <div className="sidebar-head">
        <a className="brand" href="/" onClick={openOnClick(undefined)}>
          gill
        </a>
        <a className="new" href="/" onClick={openOnClick(undefined)}>
          {icons.plus}
          <span>New story</span>
        </a>
        <button type="button" className="quiet only-narrow" aria-label="Close the list" onClick={onClose}>
          {icons.close}
        </button>
      </div>
      <input
        className="search"
        type="search"
        placeholder="Search titles"
        aria-label="Search conversations by title"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <ul className="list">
        {found.map((item) => (
          <Item
            key={item.id}
            item={item}
            isCurrent={item.id === conversationId}
            onOpen={openOnClick(item.id)}
            onRename={(title) => list.rename(item.id, title)}
            onDelete={() => setDeleting(item)}
          />
        ))}
      </ul>
      {phase === 'ready' && items.length === 0 && <p className="hint">Your stories will be listed here.</p>}
      {items.length > 0 && found.length === 0 && <p className="hint">No title holds “{search.trim()}”.</p>}
      {phase === 'failed' && !needsToken && (
        <p className="hint" role="alert">
          {problem}{' '}
          <button type="button" className="link" onClick={() => void list.reload()}>
            Try again
          </button>
        </p>
      )}
      {next !== undefined && wanted === '' && (
        <button type="button" className="link more" onClick={() => void list.loadMore()}>
          Older ones
        </button>
      )}
      <SidebarFoot session={session} onClose={onClose} />
      {deleting && (
        <Question
          title={`Delete “${nameOf(deleting.title)}”?`}
          text="Its messages and pictures go at once, on every door. This cannot be undone."
          yes="Delete"
          onAnswer={async (isYes) => {
            if (isYes) await session.remove(deleting.id);
            if (isYes) session.announce('The conversation was deleted.');
            setDeleting(undefined);
          }}
        />
      )}
    </nav>
  );
}

interface ItemProps {
  readonly item: ListedConversation;
  readonly isCurrent: boolean;
  readonly onOpen: (event: MouseEvent) => void;
  readonly onRename: (title: string) => Promise<void>;
  readonly onDelete: () => void;
}

function Item({ item, isCurrent, onOpen, onRename, onDelete }: ItemProps) {
  const [draft, setDraft] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const pen = useRef<HTMLButtonElement>(null);
  const wasNaming = useRef(false);
  const name = nameOf(item.title);
  useEffect(() => {
    // the field is gone, and the focus with it, unless somebody went elsewhere
    if (draft === undefined && wasNaming.current && document.activeElement === document.body) pen.current?.focus();
    wasNaming.current = draft !== undefined;
  }, [draft]);

  async function save(): Promise<void> {
    const title = draft?.trim() ?? '';
    if (title === '' || title === item.title) {
      setDraft(undefined);
      return;
    }
    try {
      await onRename(title);
      setDraft(undefined);
      setProblem(undefined);
    } catch (thrown) {
      setProblem(toClientError(thrown).message);
    }
  }

  if (draft !== undefined)
    return (
      <li className="item">
        <form
          className="rename"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <input
            autoFocus
            aria-label={`New title of ${name}`}
            value={draft}
            maxLength={200}
            onFocus={(event) => event.target.select()}
            onChange={(event) => setDraft(event.target.value)}
            onBlur={() => void save()}
            onKeyDown={(event) => event.key === 'Escape' && setDraft(undefined)}
          />
          {problem !== undefined && <p role="alert">{problem}</p>}
        </form>
      </li>
    );
  return (
    <li className="item">
      <a href={pathOf(item.id)} aria-current={isCurrent ? 'page' : undefined} onClick={onOpen}>
        {name}
      </a>
      <span className="item-tools">
        <button type="button" ref={pen} className="quiet" aria-label={`Rename ${name}`} onClick={() => setDraft(name)}>
          {icons.pen}
        </button>
        <button type="button" className="quiet" aria-label={`Delete ${name}`} onClick={onDelete}>
          {icons.bin}
        </button>
      </span>
    </li>
  );
}

const nameOf = (title: string | null): string => title ?? 'Untitled';
