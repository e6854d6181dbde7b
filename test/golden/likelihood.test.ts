// The likelihood reader against the logits that an independent implementation recorded (record-language.py), and the
// dialogues that it is given: only answers and their ends are scored, each behind what its condition says.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { openLikelihood } from '../../evaluation/metrics/likelihood.ts';
import { sequencesOf } from '../../evaluation/tasks/dialogue-perplexity.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { openPromptFormat } from '../../functions/llm/prompt.ts';
import { modelFolder } from '../harness/decoder-logits.ts';

const never = new AbortController().signal;
const model = await openModelPackage(modelFolder);
const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());
const reader = parts.use(await openLikelihood(model, 'float32'));

describe('−log p of tokens', async () => {
  const golden = JSON.parse(await readFile('test/golden/fixtures/language.json', 'utf8'));
  const { ids, positions } = golden;
  // where the next token is among the recorded ones
  const expected = new Map<number, number>();
  for (let i = 0; i + 1 < ids.length; i++) {
    const at = positions[i].ids.indexOf(ids[i + 1]);
    if (at >= 0) expected.set(i + 1, positions[i].logSumExp - positions[i].logits[at]);
  }
  const scored = [...expected.keys()];
  const worst = (found: Float64Array): number =>
    scored.reduce((most, position, i) => Math.max(most, Math.abs(found[i]! - expected.get(position)!)), 0);

  test('are the recorded ones', async () => {
    assert.ok(scored.length > 30, `${scored.length} positions`);
    assert.ok(worst(await reader.read(ids, scored, never)) < 1e-3);
  });
  test('are the same behind a held beginning, whatever was read between', async () => {
    const prefix = ids.slice(0, 10);
    await reader.hold(prefix, never);
    const behind = scored.filter((position) => position > prefix.length);
    const first = await reader.read(ids, behind, never);
    await reader.read([...prefix, 5, 6, 7], [11, 12], never);
    assert.deepEqual(await reader.read(ids, behind, never), first);
    const all = await reader.read(ids, scored, never); // scores the beginning itself, so it is read anew
    assert.ok(worst(all) < 1e-3);
    assert.ok(first.every((value, i) => Math.abs(value - expected.get(behind[i]!)!) < 1e-3));
  });
});

describe('dialogues', async () => {
  const format = await openPromptFormat(model, reader.width);
  const { tokenizer } = format;
  const rounds = ['meadow', 'night', 'two cats'].map((answer, i) => ({ question: `question ${i}`, answer }));
  const others = ['desert', 'noon', 'a bus'].map((answer, i) => ({ question: `other ${i}`, answer }));
  const textOf = (ids: readonly number[]): string =>
    Buffer.concat(ids.map((id) => tokenizer.bytesOf(id))).toString('utf8');
  const scoredTexts = (condition: string): string[] =>
    sequencesOf(rounds, others, condition, format).map(({ ids, scored }) => textOf(scored.map((at) => ids[at]!)));

  test('answers and their ends are scored, in order, and nothing else', () => {
    assert.deepEqual(scoredTexts('dialogue'), ['meadownighttwo cats']);
    assert.deepEqual(scoredTexts('question-alone'), ['meadow', 'night', 'two cats']);
    assert.deepEqual(scoredTexts('other-dialogue'), ['meadow', 'night', 'two cats']);
    const [{ ids, scored }] = sequencesOf(rounds, others, 'dialogue', format) as [{ ids: number[]; scored: number[] }];
    const ends = scored.filter((at) => tokenizer.stopIds.has(ids[at]!));
    assert.equal(ends.length, rounds.length);
    assert.equal(ends.at(-1), ids.length - 1);
  });
  test('each condition reads what it says before the last answer', () => {
    const last = (condition: string): string => textOf(sequencesOf(rounds, others, condition, format).at(-1)!.ids);
    assert.match(last('dialogue'), /question 0\?[^]*meadow[^]*question 1\?[^]*night[^]*question 2\?[^]*two cats$/);
    assert.match(last('other-dialogue'), /other 0\?[^]*desert[^]*other 1\?[^]*noon[^]*question 2\?[^]*two cats$/);
    assert.doesNotMatch(last('other-dialogue'), /meadow|night|a bus/);
    assert.doesNotMatch(last('question-alone'), /question [01]|meadow|night|other/);
  });
});
