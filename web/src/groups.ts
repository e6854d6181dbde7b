// Turns in groups of a few: what is mounted and unmounted together while a long conversation is scrolled. A group keeps its
// beginning, and the turns that did not change keep their identity: React then touches only what is new.
import type { Turn } from './turns.ts';

/** So few that mounting a group fits into a frame. */
const groupSize = 10;

export type Groups = readonly (readonly Turn[])[];

/** @param turns every turn that is shown, oldest first @param before the groups so far */
export function regroup(turns: readonly Turn[], before: Groups): Groups {
  const starts = new Map(before.map((group) => [group[0]?.id, group]));
  const known = new Map(before.flat().map((turn) => [turn.id, turn]));
  const groups: Turn[][] = [];
  for (const turn of turns) {
    const newest = groups.at(-1);
    if (!newest || newest.length >= groupSize || starts.has(turn.id)) groups.push([kept(turn, known.get(turn.id))]);
    else newest.push(kept(turn, known.get(turn.id)));
  }
  return groups.map((group) => {
    const old = starts.get(group[0]!.id);
    return old?.length === group.length && old.every((turn, i) => turn === group[i]) ? old : group;
  });
}

/**
 * The path after a query for its end: what is shown before the first turn that came stays, if that turn is shown.
 * @returns undefined where the two paths have nothing in common
 */
export function extend(before: Groups, end: readonly Turn[]): readonly Turn[] | undefined {
  const shown = before.flat();
  const at = shown.findIndex(({ id }) => id === end[0]?.id);
  return at < 0 ? undefined : [...shown.slice(0, at), ...end];
}

/** A message never changes after its end, and a live reply is one object: only alternatives are added. */
function kept(turn: Turn, old: Turn | undefined): Turn {
  return old && old.alternatives.join() === turn.alternatives.join() ? old : turn;
}
