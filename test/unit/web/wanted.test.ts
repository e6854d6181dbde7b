// What the page tells of the gate's answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplyState } from '../../../clients/ts/index.ts';
import { explainNoPicture, explainPictureShown } from '../../../web/src/wanted.ts';

test('a picture tells how sure the model was, and nothing where it was not asked', () => {
  const drawn = { choice: 'DRAW', decidedBy: 'POLICY', pictureProbability: 0.874 } as const;
  assert.match(explainPictureShown(drawn)!, /wanted \(87 %\); it was drawn/);
  assert.match(explainPictureShown({ ...drawn, pictureProbability: 0.9999 })!, /over 99 %/);
  assert.equal(explainPictureShown({ ...drawn, pictureProbability: null }), 'It was drawn');
  assert.equal(explainPictureShown(null), null);
});

test('a reply without one tells why, but only where the model was asked', () => {
  const state = { parts: [{ kind: 'text', text: 'Hello!' }], pictureProbability: 0.12 } as unknown as ReplyState;
  assert.match(explainNoPicture(state)!, /none was wanted \(88 %\)/);
  assert.match(explainNoPicture({ ...state, pictureProbability: 0.001 })!, /over 99 %/);
  assert.match(explainNoPicture({ ...state, pictureProbability: 0.8 })!, /the gallery holds none/);
  assert.equal(explainNoPicture({ ...state, pictureProbability: null }), null);
  assert.equal(explainNoPicture({ ...state, parts: [{ kind: 'image' }] } as unknown as ReplyState), null);
});
