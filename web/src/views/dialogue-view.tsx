// One conversation: its turns, oldest first, and where to write. Keeps to the end while the reader is at the end, and never
// moves what is being read.
import { useEffect, useRef, useState, type DragEvent } from 'react';
import type { Dialogue } from '../dialogue.ts';
import type { Session } from '../session.ts';
import { useStore } from '../store.ts';
import { Composer } from './composer.tsx';
import { icons } from './icons.tsx';
import { TurnGroup } from './turn-group.tsx';
import { useKeptFocus } from './use-kept-focus.ts';
import { useStickToEnd } from './use-stick-to-end.ts';
import { Welcome } from './welcome.tsx';

/** So far from the first message shown, earlier ones are asked for. */
const earlyPx = 1_500;

export interface DialogueViewProps {
  readonly session: Session;
  readonly dialogue: Dialogue;
}

export function DialogueView({ session, dialogue }: DialogueViewProps) {
  const { phase, groups, earlier, sending, problem } = useStore(dialogue);
  const { capabilities } = useStore(session.state);
  const last = groups.at(-1)?.at(-1);
  const { scroller, content } = useStickToEnd(groups[0]?.[0]?.id ?? '', last?.id ?? '', sending);
  useKeptFocus(content);
  const isBusy = sending !== undefined;

  const { isOver, ...dropping } = useDrop((files) => dialogue.attachments.addFiles(files));

  return (
    <div className="dialogue" data-dropping={isOver} {...dropping}>
      <div className="scroller" ref={scroller} tabIndex={-1}>
        <div className="turns" ref={content}>
          {phase === 'new' && !isBusy && (
            <Welcome
              capabilities={capabilities}
              onWish={(text) => void dialogue.send({ text, pictures: [], takes: 1 })}
            />
          )}
          {phase === 'loading' && <p className="note centred">Opening the conversation …</p>}
          {phase === 'missing' && (
            <p className="note centred">There is no such conversation: it was deleted, or belongs to someone else.</p>
          )}
          {phase === 'failed' && (
            <p className="note centred" role="alert">
              {problem}{' '}
              <button type="button" className="link" onClick={() => void dialogue.load()}>
                Try again
              </button>
            </p>
          )}
          {earlier !== undefined && <Earlier onSeen={dialogue.loadEarlier} />}
          {groups.map((turns, index) => (
            <TurnGroup
              key={turns[0]?.id}
              session={session}
              dialogue={dialogue}
              turns={turns}
              isLast={index === groups.length - 1}
            />
          ))}
          {last?.role === 'user' && !isBusy && (
            <p className="note">The answers to this wording were last shown in another browser.</p>
          )}
          {sending !== undefined && (
            <article className="turn user pending" aria-label="Your message, being sent">
              {sending.pictures.length > 0 && (
                <p className="note">{sending.pictures.map(({ alt }) => alt).join(', ')}</p>
              )}
              {sending.text !== '' && <p className="said">{sending.text}</p>}
            </article>
          )}
        </div>
      </div>
      <div className="foot">
        {problem !== undefined && phase !== 'failed' && (
          <p className="problem" role="alert">
            <span>{problem}</span>
            <button type="button" className="quiet" aria-label="Dismiss" onClick={dialogue.dismissProblem}>
              {icons.close}
            </button>
          </p>
        )}
        {phase !== 'missing' && (
          <Composer
            id="message"
            label="Your message"
            placeholder={last === undefined ? 'Wish for a scene …' : 'And then …'}
            attachments={dialogue.attachments}
            draft={dialogue.draft}
            capabilities={capabilities}
            isBusy={isBusy || phase === 'loading'}
            onSend={dialogue.send}
          />
        )}
      </div>
      {isOver && (
        <p className="drop" aria-hidden="true">
          {icons.picture} Let go to send it along
        </p>
      )}
    </div>
  );
}

/** Loads earlier messages before they are scrolled into view. */
function Earlier({ onSeen }: { readonly onSeen: () => Promise<void> }) {
  const line = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting === true) void onSeen();
      },
      { root: line.current!.closest('.scroller'), rootMargin: `${earlyPx}px` },
    );
    observer.observe(line.current!);
    return () => observer.disconnect();
  }, [onSeen]);
  return (
    <button type="button" ref={line} className="link centred" onClick={() => void onSeen()}>
      Earlier messages
    </button>
  );
}

/** Files that are dragged over an element, and let go there. */
function useDrop(onFiles: (files: FileList) => void) {
  const [depth, setDepth] = useState(0); // each child that is entered is left again
  const onEdge = (step: number) => (event: DragEvent) => {
    if (event.dataTransfer.types.includes('Files')) setDepth((before) => Math.max(0, before + step));
  };
  return {
    isOver: depth > 0,
    onDragEnter: onEdge(1),
    onDragLeave: onEdge(-1),
    onDragOver: (event: DragEvent) => event.dataTransfer.types.includes('Files') && event.preventDefault(),
    onDrop: (event: DragEvent) => {
      setDepth(0);
      if (event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      onFiles(event.dataTransfer.files);
    },
  };
}
