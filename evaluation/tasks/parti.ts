// PartiPrompts: what the votes give, and how far the predictors come that always say the same. The lines beside which a
// decision head is to be published. Must never be read as a score of a model: none takes part.
import { macroF1 } from '../metrics/macro-f1.ts';
import { readText } from '../sets/parse-data.ts';
import { parsePartiVotes, splitParti } from '../sets/parti-votes.ts';

const classes = ['gen', 'ret'] as const;

/** A Markdown report of the votes. @param file tab-separated (evaluation/sets/parti-votes.ts) */
export async function describeParti(file: string): Promise<string> {
  const { counts, training, test } = splitParti(parsePartiVotes(await readText(file), file));
  const truth = test.map(({ label }) => label);
  return [
    '# PartiPrompts: draw or find',
    '',
    `Labels by votes: ${counts.gen} gen, ${counts.ret} ret, ${counts.same} same (left out).`,
    `${training.length} train the decision, ${test.length} test it, in file order.`,
    '',
    '| predictor | macro-F1 |',
    '| --- | --- |',
    ...classes.map((always) => `| always ${always} | ${constantF1(truth, always).toFixed(3)} |`),
    '',
  ].join('\n');
}

export const constantF1 = (truth: readonly ('gen' | 'ret')[], always: 'gen' | 'ret'): number =>
  macroF1(
    truth,
    truth.map(() => always),
    classes,
  );
