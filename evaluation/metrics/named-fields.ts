// What a sentence names of a scene: kinds, colours, places, hours and weathers by their words, held against what the picture shows.
// Must never take a word twice: the longest phrase has it, so that a "rainy day" is no day and an "orange sky" no colour.
import { AppError } from '../../core/app-error.ts';
import type { SceneLabels } from './attributes.ts';
import type { Share } from './estimate.ts';

type Fields = SceneLabels['fields'];
type Named = Fields[number]['field'];

/** What is scored of a sentence; the last is the share of what it names that the picture shows. */
export const namedFigures = ['place', 'time', 'weather', 'kind', 'colour', 'kind and colour', 'right'] as const;
export type NamedFigure = (typeof namedFigures)[number];

/** Classes of a field, as one word. */
const keyOf = (field: Named, label: number): string => `${field} ${label}`;

export interface Namer {
  /** What a sentence names, as keys of (field, class). */
  readonly read: (sentence: string) => ReadonlySet<string>;
  readonly score: (sentence: string, labels: readonly number[]) => Readonly<Record<NamedFigure, Share>>;
}

/** @throws {AppError} INVALID when the set does not say what its classes are called */
export function createNamer(fields: Fields): Namer {
  if (!fields.some(({ names }) => names))
    throw new AppError(
      'INVALID',
      'the labels of this set do not say what their classes are called: write the set anew',
    );
  /** Phrase → what it stands for. */
  const meanings = new Map<string, Set<string>>();
  for (const { field, names } of fields) {
    for (const [label, phrases] of (names ?? []).entries()) {
      for (const phrase of phrases.map((each) => each.toLowerCase()))
        meanings.set(phrase, (meanings.get(phrase) ?? new Set()).add(keyOf(field, label)));
    }
  }
  const phrases = [...meanings.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(?<!\\p{L})(?:${phrases.join('|')})(?!\\p{L})`, 'gu');

  const read = (sentence: string): Set<string> =>
    new Set([...sentence.toLowerCase().matchAll(pattern)].flatMap(([phrase]) => [...meanings.get(phrase)!]));
  /** Whether a class can be named: an empty slot cannot, nor what is usually left unsaid. */
  const isNameable = (i: number, label: number): boolean => (fields[i]!.names?.[label] ?? []).length > 0;

  return {
    read,
    score: (sentence, labels) => {
      const named = read(sentence);
      const isNamed = (i: number): boolean => named.has(keyOf(fields[i]!.field, labels[i]!));
      const asked = labels.flatMap((label, i) => (isNameable(i, label) ? [i] : []));
      const share = (name: Named): Share => shareOf(asked.filter((i) => fields[i]!.field === name).map(isNamed));
      // of a thing both, or its kind alone where no colour is said of it
      const things = asked.filter((i) => fields[i]!.field === 'kind');
      const both = things.map(
        (i) => asked.every((k) => k === i || fields[k]!.slot !== fields[i]!.slot || isNamed(k)) && isNamed(i),
      );
      const shown = new Set(asked.map((i) => keyOf(fields[i]!.field, labels[i]!)));
      return {
        place: share('place'),
        time: share('time'),
        weather: share('weather'),
        kind: share('kind'),
        colour: share('colour'),
        'kind and colour': shareOf(both),
        right: shareOf(Array.from(named, (key) => shown.has(key))),
      };
    },
  };
}

const shareOf = (hits: readonly boolean[]): Share => ({
  numerator: hits.filter(Boolean).length,
  denominator: hits.length,
});
