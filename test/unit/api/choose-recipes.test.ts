// What a picture is drawn again from when another model package serves than the one that drew it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelCard } from '../../../core/function-contract.ts';
import type { Recipe } from '../../../core/reply-options.ts';
import { chooseRecipes, type Redraw } from '../../../functions/api/choose-options.ts';

const [ours, another] = ['a'.repeat(64), 'b'.repeat(64)];
const card: ModelCard = {
  model: 'recorded',
  modelDigest: ours,
  contextTokens: 100,
  samplers: ['unipc'],
  defaultSteps: 12,
  defaultGuidance: 3,
  imageSizes: [{ width: 192, height: 192 }],
  readsImages: false,
  decidesPictures: true,
  mapsPictures: true,
};
const drawn = (recipe: Partial<Recipe>): Recipe => ({
  conditioning: 'GILL',
  words: 'a red fox',
  sampler: 'flow-euler',
  steps: 12,
  guidance: 3,
  seed: '7',
  width: 96,
  height: 96,
  modelDigest: another,
  ...recipe,
});
const choose = (recipe: Partial<Recipe>, redraw: Redraw = {}) =>
  chooseRecipes(redraw, card, { id: 'x', recipe: drawn(recipe) });

test('what another package mapped is drawn from its words, by a sampler and a size of this one', () => {
  const chosen = choose({});
  assert.ok(chosen.kind === 'chosen');
  const { conditioning, sampler, width, height } = chosen.recipes[0]!;
  assert.deepEqual([conditioning, sampler, width, height], ['TEXT', 'unipc', 192, 192]);
});

test('what this package mapped stays so', () => {
  const chosen = choose({ modelDigest: ours, sampler: 'unipc' });
  assert.ok(chosen.kind === 'chosen');
  assert.deepEqual([chosen.recipes[0]!.conditioning, chosen.recipes[0]!.sampler], ['GILL', 'unipc']);
});

test('what cannot be drawn is refused with the reason', () => {
  for (const [recipe, redraw, message] of [
    [{}, { options: { conditioning: 'GILL' } }, /belongs to another model/],
    [{ conditioning: 'TEXT' }, { options: { conditioning: 'GILL' } }, /drawn from its words alone/],
    [{ words: '' }, {}, /no words to draw from/],
  ] as const) {
    const chosen = choose(recipe, redraw);
    assert.ok(chosen.kind === 'wrong');
    assert.match(chosen.error.message, message);
  }
});
