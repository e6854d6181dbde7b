// The picture networks against PyTorch's values on the same weights (record-picture.py): words, tokens, every latent of
// 25 steps, pixels.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { flowEuler } from '../../functions/diffusion/flow-euler.ts';
import { loadPictureModel } from '../../functions/diffusion/picture-model.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { createTurns } from '../../functions/engine/turns.ts';
import { readSafetensors } from '../../functions/engine/safetensors.ts';

/** Both compute in float32 and differ in the order of sums. */
const tolerance = 1e-5;
const steps = 25;
const guidance = 3;

const recorded = await readSafetensors('test/golden/picture.safetensors');
const captions = JSON.parse(await readFile('test/golden/picture.json', 'utf8')) as string[];
const model = await loadPictureModel(await openModelPackage('models/storybook'), createTurns(), () => undefined);
after(() => model[Symbol.asyncDispose]());
const never = new AbortController().signal;

function floats(name: string): Float32Array {
  const tensor = recorded.get(name);
  assert.equal(tensor?.type, 'float32', `${name} is not in the recording`);
  return tensor.data;
}

function integers(name: string): number[] {
  const tensor = recorded.get(name);
  assert.equal(tensor?.type, 'int64', `${name} is not in the recording`);
  return Array.from(tensor.data, Number);
}

/** Part `index` of `name` when it is cut into `parts` of equal length. */
const part = (name: string, index: number, parts: number): Float32Array => {
  const all = floats(name);
  const length = all.length / parts;
  return all.subarray(index * length, (index + 1) * length);
};

function assertNear(actual: Float32Array, expected: Float32Array, what: string): void {
  assert.equal(actual.length, expected.length);
  const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  const error = norm(actual.map((x, i) => x - expected[i]!)) / norm(expected);
  assert.ok(error < tolerance, `${what}: relative error ${error}`);
}

for (const [index, caption] of captions.entries()) {
  test(`"${caption}"`, async () => {
    const count = captions.length;
    const ids = integers('ids').slice(index * 40, index * 40 + integers('lengths')[index]!);
    assert.deepEqual(model.readWords(caption), ids);

    using picture = model.startPicture(true);
    assertNear(await picture.encode(ids, never), part('tokens', index, count), 'tokens');

    picture.condition(part('tokens', index, count));
    const noise = part('noise', index, count);
    let last = noise;
    for await (const { step, latent } of flowEuler(picture.velocity, noise, { steps, guidance }, never)) {
      assertNear(latent, part('latents', (step - 1) * count + index, steps * count), `latent after step ${step}`);
      last = latent;
    }
    assertNear(await picture.decode(last, never), part('pixels', index, count), 'pixels');
  });
}
