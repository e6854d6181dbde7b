// PartiPrompts with people's votes on whether to draw or to find a picture, and the rule that makes labels of the votes.
// Must never drop a row silently: what is no label is counted as `same`.
import { AppError } from '../../core/app-error.ts';

/** gen: a drawn picture fits better; ret: a found one; same: neither. */
export type Vote = 'gen' | 'ret' | 'same';

export interface PartiRow {
  readonly prompt: string;
  readonly category: string;
  readonly challenge: string;
  /** Usually five. */
  readonly votes: readonly Vote[];
}

export interface LabelledPrompt {
  readonly prompt: string;
  readonly label: 'gen' | 'ret';
}

const isVote = (word: string): word is Vote => word === 'gen' || word === 'ret' || word === 'same';

/**
 * A tab-separated file with the header `Prompt Category Challenge Note` and a further column `Decisions`, votes apart by commas.
 * @throws {AppError} INVALID naming the line
 */
export function parsePartiVotes(text: string, name: string): readonly PartiRow[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const header = lines[0]?.split('\t') ?? [];
  const [promptAt, categoryAt, challengeAt, votesAt] = ['Prompt', 'Category', 'Challenge', 'Decisions'].map(
    (column) => {
      const at = header.indexOf(column);
      if (at < 0)
        throw new AppError('INVALID', `${name} has no column "${column}": its header is ${header.join(', ')}`);
      return at;
    },
  ) as [number, number, number, number];
  return lines.slice(1).map((line, i) => {
    const cells = line.split('\t');
    const votes = (cells[votesAt] ?? '').split(',').map((word) => {
      const vote = word.trim();
      if (!isVote(vote)) throw new AppError('INVALID', `${name}, line ${i + 2}: "${vote}" is no vote (gen, ret, same)`);
      return vote;
    });
    return { prompt: cells[promptAt]!, category: cells[categoryAt]!, challenge: cells[challengeAt]!, votes };
  });
}

/** The label of a row: four votes for it, or three with at most one for the other; anything else is `same`. */
export function decideVotes(votes: readonly Vote[]): Vote {
  const count = (wanted: Vote): number => votes.filter((vote) => vote === wanted).length;
  const wins = (mine: number, other: number): boolean => mine >= 4 || (mine === 3 && other <= 1);
  const [gen, ret] = [count('gen'), count('ret')];
  if (wins(gen, ret)) return 'gen';
  return wins(ret, gen) ? 'ret' : 'same';
}

/** How many rows of the published file train its classifier; the rest test it. In file order. */
const trainingRows = 600;

export interface PartiSplit {
  readonly counts: Readonly<Record<Vote, number>>;
  readonly training: readonly LabelledPrompt[];
  readonly test: readonly LabelledPrompt[];
}

/** Rows labelled `same` are counted and left out. A file that has no more than the training rows is a test altogether. */
export function splitParti(rows: readonly PartiRow[]): PartiSplit {
  const counts = { gen: 0, ret: 0, same: 0 };
  const labelled: LabelledPrompt[] = [];
  for (const { prompt, votes } of rows) {
    const label = decideVotes(votes);
    counts[label]++;
    if (label !== 'same') labelled.push({ prompt, label });
  }
  const at = labelled.length > trainingRows ? trainingRows : 0;
  return { counts, training: labelled.slice(0, at), test: labelled.slice(at) };
}
