// What the viewer said: shown, reworded, and switched between wordings.
import { useState } from 'react';
import { createAttachments, type Attachments } from '../attachments.ts';
import { createDraft, type Draft } from '../draft.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Session } from '../session.ts';
import { useStore } from '../store.ts';
import type { UserTurn as Said } from '../turns.ts';
import { picturesOf, textOf } from '../wish.ts';
import { Composer } from './composer.tsx';
import { icons } from './icons.tsx';
import { Plate } from './plate.tsx';
import { Switch } from './switch.tsx';

export interface UserTurnProps {
  readonly session: Session;
  readonly dialogue: Dialogue;
  readonly turn: Said;
}

export function UserTurn({ session, dialogue, turn }: UserTurnProps) {
  const [editing, setEditing] = useState<Edited>();
  const pictures = picturesOf(turn.parts);
  const text = textOf(turn.parts);
  const stop = (): void => {
    editing?.attachments[Symbol.dispose]();
    setEditing(undefined);
  };
  if (editing) return <Rewording session={session} dialogue={dialogue} id={turn.id} edited={editing} onStop={stop} />;
  return (
    <article className="turn user" aria-label="Your message" data-turn={turn.id}>
      {pictures.map((picture) => (
        <Plate key={picture.id} session={session} dialogue={dialogue} image={picture} isSmall />
      ))}
      {text !== '' && <p className="said">{text}</p>}
      <div className="tools">
        <Switch
          what="wording"
          id={turn.id}
          alternatives={turn.alternatives}
          onChoose={(id) => void dialogue.choose(id)}
        />
        <button
          type="button"
          className="quiet"
          onClick={() =>
            setEditing({ attachments: createAttachments(session.client, pictures), draft: createDraft(text) })
          }
        >
          {icons.pen}
          <span>Reword</span>
        </button>
      </div>
    </article>
  );
}

interface Edited {
  readonly attachments: Attachments;
  readonly draft: Draft;
}

interface RewordingProps extends Pick<UserTurnProps, 'session' | 'dialogue'> {
  readonly id: string;
  readonly edited: Edited;
  readonly onStop: () => void;
}

function Rewording({ session, dialogue, id, edited, onStop }: RewordingProps) {
  const { capabilities } = useStore(session.state);
  const { sending } = useStore(dialogue);
  return (
    <article className="turn user editing" aria-label="Your message, being reworded" data-turn={id}>
      <Composer
        label="Reword your message"
        placeholder="Say it otherwise"
        {...edited}
        capabilities={capabilities}
        isBusy={sending !== undefined}
        onCancel={onStop}
        onSend={async (wish) => {
          const isAccepted = await dialogue.reword(id, wish);
          if (isAccepted) onStop();
          return isAccepted;
        }}
      />
    </article>
  );
}
