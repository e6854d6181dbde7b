// What a picture may be asked for: each limit names its value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiffusionInput, ParentPicture } from '../../../core/function-contract.ts';
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
  contract: 2,
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
const refining: PictureManifest = { ...manifest, parentGuidance: 1.5 };
const latent = { shape: [8, 12, 12], fp16: '' };
const rgb = Buffer.alloc(96 * 96 * 3).toString('base64');

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

test('a parent is for packages that take one, by its latent or its pixels', () => {
  const told = (parent: ParentPicture, of = refining): string | undefined =>
    checkPictureInput({ ...input, parent }, of);
  for (const guidance of [0, 1, 4]) assert.equal(told({ guidance, latent }), undefined);
  assert.equal(told({ guidance: 1, pixels: { width: 96, height: 96, rgb } }), undefined);
  assert.match(told({ guidance: 1, latent }, manifest)!, /^this model draws from no other picture/);
  assert.match(told({ guidance: 4.5, latent })!, /^parent\.guidance is 4\.5, but must be from 0 to 4$/);
  assert.match(told({ guidance: NaN, latent })!, /^parent\.guidance is NaN/);
  assert.match(
    told({ guidance: 1, latent: { shape: [4, 64, 64], fp16: '' } })!,
    /shape \(4, 64, 64\), but .* \(8, 12, 12\)/,
  );
  assert.match(
    told({ guidance: 1, pixels: { width: 95, height: 96, rgb } })!,
    /^the parent is 95 × 96 pixels, .* 96 × 96/,
  );
  assert.match(told({ guidance: 1, pixels: { width: 96, height: 96, rgb: 'AAAA' } })!, /take 27648 bytes, but 3 came$/);
});
