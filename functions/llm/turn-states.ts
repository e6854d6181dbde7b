// The states of a turn while it is read and answered: from the message's first position to the last before a picture's rows, which the
// mapper reads beside the rows' own. Must never hold many more than the last that are asked for, nor an array that a later pass writes over.

/** Which states are kept. What was read for an earlier reply is read again from there, since only its keys and values are kept. */
export interface TurnSpan {
  /** Position of the first. */
  readonly from: number;
  /** How many at most: the last before the rows. */
  readonly most: number;
}

export interface TurnStates {
  /** @param at position of the first item @param states of neighbouring items, shape (items, H); copied */
  readonly add: (at: number, states: Float32Array, items: number) => void;
  /** The last of them, oldest first, shape (T, H). */
  readonly last: () => Float32Array;
  /** How many are held: those of `last`, and what is left of the pass that the first of them was read in. */
  readonly held: () => number;
}

/** Positions before this one are never among the last of a turn, however it is answered. */
export const firstNeeded = ({ from, most }: TurnSpan, promptItems: number): number =>
  Math.max(from, promptItems - most);

export function createTurnStates({ from, most }: TurnSpan): TurnStates {
  /** Oldest first. */
  const pieces: { readonly states: Float32Array; readonly items: number }[] = [];
  let held = 0;

  return {
    add: (at, states, items) => {
      const own = Math.min(items, at + items - from, most);
      if (own <= 0) return;
      pieces.push({ states: states.slice((states.length / items) * (items - own)), items: own });
      held += own;
      // a pass goes as a whole, once none of it is among the last
      while (held - pieces[0]!.items >= most) held -= pieces.shift()!.items;
    },
    last: () => {
      const size = pieces.reduce((sum, { states }) => sum + states.length, 0);
      const all = new Float32Array(size);
      let at = 0;
      for (const { states } of pieces) {
        all.set(states, at);
        at += states.length;
      }
      return held > most ? all.slice((size / held) * (held - most)) : all;
    },
    held: () => held,
  };
}
