// Pictures as they arrive over HTTP: a parent by latent or by pixels, never both; one to be seen; nothing unknown beside them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDiffusionInput, parseVisionInput } from '../../../functions/container/parse-input.ts';
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

test('a picture to be seen comes through as it was sent', () => {
  assert.deepEqual(parseVisionInput(JSON.stringify({ contract: 1, picture: pixels })), {
    contract: 1,
    picture: pixels,
  });
});

for (const [sent, says] of [
  [{ contract: 2, picture: pixels }, /^contract: /],
  [{ contract: 1 }, /^picture: /],
  [{ contract: 1, picture: pixels, size: 4 }, /"size"/],
  [{ contract: 1, picture: { ...pixels, width: 1.5 } }, /^picture\.width: /],
  [{ contract: 1, picture: { ...pixels, rgb: '?' } }, /^picture\.rgb: /],
] as const) {
  test(`to be seen, ${JSON.stringify(sent)} is refused`, () => {
    assert.throws(() => parseVisionInput(JSON.stringify(sent)), isAppError('INVALID', says));
  });
}
