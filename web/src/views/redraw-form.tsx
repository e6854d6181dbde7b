// Asks for a picture again, or for one in the place of a found one: with the same words or others, anew or from the picture that
// is there. How much of it is kept is the strength.
import { useState } from 'react';
import type { RedrawChange } from '../../../clients/ts/client.ts';
import { icons } from './icons.tsx';

export interface RedrawFormProps {
  /** What it was drawn from, or found for. */
  readonly words: string;
  readonly isFound: boolean;
  /** Null where the model draws from words alone. */
  readonly defaultStrength: number | null;
  readonly onRedraw: (change: RedrawChange) => void;
}

/** As the server takes it. */
const maxStrength = 4;

export function RedrawForm({ words, isFound, defaultStrength, onRedraw }: RedrawFormProps) {
  const [wish, setWish] = useState(words);
  const [strength, setStrength] = useState<number>();
  const isOther = wish.trim() !== words.trim();
  return (
    <form
      className="redraw"
      onSubmit={(event) => {
        event.preventDefault();
        if (wish.trim() === '') return;
        onRedraw({ ...(isOther && { wish: wish.trim() }), ...(strength !== undefined && { strength }) });
      }}
    >
      <label>
        Wish
        <textarea rows={2} value={wish} onChange={(event) => setWish(event.target.value)} />
      </label>
      {defaultStrength !== null && (
        <div className="strength">
          <label className="check">
            <input
              type="checkbox"
              checked={strength !== undefined}
              onChange={(event) => setStrength(event.target.checked ? defaultStrength : undefined)}
            />
            Change this picture
          </label>
          <label>
            Kept of it
            <input
              type="range"
              min={0}
              max={maxStrength}
              step={0.25}
              disabled={strength === undefined}
              value={strength ?? defaultStrength}
              onChange={(event) => setStrength(Number(event.target.value))}
            />
            <output>{(strength ?? defaultStrength).toFixed(2)}</output>
          </label>
        </div>
      )}
      <button type="submit" className="plain" disabled={wish.trim() === ''}>
        {icons.again}
        <span>{isFound ? 'Draw it instead' : isOther ? 'Draw this instead' : 'Draw again'}</span>
      </button>
    </form>
  );
}
