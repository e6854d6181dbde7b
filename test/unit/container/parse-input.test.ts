// A picture's parent as it arrives over HTTP: by latent or by pixels, never both, and nothing unknown beside them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDiffusionInput } from '../../../functions/container/parse-input.ts';
import { isAppError } from '../../harness/is-app-error.ts';

const input = {
  contract: 1,
  conditioning: { kind: 'TEXT', text: 'a red fox' },
  sampler: 'flow-euler',
  steps: 4,
  guidance: 3,
  seed: '7',
  width: 96,
  height: 96,
  previews: 0,
};
const parse = (parent?: object): object => parseDiffusionInput(JSON.stringify({ ...input, parent }));
const latent = { shape: [1, 1, 1], fp16: 'AAA=' };
const pixels = { width: 1, height: 1, rgb: 'AAAA' };

test('what is right comes through as it was sent', () => {
  assert.deepEqual(parse(), input);
  for (const parent of [
    { guidance: 1.5, latent },
    { guidance: 0, pixels },
  ])
    assert.deepEqual(parse(parent), { ...input, parent });
});

for (const [parent, says] of [
  [{ guidance: 1 }, /^parent: .*latent or pixels/],
  [{ guidance: 1, latent, pixels }, /^parent: .*latent or pixels/],
  [{ latent }, /^parent\.guidance: /],
  [{ guidance: 1, latent, strength: 2 }, /^parent: .*"strength"/],
  [{ guidance: 1, pixels: { ...pixels, alpha: 'AA==' } }, /^parent\.pixels: .*"alpha"/],
  [{ guidance: 1, pixels: { ...pixels, rgb: '?' } }, /^parent\.pixels\.rgb: /],
] as const) {
  test(`${JSON.stringify(Object.keys(parent))} is refused: ${says.source}`, () => {
    assert.throws(() => parse(parent), isAppError('INVALID', says));
  });
}
