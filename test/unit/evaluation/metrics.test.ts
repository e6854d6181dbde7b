// Metrics by their rules, and that a broken metric is noticed: equal pictures are as alike as can be, and pictures held
// against the truths of others are not.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { summarise } from '../../../evaluation/harness/summary.ts';
import { compare, estimate, type Estimate, type Share, type Term } from '../../../evaluation/metrics/estimate.ts';
import { frechetDistance } from '../../../evaluation/metrics/frechet.ts';
import { f1Metrics, f1Values } from '../../../evaluation/metrics/macro-f1.ts';
import { rankOf, recallAt } from '../../../evaluation/metrics/recall.ts';
import { cosine } from '../../../evaluation/metrics/similarity.ts';
import { openOracle } from '../../../evaluation/metrics/attributes.ts';
import { countTrainedParameters, publishedConfiguration } from '../../../evaluation/parity/gill-mapper.ts';
import { readPicture, writePicture } from '../../../evaluation/pictures/picture.ts';
import { resizePlanes } from '../../../evaluation/pictures/resize.ts';
import { openPictureMetrics } from '../../../evaluation/tasks/picture-metrics.ts';
import {
  formulaPicture,
  formulaWeights,
  inHalf,
  roughen,
  safetensorsFile,
  uniform,
  writeFormulaFile,
} from '../../harness/formula.ts';
import { isAppError } from '../../harness/is-app-error.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());
const folder = parts.use(await temporaryFolder());
const golden = JSON.parse(await readFile('test/golden/fixtures/evaluation.json', 'utf8'));

describe('pictures held against truths, by networks of random weights', async () => {
  const count = 6;
  const none = { clip: undefined, alexnet: undefined, lite0: undefined, metric: undefined, oracle: undefined };
  const alexnet = path.join(folder.path, 'alexnet.safetensors');
  const lite0 = path.join(folder.path, 'lite0.safetensors');
  await writeFormulaFile(alexnet, golden.distance.shapes);
  await writeFormulaFile(lite0, golden.lite0.shapes);
  const truths = Array.from({ length: count }, (_, i) => formulaPicture(i, 64));
  const items = truths.map((_, i) => ({ truthFile: path.join(folder.path, `${i}.png`), labels: undefined }));
  for (const [i, truth] of truths.entries()) await writePicture(items[i]!.truthFile, truth);
  const metrics = parts.use(await openPictureMetrics({ ...none, alexnet, lite0 }, items, undefined));

  test('equal pictures give similarity 1, distance 0 and the first rank', async () => {
    const values = await metrics.measure(truths[2]!, 2);
    assert.ok(Math.abs(values['Lite0 similarity']! - 1) < 1e-5, `similarity ${values['Lite0 similarity']}`);
    assert.deepEqual(
      [
        values['LPIPS v0.1 (AlexNet)'],
        values['EPS-lite0'],
        values['Lite0 R@1'],
        values['Lite0 R@5'],
        values['Lite0 R@10'],
      ],
      [0, 0, 1, 1, 1],
    );
  });
  test('permuting the pairs drops similarity and recall, and raises both distances', async () => {
    const totals = { own: new Map<string, number>(), other: new Map<string, number>() };
    for (const [i, truth] of truths.entries()) {
      const made = roughen(truth, 100 + i, 12);
      for (const [side, index] of [
        ['own', i],
        ['other', (i + 2) % count],
      ] as const) {
        for (const [name, value] of Object.entries(await metrics.measure(made, index)))
          totals[side].set(name, (totals[side].get(name) ?? 0) + value / count);
      }
    }
    const [own, other] = [totals.own, totals.other];
    // random features are all much alike, so what is left to 1 is what is compared
    const left = [own, other].map((side) => 1 - side.get('Lite0 similarity')!);
    assert.ok(left[0]! < left[1]! * 0.8, `similarity: ${left.join(' and ')} are left to 1`);
    assert.ok(own.get('Lite0 R@1')! > other.get('Lite0 R@1')!, 'recall');
    assert.ok(own.get('LPIPS v0.1 (AlexNet)')! < other.get('LPIPS v0.1 (AlexNet)')! * 0.8, 'LPIPS');
    assert.ok(own.get('EPS-lite0')! < other.get('EPS-lite0')! * 0.8, 'EPS-lite0');
  });
  test('a network of missing weights is refused, not left out', async () => {
    await assert.rejects(
      openPictureMetrics({ ...none, alexnet: lite0 }, items, undefined),
      isAppError('MODEL_UNAVAILABLE', /features\.0\.weight/),
    );
    await assert.rejects(
      openPictureMetrics({ ...none, alexnet: '/nowhere' }, items, undefined),
      isAppError('MODEL_UNAVAILABLE', /\/nowhere cannot be read/),
    );
  });
  test('the storybook’s metric encoder has its own name, and reads storybook pictures alone', async () => {
    const metric = path.join(folder.path, 'metric.safetensors');
    await writeFile(metric, safetensorsFile(inHalf(formulaWeights(golden.metric.shapes))));
    const scenes = [7, 8].map((seed) => formulaPicture(seed, 192));
    const told = scenes.map((_, i) => ({ truthFile: path.join(folder.path, `scene-${i}.png`), labels: undefined }));
    for (const [i, scene] of scenes.entries()) await writePicture(told[i]!.truthFile, scene);
    await using own = await openPictureMetrics({ ...none, metric }, told, undefined);
    const [same, other] = [await own.measure(scenes[0]!, 0), await own.measure(scenes[1]!, 0)];
    assert.ok(Math.abs(same['Scene similarity']! - 1) < 1e-5 && other['Scene similarity']! < 1 - 1e-5);
    assert.deepEqual([same['Scene R@1'], other['Scene R@1']], [1, 0]);
    await assert.rejects(
      own.measure(truths[0]!, 0),
      isAppError('INVALID', /metric encoder reads pictures of 96 or 192/),
    );
  });
  test('an oracle of other scenes is refused', async () => {
    const file = path.join(folder.path, 'oracle.safetensors');
    await writeFormulaFile(file, golden.oracle.shapes);
    await assert.rejects(
      openOracle(file, [{ field: 'place', slot: null, classes: 3 }]),
      isAppError('MODEL_UNAVAILABLE', /belong to another set/),
    );
    const oracle = parts.use(await openOracle(file, golden.oracle.fields));
    assert.equal((await oracle.read(formulaPicture(1, 192))).length, golden.oracle.fields.length);
    await assert.rejects(oracle.read(formulaPicture(1, 64)), isAppError('INVALID', /96 or 192 pixels.*64 × 64/));
  });
});

test('cosine: 1 of itself and any positive multiple, −1 of its opposite, and never out of bounds', () => {
  const vector = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(vector, vector, (a, b) => {
      fc.pre([a, b].every((v) => v.some((x) => Math.abs(x) > 0.1)));
      const [x, y] = [Float32Array.from(a), Float32Array.from(b)];
      assert.ok(Math.abs(cosine(x, y)) <= 1 + 1e-12);
      assert.ok(
        Math.abs(
          cosine(
            x,
            x.map((v) => 3 * v),
          ) - 1,
        ) < 1e-6,
      );
      assert.ok(
        Math.abs(
          cosine(
            x,
            x.map((v) => -v),
          ) + 1,
        ) < 1e-6,
      );
    }),
  );
  assert.throws(() => cosine(Float32Array.of(0, 0), Float32Array.of(1, 0)), isAppError('INVALID', /length zero/));
});

test('recall: the rank counts what is better, and what cannot be told apart', () => {
  const scores = Float32Array.of(0.1, 0.9, 0.5, 0.5);
  assert.deepEqual(
    [0, 1, 2, 3].map((truth) => rankOf(scores, truth)),
    [4, 1, 3, 3],
  );
  assert.equal(recallAt(1, [1, 2, 6, 1]), 0.5);
  assert.equal(recallAt(5, [1, 2, 6, 1]), 0.75);
  // a scorer that says the same of all finds nothing
  assert.equal(recallAt(5, [rankOf(new Float32Array(10), 3)]), 0);
});

describe('macro-F1', () => {
  const classes = ['a', 'b'] as const;
  type Class = (typeof classes)[number];
  const scored = (truth: readonly Class[], said: (label: Class) => Class, metric = 0): number => {
    const items = truth.map((_, i) => `${i}`);
    const records = truth.map((label, i) => {
      const values = f1Values(label, said(label), classes);
      return { item: `${i}`, condition: 'c', seed: 0, values, wallMs: 0, cpuMs: 0 };
    });
    const task = { conditions: [{ name: 'c', description: '' }], metrics: f1Metrics(classes, ''), contrasts: [] };
    return summarise(task, records, items, 1)[metric]!.estimates[0]!.estimate!.value;
  };

  test('every class counts alike, and one that is never said counts 0', () => {
    assert.equal(scored(['a', 'b'], (label) => label), 1); // prettier-ignore
    // a: 2·2/(2·2+1) = .8; b: 2·1/(2·1+1) = 2/3
    const said = ['a', 'a', 'b', 'a'].values();
    const value = scored(['a', 'a', 'b', 'b'], () => said.next().value as Class);
    assert.ok(Math.abs(value - (0.8 + 2 / 3) / 2) < 1e-12);
    assert.equal(scored(['a', 'b'], () => 'a', 2), 0); // prettier-ignore
  });
  test('constant predictors on 201 and 110 of two classes reach .393 and .261', () => {
    const truth = Array.from({ length: 311 }, (_, i): Class => (i < 201 ? 'a' : 'b'));
    assert.equal(scored(truth, () => 'a').toFixed(3), '0.393');
    assert.equal(scored(truth, () => 'b').toFixed(3), '0.261');
  });
});

describe('estimates', () => {
  const options = { transform: 'none', resamples: 500, seed: 3 } as const;
  const shares = (amount: number, seed = 1): Share[] =>
    Array.from(uniform(seed, 50), (x) => ({ numerator: amount * x, denominator: 1 }));
  const figure = (own: Share[], weight = 1): Term[] => [{ shares: own, weight }];
  const width = (found: Estimate | undefined): number => found!.high - found!.low;

  test('seeds of an item are one share, and wider spread gives wider intervals', () => {
    assert.ok(width(estimate(figure(shares(2)), options)) > 1.9 * width(estimate(figure(shares(1)), options)));
    // an item measured by three seeds weighs as before: three times the same says no more than once
    const tripled = shares(1).map(({ numerator }) => ({ numerator: 3 * numerator, denominator: 3 }));
    assert.ok(Math.abs(width(estimate(figure(tripled), options)) - width(estimate(figure(shares(1)), options))) < 1e-9);
    const none = compare(figure(shares(1)), figure(shares(1)), options)!;
    assert.deepEqual([none.value, none.low, none.high, none.p], [0, 0, 0, 1]);
  });
  test('where nothing was asked there is no figure, and no difference for or against', () => {
    const nothing = shares(1).map(() => ({ numerator: 0, denominator: 0 }));
    assert.equal(estimate(figure(nothing), options), undefined);
    assert.equal(compare(figure(nothing), figure(shares(1)), options), undefined);
    // each asked of one item, and of another: swapping either leaves one of them without a figure
    const asked = (item: number, numerator: number) => nothing.with(item, { numerator, denominator: 1 });
    const found = compare(figure(asked(0, 1)), figure(asked(1, 0)), options)!;
    assert.deepEqual([found.value, found.p], [1, 1]);
  });
  test('a figure is the weighted sum of its ratios', () => {
    const [a, b] = [shares(1), shares(1, 2)];
    const halves = estimate([...figure(a, 0.5), ...figure(b, 0.5)], options)!;
    const own = estimate(figure(a.map((share, i) => ({ ...share, numerator: (share.numerator + b[i]!.numerator) / 2 }))), options)!; // prettier-ignore
    assert.ok(Math.abs(halves.value - own.value) < 1e-12);
    assert.ok(Math.abs(width(halves) - width(own)) < 1e-12, 'its ratios lose and repeat the same items');
  });
  test('a gain beyond another is certain where every item has it, and nothing where they are equal', () => {
    const more = (by: number, own: Share[]): Share[] =>
      own.map(({ numerator, denominator }) => ({ numerator: numerator + by, denominator }));
    const gain = (of: Share[], by: number): Term[] => [...figure(more(by, of)), ...figure(of, -1)];
    const found = compare(gain(shares(1), 0.9), gain(shares(1, 2), 0.4), options)!;
    assert.ok(Math.abs(found.value - 0.5) < 1e-12 && Math.abs(found.low - 0.5) < 1e-12 && found.p < 0.003);
    const equal = compare(gain(shares(1), 0.4), gain(shares(1, 2), 0.4), options)!;
    assert.ok(Math.abs(equal.value) < 1e-12 && equal.p > 0.5, `p ${equal.p}`);
  });
});

test('the Fréchet distance wants enough rows of one width', () => {
  assert.throws(() => frechetDistance([Float32Array.of(1)], []), isAppError('INVALID', /at least two rows/));
  const rows = [Float32Array.of(1, 2), Float32Array.of(3, 4)];
  assert.throws(
    () => frechetDistance(rows, [Float32Array.of(1), Float32Array.of(2)]),
    isAppError('INVALID', /2 and 1/),
  );
});

test('resizing keeps a flat picture flat and a picture of the wanted size as it is', () => {
  const flat = new Float32Array(3 * 35).fill(0.25);
  for (const value of resizePlanes(flat, { width: 5, height: 7 }, { width: 9, height: 3 }))
    assert.ok(Math.abs(value - 0.25) < 1e-6);
  const same = uniform(1, 3 * 4);
  assert.equal(resizePlanes(same, { width: 2, height: 2 }, { width: 2, height: 2 }), same);
});

test('grey and transparent pictures are read as RGB, and what is no picture is named', async () => {
  const grey = path.join(folder.path, 'grey.jpg');
  await sharp(Buffer.alloc(12, 90), { raw: { width: 4, height: 3, channels: 1 } })
    .toColourspace('b-w')
    .jpeg()
    .toFile(grey);
  const read = await readPicture(grey);
  assert.equal(read.rgb.length, 4 * 3 * 3);
  const clear = path.join(folder.path, 'clear.png');
  await sharp({ create: { width: 2, height: 2, channels: 4, background: '#f008' } })
    .png()
    .toFile(clear);
  assert.equal((await readPicture(clear)).rgb.length, 12);
  await assert.rejects(readPicture(path.join(folder.path, 'alexnet.safetensors')), isAppError('INVALID', /alexnet/));
});

test('GILL trains 50,096,385 numbers at its published sizes', () => {
  assert.equal(countTrainedParameters(publishedConfiguration), 50_096_385);
});
