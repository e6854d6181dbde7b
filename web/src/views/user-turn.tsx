// What the viewer said: shown, reworded, and switched between wordings.
import { useState } from 'react';
import type { Turn } from '../dialogue.ts';
import { Composer } from './composer.tsx';
import { icons } from './icons.tsx';
import { Switch } from './switch.tsx';

export interface UserTurnProps {
  readonly turn: Extract<Turn, { role: 'user' }>;
  readonly maxCodePoints: number;
  readonly isBusy: boolean;
  readonly onReword: (text: string) => Promise<boolean>;
  readonly onChoose: (id: string) => void;
}

export function UserTurn({ turn, maxCodePoints, isBusy, onReword, onChoose }: UserTurnProps) {
  const [isEditing, setEditing] = useState(false);
  const text = turn.parts.map((part) => (part.kind === 'text' ? part.text : `[${part.image.alt}]`)).join('\n');
  if (isEditing)
    return (
      <article className="turn user editing" aria-label="Your message, being reworded">
        <Composer
          label="Reword your message"
          placeholder="Say it otherwise"
          start={text}
          maxCodePoints={maxCodePoints}
          isBusy={isBusy}
          onCancel={() => setEditing(false)}
          onSend={async (reworded) => {
            const isAccepted = await onReword(reworded);
            if (isAccepted) setEditing(false);
            return isAccepted;
          }}
        />
      </article>
    );
  return (
    <article className="turn user" aria-label="Your message">
      <p className="said">{text}</p>
      <div className="tools">
        <Switch what="wording" id={turn.id} alternatives={turn.alternatives} onChoose={onChoose} />
        <button type="button" className="quiet" onClick={() => setEditing(true)}>
          {icons.pen}
          <span>Reword</span>
        </button>
      </div>
    </article>
  );
}
