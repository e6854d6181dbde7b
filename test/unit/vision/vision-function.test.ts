// The vision function over weights by a formula: what it answers, what it refuses, how it loads and ends.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { VisionEvent, VisionFunction, VisionInput } from '../../../core/function-contract.ts';
import { fromWire, halfToFloat } from '../../../functions/engine/half.ts';
import { openModelPackage, readModelCard } from '../../../functions/engine/model-package.ts';
import { buildVision, readVisionShape } from '../../../functions/vision/image-side-graph.ts';
import { openVisionFunction } from '../../../functions/vision/vision-function.ts';
import { modelFolder } from '../../harness/decoder-logits.ts';
import { eventually } from '../../harness/eventually.ts';
import { formulaPicture } from '../../harness/formula.ts';
import { isAppError } from '../../harness/is-app-error.ts';
import { formulaVision, readRecordedVision, writeVisionPackage } from '../../harness/vision-package.ts';

const never = new AbortController().signal;
const side = 192;
const input = (rgb: Uint8Array, width = side, height = side): VisionInput => ({
  contract: 2,
  picture: { width, height, rgb: Buffer.from(rgb).toString('base64') },
});
const picture = (seed: number): VisionInput => input(formulaPicture(seed, side).rgb);

let folder: string;
let vision: VisionFunction;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gill-vision-'));
  await writeVisionPackage(folder);
  vision = openVisionFunction({ modelFolder: folder });
});
after(async () => {
  await vision[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function run(of: VisionFunction, what: VisionInput, signal = never): Promise<VisionEvent[]> {
  const events: VisionEvent[] = [];
  await of.run(what, (event) => events.push(event), signal);
  return events;
}

test('while it loads it says so, to health and to who asks', async () => {
  const [event] = await run(vision, picture(1));
  assert.ok(event?.type === 'error' && event.code === 'MODEL_UNAVAILABLE' && event.retryable);
  assert.equal(vision.health().state, 'loading');
  await eventually(() => vision.health().state !== 'loading', 30_000);
  assert.deepEqual(vision.health(), { state: 'ready', device: 'cpu' });
});

test('a picture becomes rows and a vector of length one, the same each time and another picture others', async () => {
  const answers: string[] = [];
  for (const seed of [1, 2, 1]) {
    const [seen, usage, done, ...rest] = await run(vision, picture(seed));
    assert.ok(seen?.type === 'seen' && usage?.type === 'usage' && usage.computeMs > 0);
    assert.deepEqual([done, rest], [{ type: 'done' }, []]);
    assert.deepEqual([seen.rows.shape, seen.embedding?.shape], [[4, 576], [128]]);
    assert.ok(halfToFloat(fromWire(seen.rows)).every(Number.isFinite));
    const length = Math.hypot(...halfToFloat(fromWire(seen.embedding!)));
    assert.ok(Math.abs(length - 1) < 1e-3, `length ${length}`);
    answers.push(JSON.stringify(seen));
  }
  assert.equal(answers[0], answers[2]);
  assert.notEqual(answers[0], answers[1]);
});

test('several at once give what each gives alone', async () => {
  const alone: VisionEvent[] = [];
  for (const seed of [1, 2, 3]) alone.push((await run(vision, picture(seed)))[0]!);
  const together = await Promise.all([1, 2, 3].map((seed) => run(vision, picture(seed))));
  assert.deepEqual(together.map(([seen]) => seen), alone); // prettier-ignore
});

for (const [what, wrong, says] of [
  ['another size', input(new Uint8Array(30 * 20 * 3), 30, 20), /30 × 20 pixels.*192 × 192 only/],
  ['sides exchanged', input(new Uint8Array(96 * 384 * 3), 96, 384), /96 × 384.*192 × 192/],
  ['too few bytes', input(new Uint8Array(100)), /take 110592 bytes of RGB, but 100 came/],
  ['a channel too many', input(new Uint8Array(side * side * 4)), /take 110592 bytes of RGB, but 147456 came/],
] as const) {
  test(`${what} is refused with the sizes`, async () => {
    const [error, ...rest] = await run(vision, wrong);
    assert.ok(error?.type === 'error' && error.code === 'INVALID' && !error.retryable);
    assert.match(error.message, says);
    assert.deepEqual(rest, []);
  });
}

test('an abort ends it, before and while it sees', async () => {
  const reason = new Error('cancelled by the test');
  await assert.rejects(run(vision, picture(1), AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const seeing = run(vision, picture(1), controller.signal);
  controller.abort(reason);
  await assert.rejects(seeing, reason);
});

test('closing ends what runs, and what is closed while it loads leaves nothing', async () => {
  const early = openVisionFunction({ modelFolder: folder });
  await early[Symbol.asyncDispose]();
  assert.equal(early.health().state, 'failed');
  const brief = openVisionFunction({ modelFolder: folder });
  await eventually(() => brief.health().state === 'ready', 30_000);
  const seeing = assert.rejects(run(brief, picture(1)), /shutting down/);
  await brief[Symbol.asyncDispose]();
  await seeing;
  await assert.rejects(run(brief, picture(1)), /shutting down/);
});

describe('a package', () => {
  test('with an image encoder reads images, by its card', async () => {
    assert.equal(readModelCard(await openModelPackage(folder)).readsImages, true);
    const { manifest } = await openModelPackage(modelFolder);
    const { vision: _, ...gill } = manifest.gill!;
    const without = { ...(await openModelPackage(modelFolder)), manifest: { ...manifest, gill } };
    assert.equal(readModelCard(without).readsImages, false);
  });

  for (const [what, change, says] of [
    ['without one', (text: string) => text.replace('"vision":', '"visions":'), /no image encoder.*gill\.vision/],
    ['that lists no such file', (text: string) => text.replaceAll('formula-vision', 'other'), /cannot be read/],
    ['that draws in another size', (text: string) => text.replace('"height":192', '"height":128'), /192 × 128/],
  ] as const) {
    test(`${what} says so`, async () => {
      const other = await mkdtemp(path.join(tmpdir(), 'gill-vision-'));
      try {
        await writeVisionPackage(other);
        const file = path.join(other, 'model.json');
        await writeFile(file, change(await readFile(file, 'utf8')));
        await using broken = openVisionFunction({ modelFolder: other });
        await eventually(() => broken.health().state === 'failed', 30_000);
        const [event] = await run(broken, picture(1));
        assert.ok(event?.type === 'error' && event.code === 'MODEL_UNAVAILABLE');
        assert.match(event.message, says);
      } finally {
        await rm(other, { recursive: true });
      }
    });
  }

  test('whose weights lack one is refused with its name; without a picture head there is no vector', async () => {
    const weights = new Map(formulaVision(await readRecordedVision()));
    const size = { width: side, height: side };
    for (const name of ['scale', 'stem.weight', 'b.4.project.weight', 'e.0.qkv.weight', 'o.weight']) {
      const less = new Map(weights);
      less.delete(name);
      assert.throws(() => buildVision(less, size), isAppError('MODEL_UNAVAILABLE', new RegExp(name)));
    }
    for (const name of ['picture.weight', 'picture.bias']) weights.delete(name);
    assert.equal(readVisionShape(weights).embedding, undefined);
    assert.ok(buildVision(weights, size).length > 0);
  });

  test('whose picture head reads one query, as packages did once, is refused with both shapes', async () => {
    const weights = new Map(formulaVision(await readRecordedVision()));
    const { shape, ...head } = weights.get('picture.weight')!;
    const one = { ...head, shape: [shape[0]!, shape[1]! / 5], data: head.data.slice(0, (shape[0]! * shape[1]!) / 5) };
    weights.set('picture.weight', one as typeof head & { shape: number[] });
    const refused = isAppError('MODEL_UNAVAILABLE', /"picture\.weight".*\(128, 192\).*5 queries of 192.*960/);
    assert.throws(() => buildVision(weights, { width: side, height: side }), refused);
  });
});
