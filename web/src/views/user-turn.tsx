// What the viewer said: shown, reworded, and switched between wordings.
import { useState } from 'react';
import { createAttachments, type Attachments } from '../attachments.ts';
import type { Dialogue, Turn, Wish } from '../dialogue.ts';
import type { Session, SessionState } from '../session.ts';
import { Composer } from './composer.tsx';
import { icons } from './icons.tsx';
import { Plate } from './plate.tsx';
import { Switch } from './switch.tsx';

export interface UserTurnProps {
  readonly session: Session;
  readonly dialogue: Dialogue;
  readonly turn: Extract<Turn, { role: 'user' }>;
  readonly capabilities: SessionState['capabilities'];
  readonly isBusy: boolean;
  readonly onReword: (wish: Wish) => Promise<boolean>;
  readonly onChoose: (id: string) => void;
}

export function UserTurn({ session, dialogue, turn, capabilities, isBusy, onReword, onChoose }: UserTurnProps) {
  const [editing, setEditing] = useState<Attachments>();
  const pictures = turn.parts.flatMap((part) => (part.kind === 'image' ? [part.image] : []));
  const text = turn.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');
  const stop = (): void => {
    editing?.[Symbol.dispose]();
    setEditing(undefined);
  };
  if (editing)
    return (
      <article className="turn user editing" aria-label="Your message, being reworded">
        <Composer
          label="Reword your message"
          placeholder="Say it otherwise"
          start={text}
          attachments={editing}
          capabilities={capabilities}
          isBusy={isBusy}
          onCancel={stop}
          onSend={async (reworded) => {
            const isAccepted = await onReword(reworded);
            if (isAccepted) stop();
            return isAccepted;
          }}
        />
      </article>
    );
  return (
    <article className="turn user" aria-label="Your message">
      {pictures.map((picture) => (
        <Plate key={picture.id} session={session} dialogue={dialogue} image={picture} isSmall />
      ))}
      {text !== '' && <p className="said">{text}</p>}
      <div className="tools">
        <Switch what="wording" id={turn.id} alternatives={turn.alternatives} onChoose={onChoose} />
        <button type="button" className="quiet" onClick={() => setEditing(createAttachments(session.client, pictures))}>
          {icons.pen}
          <span>Reword</span>
        </button>
      </div>
    </article>
  );
}
