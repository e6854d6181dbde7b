// The image encoder against PyTorch's values (record-vision.py): with weights by a formula always, with the package's own where
// it has them. GILL_GOLDEN_MODEL and GILL_GOLDEN_FIXTURES name another package and what was recorded of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { createTensor, openSession } from '../../functions/engine/onnx-runtime.ts';
import { readSafetensors, type Safetensors } from '../../functions/engine/safetensors.ts';
import { buildVision } from '../../functions/vision/image-side-graph.ts';
import { decodePixels, type Pixels } from '../../functions/worker/compare-pixels.ts';
import { modelFolder as bundled } from '../harness/decoder-logits.ts';
import { testDevice } from '../harness/test-device.ts';
import { formulaVision, readRecordedVision } from '../harness/vision-package.ts';

/** Both compute in float32 and differ in the order of sums; relative, over a whole picture. */
const tolerance = 1e-5;
/** What folding the norms and half precision may cost. */
const roundingTolerance = 2e-2;

const { GILL_GOLDEN_MODEL: modelFolder = bundled, GILL_GOLDEN_FIXTURES: fixtures = 'test/golden/fixtures' } =
  process.env;
const recorded = await readRecordedVision(fixtures);
const values = await readSafetensors(path.join(fixtures, 'vision.safetensors'));
const pictures = await Promise.all(recorded.pictures.map((file) => decodePixels(Buffer.from(file, 'base64'))));
const model = await openModelPackage(modelFolder);
const { vision } = model.manifest.gill ?? {};

interface Seen {
  readonly rows: Float32Array;
  readonly embedding: Float32Array;
}

async function see(weights: Safetensors, size: Pixels): Promise<Seen[]> {
  await using session = await openSession(buildVision(weights, size), { device: testDevice });
  const seen: Seen[] = [];
  for (const { rgb, width, height } of pictures) {
    using input = createTensor('uint8', [1, height, width, 3], Uint8Array.from(rgb));
    using rows = createTensor('float32', [1, 4, 576]);
    using embedding = createTensor('float32', [1, 128]);
    await session.run({ rgb: input }, { rows, embedding });
    seen.push({ rows: rows.data, embedding: embedding.data });
  }
  return seen;
}

/** @returns the largest relative error of a picture */
function worst(seen: readonly Seen[], of: string, what: keyof Seen): number {
  const all = values.get(`${of}.${what}`);
  assert.equal(all?.type, 'float32', `${of}.${what} is not in the recording`);
  const length = all.data.length / pictures.length;
  const norm = (x: Float32Array): number => Math.hypot(...x);
  return Math.max(
    ...seen.map((each, i) => {
      const expected = all.data.subarray(i * length, (i + 1) * length);
      assert.equal(each[what].length, length);
      return norm(each[what].map((x, k) => x - expected[k]!)) / norm(expected);
    }),
  );
}

function assertNear(seen: readonly Seen[], of: string, limit: number): void {
  for (const what of ['rows', 'embedding'] as const) {
    const error = worst(seen, of, what);
    console.error(`${what}, ${of}: relative error ${error.toExponential(1)}`);
    assert.ok(error < limit, `${what}: relative error ${error}`);
  }
}

test('rows and embedding of three pictures, with the weights of a formula', async () => {
  assertNear(await see(formulaVision(recorded), pictures[0]!), 'formula', tolerance);
});

const skip =
  vision === undefined
    ? `${modelFolder} has no image encoder yet`
    : recorded.vision === undefined && `${fixtures} holds nothing of a package: run record-vision.py`;

describe('rows and embedding of three pictures, with the weights of the package', { skip }, () => {
  test('are those that PyTorch makes of the same weights, and nearly those of the trained ones', async () => {
    const file = await readFile(model.file(vision!));
    const digest = createHash('sha256').update(file).digest('hex');
    assert.equal(digest, recorded.vision, 'record-vision.py was run on another image encoder');
    const seen = await see(await readSafetensors(model.file(vision!)), pictures[0]!);
    assertNear(seen, 'package', tolerance);
    assertNear(seen, 'trained', roundingTolerance);
  });
});
