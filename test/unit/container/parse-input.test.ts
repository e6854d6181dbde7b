// Pictures as they arrive over HTTP: a parent by latent or by pixels, never both; one to be seen; nothing unknown beside them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDiffusionInput, parseLlmInput, parseVisionInput } from '../../../functions/container/parse-input.ts';
import { isAppError } from '../../harness/is-app-error.ts';

const input = {
  contract: 2,
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
  assert.deepEqual(parseVisionInput(JSON.stringify({ contract: 2, picture: pixels })), {
    contract: 2,
    picture: pixels,
  });
});

for (const [sent, says] of [
  [{ contract: 1, picture: pixels }, /^contract: /],
  [{ contract: 2 }, /^picture: /],
  [{ contract: 2, picture: pixels, size: 4 }, /"size"/],
  [{ contract: 2, picture: { ...pixels, width: 1.5 } }, /^picture\.width: /],
  [{ contract: 2, picture: { ...pixels, rgb: '?' } }, /^picture\.rgb: /],
] as const) {
  test(`to be seen, ${JSON.stringify(sent)} is refused`, () => {
    assert.throws(() => parseVisionInput(JSON.stringify(sent)), isAppError('INVALID', says));
  });
}

const options = { maxTokens: 8, temperature: 0, topP: 1, repetitionPenalty: 1, seed: '7', images: 'NEVER' };
const turn = { role: 'user', parts: [{ kind: 'text', text: 'a' }] };
const dialogue = (turns: unknown) => ({ contract: 2, turns, options });

test('a dialogue comes through as it was sent', () => {
  const rows = { shape: [1, 2], fp16: 'AAAAAA==' };
  const sent = dialogue([turn, { role: 'assistant', parts: [{ kind: 'image', produced: true, rows }] }, turn]);
  assert.deepEqual(parseLlmInput(JSON.stringify(sent)), sent);
});

for (const [turns, says] of [
  [[], /^turns: .*one turn/],
  [{}, /^turns: .*list/],
  [[turn, {}], /^turns\.1\.role: /],
  [[turn, { role: 'user', parts: [{ kind: 'text' }] }], /^turns\.1\.parts\.0\.text: /],
  [[{ role: 'user', parts: [{ kind: 'image', produced: true, rows: { shape: [], fp16: '' } }] }], /shape: .*1 to 4/],
] as const) {
  test(`of a dialogue, ${JSON.stringify(turns)} is refused`, () => {
    assert.throws(() => parseLlmInput(JSON.stringify(dialogue(turns))), isAppError('INVALID', says));
  });
}

for (const [what, turns] of [
  ['turns', (many: string) => `[${many}]`],
  ['parts', (many: string) => `[{"role":"user","parts":[${many}]}]`],
  [
    'axes',
    (many: string) =>
      `[{"role":"user","parts":[{"kind":"image","produced":true,"rows":{"fp16":"","shape":[${many}]}}]}]`,
  ],
] as const) {
  test(`the first of very many wrong ${what} ends the parsing`, () => {
    const many = Array.from({ length: 300_000 }, () => '{}').join();
    const body = JSON.stringify(dialogue('HERE')).replace('"HERE"', turns(many));
    const before = process.memoryUsage().heapUsed;
    assert.throws(() => parseLlmInput(body), isAppError('INVALID', /^turns\.0\./));
    const grownBytes = process.memoryUsage().heapUsed - before;
    assert.ok(grownBytes < 100e6, `${Math.round(grownBytes / 1e6)} MB are held by what was refused`);
  });
}
