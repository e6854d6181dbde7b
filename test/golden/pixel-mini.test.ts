// The mini after GLIDE against training's own (record-pixels.py): from the same tokens and the same noise, the same pixels.
import assert from 'node:assert/strict';
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openPixelMini } from '../../evaluation/model/pixel-mini.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { modelFolder } from '../harness/decoder-logits.ts';
import { isAppError } from '../harness/is-app-error.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const checkpoints = path.resolve('training/checkpoints');
const never = new AbortController().signal;
/** As record-pixels.py has it. */
const formula = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => 2 * Math.sin(1.7 * i + 0.3));

test('base and upsampler draw what training’s own do', async () => {
  const golden = JSON.parse(await readFile('test/golden/fixtures/pixel-mini.json', 'utf8'));
  await using mini = await openPixelMini(await openModelPackage(modelFolder), checkpoints);
  const start = { base: formula(48 * 144), up: formula(192 * 144) };
  const [base, up] = golden.steps;
  const drawn = await mini.drawFrom(formula(16 * 256), start, { base, up }, never);
  for (const [name, every] of [
    ['small', 61],
    ['large', 241],
  ] as const) {
    const found = drawn[name].filter((_, i) => i % every === 0);
    assert.equal(found.length, golden[name].length);
    const worst = Math.max(...found.map((value, i) => Math.abs(value - golden[name][i])));
    assert.ok(worst < 2e-3, `${name}: the largest difference is ${worst}`);
  }
});

test('a folder without it, and weights that draw something else, are refused', async () => {
  const model = await openModelPackage(modelFolder);
  await assert.rejects(openPixelMini(model, '/nowhere'), isAppError('MODEL_UNAVAILABLE', /nowhere/));
  await using folder = await temporaryFolder();
  for (const part of ['base', 'up'])
    await copyFile(
      path.join(checkpoints, 'denoiser.safetensors'),
      path.join(folder.path, `pixels_${part}.safetensors`),
    );
  await assert.rejects(
    openPixelMini(model, folder.path),
    isAppError('MODEL_UNAVAILABLE', /pixels_base\.safetensors draws 16 channels from \(16, 256\), not 48/),
  );
});
