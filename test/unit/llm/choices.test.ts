// Choices of a package that do not fit together are refused, with the file, the tensor and what was asked of it.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openChoices } from '../../../functions/llm/choices.ts';
import { isAppError } from '../../harness/is-app-error.ts';
import { formulaWeights, inHalf, safetensorsFile } from '../../harness/formula.ts';

const [width, tokenValues] = [6, 8];
const whole: Readonly<Record<string, readonly number[]>> = {
  'find.weight': [1, width],
  'find.bias': [1],
  'retrieval.tokens.weight': [4, tokenValues],
  'retrieval.tokens.bias': [4],
};
const ofState = { 'retrieval.text.weight': [4, width], 'retrieval.text.bias': [4] };
const { 'retrieval.tokens.weight': _, 'retrieval.tokens.bias': __, ...findAlone } = whole;

describe('choices', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gill-choices-'));
  });
  after(() => rm(folder, { recursive: true }));

  const open = async (
    shapes: Readonly<Record<string, readonly number[]>>,
    values: number | undefined = tokenValues,
  ) => {
    const file = path.join(folder, 'choices.safetensors');
    await writeFile(file, safetensorsFile(inHalf(formulaWeights(Object.entries(shapes)))));
    return openChoices(file, width, values);
  };

  test('search by the one head that is there: what the mapper said, or the state', async () => {
    const state = Float32Array.from({ length: width }, (_, i) => i);
    const [a, b] = [1, 2].map((value) => new Float32Array(tokenValues).fill(value).fill(0, value));
    const byTokens = await open(whole);
    assert.notDeepEqual(byTokens.choose(state, a).query, byTokens.choose(state, b).query);
    const byState = await open({ ...findAlone, ...ofState });
    assert.deepEqual(byState.choose(state, a), byState.choose(state, undefined));
  });

  for (const [what, change, says] of [
    ['neither head', findAlone, /none of "retrieval\.tokens" and "retrieval\.text"/],
    ['both heads', { ...whole, ...ofState }, /both of "retrieval\.tokens" and "retrieval\.text"/],
    ['a bias of two axes', { ...whole, 'retrieval.tokens.bias': [2, 4] }, /vector "retrieval\.tokens\.bias" of 4/],
    [
      'a weight of three axes',
      { ...whole, 'retrieval.tokens.weight': [2, 2, 8] },
      /matrix "retrieval\.tokens\.weight"/,
    ],
    [
      'tokens of another mapper',
      { ...whole, 'retrieval.tokens.weight': [4, 9] },
      /"retrieval\.tokens\.weight" of 8 columns/,
    ],
    ['two rows of find', { ...whole, 'find.weight': [2, width], 'find.bias': [2] }, /2 rows of "find"/],
  ] as const)
    test(`with ${what} are refused`, () => assert.rejects(open(change), isAppError('MODEL_UNAVAILABLE', says)));

  test('that search by what a mapper says are refused without one', async () => {
    const file = path.join(folder, 'choices.safetensors');
    await open(whole);
    await assert.rejects(openChoices(file, width, undefined), isAppError('MODEL_UNAVAILABLE', /package has no mapper/));
  });
});
