// What a picture may be asked for: each limit names its value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiffusionInput } from '../../../core/function-contract.ts';
import { checkPictureInput } from '../../../functions/diffusion/check-picture-input.ts';
import type { PictureManifest } from '../../../functions/engine/model-package.ts';

const manifest: PictureManifest = {
  textTower: 't',
  denoiser: 'd',
  autoencoder: 'a',
  latent: [8, 12, 12],
  width: 96,
  height: 96,
  conditioning: [16, 256],
  training: 'flow',
  samplers: ['flow-euler'],
  defaultSteps: 12,
  defaultGuidance: 3,
  latentToRgb: { weights: [], bias: [] },
};
const input: DiffusionInput = {
  contract: 1,
  conditioning: { kind: 'TEXT', text: 'a cat' },
  sampler: 'flow-euler',
  steps: 12,
  guidance: 3,
  seed: '7',
  width: 96,
  height: 96,
  previews: 4,
};
const check = (changes: Partial<DiffusionInput>): string | undefined =>
  checkPictureInput({ ...input, ...changes }, manifest);

test('every limit itself is allowed', () => {
  for (const changes of [
    { steps: 1 },
    { steps: 100 },
    { guidance: 1 },
    { guidance: 20 },
    { previews: 0 },
    { seed: '0' },
    { seed: '18446744073709551615' },
    { conditioning: { kind: 'GILL', tensor: { shape: [16, 256], fp16: '' } } },
  ] as const)
    assert.equal(check(changes), undefined);
});

for (const [changes, sentence] of [
  [{ sampler: 'ddim' }, /^sampler is "ddim", but this model has flow-euler$/],
  [{ sampler: 'x'.repeat(1000) }, /^sampler is "x{40}"/],
  [{ width: 512 }, /^the size is 512 × 96, but this model draws 96 × 96 only$/],
  [{ height: 95 }, /^the size is 96 × 95/],
  [{ steps: 0 }, /^steps is 0, .* from 1 to 100$/],
  [{ steps: 101 }, /^steps is 101/],
  [{ steps: 2.5 }, /^steps is 2.5/],
  [{ guidance: 0.9 }, /^guidance is 0.9, but must be from 1 to 20$/],
  [{ guidance: 21 }, /^guidance is 21/],
  [{ guidance: NaN }, /^guidance is NaN/],
  [{ previews: 5 }, /^previews is 5, .* from 0 to 4$/],
  [{ seed: '-1' }, /^seed is "-1", .* from 0 to 18446744073709551615, in decimal$/],
  [{ seed: '18446744073709551616' }, /^seed is "18446744073709551616"/],
  [{ seed: '' }, /^seed is ""/],
  [
    { conditioning: { kind: 'GILL', tensor: { shape: [4096], fp16: '' } } },
    /shape \(4096\), but .* takes \(16, 256\)$/,
  ],
] as [Partial<DiffusionInput>, RegExp][]) {
  test(String(sentence), () => assert.match(check(changes) ?? 'nothing was wrong', sentence));
}
