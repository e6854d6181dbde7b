// What the page tells of the model's answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplyState } from '../../../clients/ts/index.ts';
import { explainChoice, explainNoPicture, explainPictureShown } from '../../../web/src/wanted.ts';

const drawn = {
  choice: 'DRAW',
  decidedBy: 'POLICY',
  pictureProbability: 0.874,
  drawProbability: null,
  findProbability: null,
} as const;

test('a picture tells how sure the model was, and nothing where it was not asked', () => {
  assert.match(explainPictureShown(drawn)!, /wanted \(87 %\); it was drawn/);
  assert.match(explainPictureShown({ ...drawn, pictureProbability: 0.9999 })!, /over 99 %/);
  assert.equal(explainPictureShown({ ...drawn, pictureProbability: null }), 'It was drawn');
  assert.equal(explainPictureShown(null), null);
});

test('both probabilities and who chose are told where the model was asked', () => {
  assert.deepEqual(explainChoice(drawn), []);
  assert.deepEqual(explainChoice(undefined), []);
  const found = {
    ...drawn,
    choice: 'FIND',
    decidedBy: 'MODEL',
    drawProbability: 0.004,
    findProbability: 0.91,
  } as const;
  assert.deepEqual(explainChoice(found), [
    ['To be drawn', 'under 1 %'],
    ['To be found', '91 %'],
    ['Chosen by', 'the model'],
  ]);
});

test('a reply without one tells why, but only where the model was asked', () => {
  const state = { noPicture: 'NOT_WANTED', pictureProbability: 0.12 } as ReplyState;
  assert.match(explainNoPicture(state)!, /none was wanted \(88 %\)/);
  assert.match(explainNoPicture({ ...state, pictureProbability: 0.001 })!, /over 99 %/);
  assert.match(explainNoPicture({ ...state, noPicture: 'NOTHING_FOUND' })!, /the gallery holds none/);
  assert.equal(explainNoPicture({ ...state, noPicture: null, pictureProbability: null }), null);
  assert.equal(explainNoPicture({ ...state, noPicture: null }), null, 'it shows one');
});
