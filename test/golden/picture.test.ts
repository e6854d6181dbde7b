// The picture networks against PyTorch's values on the same weights (record-picture.py): words, tokens, every latent of 12
// steps with and without a parent picture, pixels, and pixels read back. GILL_PICTURE_GOLDEN names another folder with a
// recording, and MODEL_URI the package that it is of.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { flowEuler } from '../../functions/diffusion/flow-euler.ts';
import { guided, rowsFor, type Weights } from '../../functions/diffusion/guidance.ts';
import { loadPictureModel } from '../../functions/diffusion/picture-model.ts';
import { pixelsToRgb, rgbToPixels } from '../../functions/diffusion/rgb.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { createTurns } from '../../functions/engine/turns.ts';
import { readSafetensors } from '../../functions/engine/safetensors.ts';
import { testDevice } from '../harness/test-device.ts';

/** Both compute in float32 and differ in the order of sums. */
const tolerance = 1e-5;
const steps = 12;

const { MODEL_URI: folder = 'models/storybook', GILL_PICTURE_GOLDEN: golden = 'test/golden' } = process.env;
const recorded = await readSafetensors(path.join(golden, 'picture.safetensors'));
const texts = JSON.parse(await readFile(path.join(golden, 'picture.json'), 'utf8')) as {
  text: string;
  ids: number[];
}[];
const opened = await openModelPackage(folder);
const { parentGuidance } = opened.manifest.picture;
const model = await loadPictureModel(opened, { device: testDevice, turns: createTurns() });
after(() => model[Symbol.asyncDispose]());
const never = new AbortController().signal;

/** A recorded tensor, or part `index` of it along its first axis. */
function floats(name: string, index?: number): Float32Array {
  const tensor = recorded.get(name);
  assert.equal(tensor?.type, 'float32', `${name} is not in the recording`);
  if (index === undefined) return tensor.data;
  const length = tensor.data.length / tensor.shape[0]!;
  return tensor.data.subarray(index * length, (index + 1) * length);
}

function assertNear(actual: Float32Array, expected: Float32Array, what: string): void {
  assert.equal(actual.length, expected.length);
  const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  const error = norm(actual.map((x, i) => x - expected[i]!)) / norm(expected);
  assert.ok(error < tolerance, `${what}: relative error ${error}`);
}

/** Draws with the recorded tokens and noise, comparing every latent. @returns the last one */
async function draw(tokens: number, name: string, weights: Weights, parent?: Float32Array): Promise<Float32Array> {
  using picture = model.startPicture(rowsFor(weights));
  picture.condition(floats('tokens', tokens), parent);
  let last = floats('noise');
  for await (const { step, latent } of flowEuler(guided(picture.predict, 'flow', weights), last, steps, never)) {
    assertNear(latent, floats(name, step - 1), `${name} after step ${step}`);
    last = latent;
  }
  return last;
}

for (const { text, ids } of texts) {
  test(`ids of ${JSON.stringify(text.slice(0, 60))}`, () => assert.deepEqual(model.readWords(text), ids));
}

test('tokens of words', async () => {
  using picture = model.startPicture(['told']);
  for (const index of [0, 1])
    assertNear(await picture.encodeWords(texts[index]!.ids, never), floats('tokens', index), `tokens of text ${index}`);
});

test('every step of a picture, and its pixels', async () => {
  const last = await draw(0, 'latents', { guidance: 3 });
  using picture = model.startPicture(['told']);
  assertNear(await picture.decode(last, never), floats('pixels'), 'pixels');
});

test(
  'a picture read back, and every step of one drawn from it',
  { skip: parentGuidance === undefined && `the denoiser of ${folder} takes no parent picture` },
  async () => {
    using picture = model.startPicture(['told']);
    const encoded = await picture.encodePixels(rgbToPixels(pixelsToRgb(floats('pixels'))), never);
    assertNear(encoded, floats('encoded'), 'the latent read from pixels');
    await draw(1, 'refined', { guidance: 3, parentGuidance: 1.5 }, floats('encoded'));
  },
);
