// A reply as it grows: text, pictures at their places, and always a sentence on what is being waited for.
import { useEffect, useRef } from 'react';
import { isTerminal, type ReplyState } from '../../../clients/ts/index.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Session } from '../session.ts';
import { useStore } from '../store.ts';
import type { Turn } from '../turns.ts';
import { explainReply } from '../waiting.ts';
import { explainNoPicture } from '../wanted.ts';
import { icons } from './icons.tsx';
import { GoesOnFrom } from './goes-on-from.tsx';
import { Plate } from './plate.tsx';
import { Switch } from './switch.tsx';
import { Takes } from './takes.tsx';

export interface ReplyTurnProps {
  readonly session: Session;
  readonly dialogue: Dialogue;
  readonly turn: Extract<Turn, { role: 'assistant' }>;
}

export function ReplyTurn({ session, dialogue, turn }: ReplyTurnProps) {
  const { reply } = turn;
  const state = useStore({ get: () => reply.state, subscribe: reply.onChange });
  const watching = useStore({ get: () => reply.watching, subscribe: reply.onChange });
  const isAsked = useStore({ get: () => dialogue.get().asking.includes(turn.id), subscribe: dialogue.subscribe });
  const hasEnded = isTerminal(state.status);
  // one that cannot be followed is not waited for either
  const isOver = hasEnded || watching.kind === 'lost';
  const noPicture = hasEnded ? explainNoPicture(state) : null;
  useAnnouncements(session, state, watching.kind === 'reconnecting' && !isOver);

  return (
    <article className="turn reply" aria-label="Reply" aria-busy={!isOver} data-turn={turn.id}>
      {state.droppedTurns > 0 && (
        <p className="note">The oldest {state.droppedTurns} turns no longer fit the model’s memory.</p>
      )}
      {state.parts.map((part, index) =>
        part.kind === 'text' ? (
          <p key={index} className="told">
            {part.text.trim()}
          </p>
        ) : (
          <div key={part.image.id} className="pictured">
            {part.takes.length > 1 ? (
              <Takes session={session} dialogue={dialogue} reply={reply} takes={part.takes} decision={part.decision} />
            ) : (
              <Plate session={session} dialogue={dialogue} reply={reply} image={part.image} decision={part.decision} />
            )}
            <GoesOnFrom session={session} image={part.image} />
          </div>
        ),
      )}
      {watching.kind === 'reconnecting' && !isOver && (
        <p className="note">The connection was lost. The reply goes on; looking for the server …</p>
      )}
      {watching.kind === 'lost' && (
        <p className="note" role="alert">
          {watching.error.message}
        </p>
      )}
      {state.failure && (
        <p className="note" role="alert">
          {state.failure.message}
        </p>
      )}
      {state.status === 'CANCELLED' && <p className="note">Stopped. What was said so far is kept.</p>}
      {noPicture !== null && <p className="note">{noPicture}</p>}
      <div className="tools">
        {isOver ? (
          <>
            <Switch
              what="answer"
              id={turn.id}
              alternatives={turn.alternatives}
              onChoose={(id) => void dialogue.choose(id)}
            />
            <button
              type="button"
              className="quiet"
              aria-disabled={isAsked}
              onClick={() => void dialogue.regenerate(turn.id)}
            >
              {icons.again}
              <span>Answer anew</span>
            </button>
          </>
        ) : (
          <WaitingLine state={state} onStop={() => void dialogue.stop(reply)} />
        )}
      </div>
    </article>
  );
}

function WaitingLine({ state, onStop }: { readonly state: ReplyState; readonly onStop: () => void }) {
  const drawing = state.parts.some(
    (part) => part.kind === 'image' && part.image.__typename === 'GeneratedImage' && !isTerminal(part.image.status),
  );
  const isWriting = state.activity?.phase === 'DECODING_TEXT' || state.activity?.phase === 'READING';
  const { sentence, share } =
    drawing && !isWriting ? { sentence: 'The picture is on its way', share: undefined } : explainReply(state.activity);
  return (
    <>
      <span className="waiting">
        <span className="dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        {sentence}
        {share !== undefined && <progress value={share} aria-label={sentence} />}
      </span>
      <button type="button" className="quiet" onClick={onStop}>
        {icons.stop}
        <span>Stop</span>
      </button>
    </>
  );
}

/** Waits that are worth a sentence to people who do not see the page: they may be long, and their number matters. */
const toldWaits: readonly string[] = ['QUEUED', 'WARMING', 'LOADING_WEIGHTS'];

/** Says what is waited for, once that a reply is coming, and once how it ended: not each word, not each step. */
function useAnnouncements(
  { announce }: Session,
  { status, parts, activity }: ReplyState,
  isReconnecting: boolean,
): void {
  // a reply that runs already when it is first shown is news as well
  const before = useRef(isTerminal(status) ? status : 'QUEUED');
  const isOver = isTerminal(status);
  const phase = activity?.phase;
  const wait = useRef('');
  wait.current = explainReply(activity).sentence;
  useEffect(() => {
    if (!isOver && phase !== undefined && toldWaits.includes(phase)) announce(`${wait.current}.`);
  }, [isOver, phase, announce]);
  useEffect(() => {
    if (isReconnecting) announce('The connection was lost. The reply goes on.');
  }, [isReconnecting, announce]);
  useEffect(() => {
    if (before.current === status) return;
    const wasOver = isTerminal(before.current);
    before.current = status;
    if (status === 'RUNNING') announce('A reply is coming.');
    if (wasOver || !isOver) return;
    const told = parts.map((part) => (part.kind === 'text' ? part.text : `Picture: ${part.image.alt}.`)).join(' ');
    announce(status === 'COMPLETED' ? told : `The reply ended early. ${told}`);
  }, [status, isOver, parts, announce]);
}
