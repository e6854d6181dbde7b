// The evaluation's text encoder with a long window against training's own (record-long.py), on texts that the served one would cut.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openLongText } from '../../evaluation/model/long-text.ts';
import { fromWire, halfToFloat } from '../../functions/engine/half.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { modelFolder } from '../harness/decoder-logits.ts';
import { isAppError } from '../harness/is-app-error.ts';

const checkpoints = path.resolve('training/checkpoints');
const golden = JSON.parse(await readFile('test/golden/fixtures/long-text.json', 'utf8'));

test('tokens of ten rounds are training’s', async () => {
  const model = await openModelPackage(modelFolder);
  await using long = await openLongText(model, path.join(checkpoints, 'long_tower.safetensors'));
  assert.equal(long.window.maxIds, 512);
  for (const { text, ids, tokens } of golden) {
    assert.ok(ids > 64 && long.window.countIds(text) === ids);
    const { tensor } = await long.read(text);
    assert.deepEqual(tensor.shape, model.manifest.picture.conditioning);
    const found = halfToFloat(fromWire(tensor)).filter((_, i) => i % 16 === 0);
    const worst = Math.max(...found.map((value, i) => Math.abs(value - tokens[i])));
    assert.ok(worst < 0.02, `the largest difference of values up to 5 is ${worst}`);
  }
});

test('weights that are no such encoder are refused by their shape', async () => {
  const model = await openModelPackage(modelFolder);
  await assert.rejects(
    openLongText(model, path.join(checkpoints, 'image_side.safetensors')),
    isAppError('MODEL_UNAVAILABLE', /image_side\.safetensors gives tokens of shape \(5, 192\).*\(16, 256\)/),
  );
});
