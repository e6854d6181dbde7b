// Drawing or finding, for every policy and everything a function may tell: who decided, and what happens when nothing can be
// found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ImagePolicy, LlmImageEvent, ModelCard } from '../../../core/function-contract.ts';
import { decide } from '../../../functions/worker/decide.ts';

const query = { shape: [2], fp16: 'AAAAAA==' };
const drawing = { drawProbability: 0.7, findProbability: 0.3 };
const finding = { drawProbability: 0.2, findProbability: 0.8 };
const some = [{ itemId: 'a', similarity: 0.9 }];

const cases: readonly (readonly [ImagePolicy, Omit<LlmImageEvent, 'type'>, typeof some, string, string | undefined])[] =
  [
    ['ALWAYS', {}, [], 'draw', undefined],
    ['AUTO', {}, some, 'draw', undefined],
    ['FIND_ONLY', {}, some, 'nothing', undefined],
    ['AUTO', { decision: drawing, query }, some, 'draw', 'MODEL'],
    ['AUTO', { decision: finding, query }, some, 'find', 'MODEL'],
    ['ALWAYS', { decision: finding, query }, some, 'find', 'MODEL'],
    ['AUTO', { decision: finding, query }, [], 'draw', 'POLICY'],
    ['AUTO', { query }, some, 'draw', 'POLICY'],
    ['DRAW_ONLY', { decision: finding, query }, some, 'draw', 'VIEWER'],
    ['FIND_ONLY', { decision: drawing, query }, some, 'find', 'VIEWER'],
    ['FIND_ONLY', { query }, [], 'nothing', undefined],
  ];

for (const [policy, event, candidates, kind, decidedBy] of cases) {
  test(`${policy} with ${Object.keys(event).join(' and ') || 'no heads'} and ${candidates.length} matches: ${kind}`, () => {
    const choice = decide(policy, { type: 'image', ...event }, candidates);
    assert.equal(choice.kind, kind);
    const decision = choice.kind === 'nothing' ? undefined : choice.decision;
    assert.equal(decision?.decidedBy, decidedBy);
    if (!decision) return;
    assert.equal(decision.choice, kind === 'find' ? 'FIND' : 'DRAW');
    assert.deepEqual(decision.candidates, candidates);
    assert.equal(decision.drawProbability, event.decision?.drawProbability);
  });
}

test('what is less alike than the package allows is found only where nothing else will do', () => {
  const finds = { type: 'image', decision: finding, query } as const;
  for (const [policy, floor, kind, decidedBy] of [
    ['AUTO', 0.9, 'find', 'MODEL'],
    ['AUTO', 0.91, 'draw', 'POLICY'],
    ['ALWAYS', 0.91, 'draw', 'POLICY'],
    ['FIND_ONLY', 0.91, 'find', 'VIEWER'],
  ] as const) {
    const choice = decide(policy, finds, some, undefined, { findFloor: floor });
    const decision = choice.kind === 'nothing' ? undefined : choice.decision;
    assert.deepEqual([choice.kind, decision?.decidedBy], [kind, decidedBy], `${policy} at ${floor}`);
    assert.deepEqual(decision?.candidates, some, 'the poor match is told all the same');
  }
});

test('the larger probability is the choice, and a tie draws', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (findProbability) => {
      const decision = { drawProbability: 1 - findProbability, findProbability };
      const { kind } = decide('AUTO', { type: 'image', decision, query }, some);
      assert.equal(kind, findProbability > 1 - findProbability ? 'find' : 'draw');
    }),
  );
});

test('contradicts-choice, a habit of GILL’s reference code: where nothing can be found, drawing is told at a probability of 0', () => {
  const event = { type: 'image', decision: drawing, query } as const;
  const told = (candidates: typeof some, parity?: ModelCard['parity']) => {
    const choice = decide('AUTO', event, candidates, undefined, parity && { parity });
    assert.ok(choice.kind === 'draw' && choice.decision);
    const { decidedBy, drawProbability, findProbability } = choice.decision;
    return [decidedBy, drawProbability, findProbability];
  };
  assert.deepEqual(told([], ['contradicts-choice']), ['POLICY', 0, 1]);
  assert.deepEqual(told([], []), ['MODEL', 0.7, 0.3]);
  assert.deepEqual(told([]), ['MODEL', 0.7, 0.3]);
  assert.deepEqual(told(some, ['contradicts-choice']), ['MODEL', 0.7, 0.3], 'only there');
});
