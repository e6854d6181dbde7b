// Perplexity of the answers of a dialogue under the package's language model, in its own prompt layout: with all rounds
// before, with another dialogue's rounds before, and with the question alone. Must never score the package's prefix, a
// question, or the template's words.
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import type { PromptTurn } from '../../core/function-contract.ts';
import { openPromptFormat, type PromptFormat, type PromptItem } from '../../functions/llm/prompt.ts';
import { identify } from '../harness/identify.ts';
import type { Contrast, Task } from '../harness/task.ts';
import type { Precision } from '../../functions/llm/decoder-graph.ts';
import { openLikelihood } from '../metrics/likelihood.ts';
import { visDialFile } from '../sets/picture-sets.ts';
import { readVisDial, type Round } from '../sets/visdial.ts';

export interface DialoguePerplexityOptions {
  readonly modelFolder: string;
  /** Folder with a VisDial v1.0 file. */
  readonly dataFolder: string;
  readonly precision: Precision;
}

const conditions = [
  { name: 'dialogue', description: 'each answer after all rounds before it and its question' },
  {
    name: 'other-dialogue',
    description: 'control: each answer after the rounds of the next dialogue and its question',
  },
  { name: 'question-alone', description: 'each answer after its question alone' },
] as const;

const contrasts: readonly Contrast[] = [
  { a: 'dialogue', b: 'question-alone', question: 'Does the dialogue so far help?' },
  { a: 'dialogue', b: 'other-dialogue', question: 'Is it this dialogue that helps (control)?' },
];

export async function openDialoguePerplexity(options: DialoguePerplexityOptions): Promise<Task> {
  const dataFile = path.join(options.dataFolder, visDialFile);
  const dialogs = await readVisDial(dataFile);
  const { model, settings } = await identify(options.modelFolder, dataFile);
  const { lm } = model.manifest;
  const reader = await openLikelihood(model, options.precision);
  const format = await openPromptFormat(model, reader.width);
  let held: Promise<void> | undefined;
  return {
    name: 'Dialogue perplexity',
    settings: {
      ...settings,
      precision: options.precision,
    },
    items: dialogs.map(({ imageId }) => String(imageId)),
    conditions,
    metrics: [
      {
        name: 'perplexity',
        numerator: 'nll',
        denominator: 'tokens',
        transform: 'exp',
        better: 'lower',
        source: `exp of the mean negative log likelihood of the answers' tokens and the token that ends them, ${lm.weights}`,
      },
    ],
    contrasts,
    seeded: false,
    measure: async ({ index, condition }, signal) => {
      const { rounds } = dialogs[index]!;
      const others = dialogs[(index + 1) % dialogs.length]!.rounds;
      await (held ??= reader.hold(wordsOnly(format.prefix), signal));
      let [nll, tokens] = [0, 0];
      for (const { ids, scored } of sequencesOf(rounds, others, condition, format)) {
        for (const value of await reader.read(ids, scored, signal)) nll += value;
        tokens += scored.length;
      }
      return { values: { nll, tokens } };
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

export interface ScoredSequence {
  readonly ids: readonly number[];
  /** Positions of the answers' tokens and of what ends each. */
  readonly scored: readonly number[];
}

/** Answers of one dialogue share a sequence where each stands behind those before it. */
export function sequencesOf(
  rounds: readonly Round[],
  others: readonly Round[],
  condition: string,
  format: PromptFormat,
): readonly ScoredSequence[] {
  switch (condition) {
    case 'dialogue':
      return [sequence(rounds, 0, format)];
    case 'other-dialogue':
      // as many rounds before each answer as it has in its own dialogue
      return rounds.map((round, i) => sequence([...others.slice(0, i), round], i, format));
    case 'question-alone':
      return rounds.map((round) => sequence([round], 0, format));
    default:
      throw new AppError('INTERNAL', `no condition "${condition}"`);
  }
}

/** @param from the first round whose answer is scored */
function sequence(rounds: readonly Round[], from: number, { layOut, tokenizer }: PromptFormat): ScoredSequence {
  const scored: number[] = [];
  let ids: number[] = [];
  const [end] = tokenizer.stopIds;
  for (let i = from; i < rounds.length; i++) {
    const { items, droppedTurns } = layOut({ turns: turnsUpTo(rounds, i) }, 0);
    if (droppedTurns > 0) throw new AppError('CONTEXT_TOO_LONG', `${droppedTurns} turns do not fit into the context`);
    const opening = items.map((item) => {
      if (typeof item !== 'number')
        throw new AppError('INTERNAL', 'a dialogue of words was laid out with picture rows');
      return item;
    });
    const answer = [...tokenizer.encodeText(rounds[i]!.answer), end!];
    if (ids.some((id, position) => id !== opening[position]))
      throw new AppError('INTERNAL', 'the layout of a longer dialogue does not begin with that of a shorter one');
    scored.push(...answer.map((_, k) => opening.length + k));
    ids = [...opening, ...answer];
  }
  return { ids, scored };
}

function wordsOnly(items: readonly PromptItem[]): readonly number[] {
  return items.map((item) => {
    if (typeof item !== 'number') throw new AppError('INTERNAL', 'a dialogue of words was laid out with picture rows');
    return item;
  });
}

/** Rounds before `last` whole, then the question of `last`. */
function turnsUpTo(rounds: readonly Round[], last: number): readonly PromptTurn[] {
  const turn = (role: PromptTurn['role'], text: string): PromptTurn => ({ role, parts: [{ kind: 'text', text }] });
  return rounds
    .slice(0, last + 1)
    .flatMap(({ question, answer }, i) => [
      turn('user', `${question}?`),
      ...(i < last ? [turn('assistant', answer)] : []),
    ]);
}
