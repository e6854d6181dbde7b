// A few turns of a dialogue. Far from what is seen only their height stays, so that a conversation of thousands costs what its
// window costs; the last group, and one in which something is open, written or focused, is always there.
import { memo, startTransition, useEffect, useRef, useState } from 'react';
import type { Dialogue } from '../dialogue.ts';
import type { Session } from '../session.ts';
import type { Turn } from '../turns.ts';
import { ReplyTurn } from './reply-turn.tsx';
import { UserTurn } from './user-turn.tsx';

/** Beyond the window, above and below: so much is ready before it is scrolled into view. */
const readyPx = 1_200;

export interface TurnGroupProps {
  readonly session: Session;
  readonly dialogue: Dialogue;
  readonly turns: readonly Turn[];
  readonly isLast: boolean;
}

export const TurnGroup = memo(function TurnGroup({ session, dialogue, turns, isLast }: TurnGroupProps) {
  const element = useRef<HTMLDivElement>(null);
  /** Of the group when it was last there; undefined while it is. */
  const [heightPx, setHeightPx] = useState<number>();
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        const { isIntersecting, boundingClientRect } = entries.at(-1)!;
        const isFar = !isIntersecting && !isLast && !isInUse(current);
        startTransition(() => setHeightPx((known) => (isFar ? (known ?? boundingClientRect.height) : undefined)));
      },
      { root: current.closest('.scroller'), rootMargin: `${readyPx}px 0px` },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, [isLast]);
  return (
    <div className="group" ref={element} style={heightPx === undefined ? undefined : { height: heightPx }}>
      {heightPx === undefined &&
        turns.map((turn) => <TurnView key={turn.id} session={session} dialogue={dialogue} turn={turn} />)}
    </div>
  );
});

const isInUse = (group: Element): boolean =>
  group.contains(document.activeElement) || group.querySelector('.editing, dialog[open], [aria-busy="true"]') !== null;

interface TurnViewProps extends Pick<TurnGroupProps, 'session' | 'dialogue'> {
  readonly turn: Turn;
}

/** Drawn again only when its own turn changes. */
const TurnView = memo(function TurnView({ session, dialogue, turn }: TurnViewProps) {
  return turn.role === 'assistant' ? (
    <ReplyTurn session={session} dialogue={dialogue} turn={turn} />
  ) : (
    <UserTurn session={session} dialogue={dialogue} turn={turn} />
  );
});
