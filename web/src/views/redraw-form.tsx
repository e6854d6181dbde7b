// Asks for the picture again: the same words give another picture, other words another wish.
import { useState } from 'react';
import type { RedrawChange } from '../../../clients/ts/client.ts';
import { icons } from './icons.tsx';

export interface RedrawFormProps {
  readonly words: string;
  readonly onRedraw: (change: RedrawChange) => void;
}

export function RedrawForm({ words, onRedraw }: RedrawFormProps) {
  const [wish, setWish] = useState(words);
  const isOther = wish.trim() !== words.trim();
  return (
    <form
      className="redraw"
      onSubmit={(event) => {
        event.preventDefault();
        if (wish.trim() !== '') onRedraw(isOther ? { wish: wish.trim() } : {});
      }}
    >
      <label>
        Wish
        <textarea rows={2} value={wish} onChange={(event) => setWish(event.target.value)} />
      </label>
      <button type="submit" className="plain" disabled={wish.trim() === ''}>
        {icons.again}
        <span>{isOther ? 'Draw this instead' : 'Draw again'}</span>
      </button>
    </form>
  );
}
