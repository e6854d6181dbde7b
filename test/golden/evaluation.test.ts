// The evaluation's metrics and networks against the reference implementations (record-evaluation.py): PyPI's lpips,
// torch, torchvision, scipy and training's own scores, on random weights that both sides make by one formula.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { scoreAttributes, type AttributeName } from '../../evaluation/metrics/attributes.ts';
import { compare, estimate, type Term } from '../../evaluation/metrics/estimate.ts';
import { frechetDistance, type Features } from '../../evaluation/metrics/frechet.ts';
import { alexnet } from '../../evaluation/networks/alexnet.ts';
import { buildClipVision, cropForClip, readClipShape } from '../../evaluation/networks/clip-vision.ts';
import { buildLite0Encoder, lite0 } from '../../evaluation/networks/lite0.ts';
import { buildMetricEncoder, metricSide } from '../../evaluation/networks/metric-encoder.ts';
import { buildOracle, oracleSide } from '../../evaluation/networks/oracle.ts';
import { buildPerceptualDistance } from '../../evaluation/networks/perceptual-distance.ts';
import { buildMapper, countMapperParameters, publishedConfiguration } from '../../evaluation/parity/gill-mapper.ts';
import { resizePicture, resizePlanes } from '../../evaluation/pictures/resize.ts';
import { createMetricLayers } from '../../evaluation/networks/layers.ts';
import { createGraph } from '../../functions/engine/onnx-graph.ts';
import { openInceptionEncoder } from '../../evaluation/metrics/open-metrics.ts';
import { readSafetensors } from '../../functions/engine/safetensors.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { formulaWeights, inHalf, runGraph, uniform, writeFormulaFile } from '../harness/formula.ts';

const golden = JSON.parse(await readFile('test/golden/fixtures/evaluation.json', 'utf8'));

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length, what);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  assert.ok(worst <= tolerance, `${what}: the largest difference is ${worst}, allowed is ${tolerance}`);
}

test('bilinear resizing is torch’s, with antialiasing and without', () => {
  for (const { from, to, antialias, values } of golden.resize) {
    const planes = uniform(7, 3 * from[0] * from[1]);
    const [size, wanted] = [from, to].map(([height, width]) => ({ height, width }));
    assertClose(resizePlanes(planes, size!, wanted!, { antialias }), values, 1e-5, `${from} to ${to}, ${antialias}`);
  }
});

describe('LPIPS v0.1 is PyPI’s, on a random trunk with the published heads', async () => {
  const { side, shapes, far, near, unit_far: unitFar, unit_near: unitNear } = golden.distance;
  const weights = formulaWeights(shapes);
  const heads = await readSafetensors('evaluation/weights/lpips-alex-v0.1.safetensors');
  const shape = [1, 3, side, side];
  const first = uniform(1, 3 * side * side);
  const second = uniform(2, 3 * side * side);
  const beside = first.map((x, i) => x + 0.1 * second[i]!);
  const distance = async (model: Uint8Array, a: Float32Array, b: Float32Array): Promise<number> =>
    (await runGraph(model, { first: [shape, a], second: [shape, b] }, 'distance', [1]))[0]!;

  test('with heads', async () => {
    const model = buildPerceptualDistance(alexnet, weights, heads, side);
    assertClose(
      [await distance(model, first, second), await distance(model, first, beside)],
      [far, near],
      2e-6,
      'LPIPS',
    );
    assert.equal(await distance(model, first, first), 0);
    assert.equal(await distance(model, second, first), await distance(model, first, second));
  });
  test('with every channel weighted 1', async () => {
    const model = buildPerceptualDistance(alexnet, weights, undefined, side);
    const actual = [await distance(model, first, second), await distance(model, first, beside)];
    assertClose(actual, [unitFar, unitNear], 1e-5, 'the unweighted form');
  });
});

describe('EfficientNet-Lite0 is the published package’s', () => {
  const { side, shapes, pooled, taps } = golden.lite0;
  const weights = formulaWeights(shapes);
  const pixels = uniform(3, 3 * side * side);

  test('pooled features', async () => {
    const shape = [1, 3, side, side];
    const features = await runGraph(
      buildLite0Encoder(weights, side),
      { pixels: [shape, pixels] },
      'features',
      [1, 1280],
    );
    assertClose(
      features.filter((_, i) => i % 8 === 0),
      pooled,
      5e-4,
      'pooled features of up to 6',
    );
  });
  test('features of the five sizes', async () => {
    for (const [i, [channels, height, width, mean]] of taps.entries()) {
      const graph = createGraph();
      const layers = createMetricLayers(graph, weights, 'test');
      // what stands in the graph is the normalised picture
      const x = graph.input('x', 'float32', [1, 3, side, side]);
      graph.op('Identity', [lite0.taps(layers, x)[i]!], {}, { outputs: ['tap'] });
      graph.output('tap', 'float32', [1, channels, height, width]);
      const scaled = pixels.map((p) => (p - lite0.shift[0]) / lite0.scale[0]);
      const tap = await runGraph(graph.toModel(), { x: [[1, 3, side, side], scaled] }, 'tap', [
        1,
        channels,
        height,
        width,
      ]);
      const found = tap.reduce((sum, value) => sum + Math.abs(value), 0) / tap.length;
      assertClose([found], [mean], 1e-3, `mean magnitude of tap ${i}`);
    }
  });
});

test('Inception is pytorch-fid’s, its resizing included', async () => {
  const { shapes, size, features } = golden.inception;
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'inception.safetensors');
  await writeFormulaFile(file, shapes);
  await using encoder = await openInceptionEncoder(file);
  const [height, width] = size;
  const rgb = Uint8Array.from(uniform(17, 3 * height * width), (x) => Math.trunc((x + 1) * 127.5));
  const found = await encoder.embed({ width, height, rgb });
  assertClose(
    found.filter((_, i) => i % 16 === 0),
    features,
    2e-4,
    'features of up to 11',
  );
});

describe('CLIP’s vision half is Hugging Face’s', () => {
  const { side, shapes, features, bicubic } = golden.clip;

  test('projected features', async () => {
    const weights = formulaWeights(shapes);
    const shape = readClipShape(weights);
    assert.deepEqual(shape, { width: 128, layers: 2, patch: 8, side, projection: 12 });
    const pixels = uniform(6, 3 * side * side);
    const found = await runGraph(
      buildClipVision(weights, shape),
      { pixels: [[1, 3, side, side], pixels] },
      'features',
      [1, 12],
    );
    assertClose(found, features, 2e-5, 'features');
  });
  test('bicubic resizing of bytes is Pillow’s', () => {
    for (const { from, to, bytes } of bicubic) {
      const rgb = Uint8Array.from(uniform(14, 3 * from[0] * from[1]), (x) => Math.trunc((x + 1) * 127.5));
      const resized = resizePicture({ height: from[0], width: from[1], rgb }, { height: to[0], width: to[1] });
      assertClose(resized.rgb, bytes, 1, `${from} to ${to}`); // Pillow's weights are rounded to 22 bits
      const off = resized.rgb.filter((byte, i) => byte !== bytes[i]).length;
      assert.ok(off <= 0.01 * bytes.length, `${off} of ${bytes.length} bytes differ`);
    }
  });
  test('the middle square of the shorter side', () => {
    const wide = cropForClip(
      { width: 8, height: 4, rgb: Uint8Array.from({ length: 96 }, (_, i) => Math.floor(i / 3) % 8) },
      4,
    );
    assert.deepEqual([wide.width, wide.height], [4, 4]);
    assert.deepEqual([...wide.rgb.subarray(0, 12)], [2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]);
  });
});

describe('the pixel oracle is training’s', () => {
  const { shapes, logits, fields, labels, answers, score } = golden.oracle;

  test('logits', async () => {
    const pixels = uniform(4, 3 * oracleSide * oracleSide);
    const found = await runGraph(
      buildOracle(formulaWeights(shapes)),
      { pixels: [[1, 3, oracleSide, oracleSide], pixels] },
      'logits',
      [1, logits.length],
    );
    assertClose(found, logits, 2e-3, 'logits of up to 30');
  });
  test('scores', () => {
    const totals = new Map<string, { right: number; asked: number }>();
    for (const [i, row] of labels.entries()) {
      for (const [name, share] of Object.entries(scoreAttributes(fields, row, answers[i]))) {
        const total = totals.get(name) ?? { right: 0, asked: 0 };
        totals.set(name, { right: total.right + share.numerator, asked: total.asked + share.denominator });
      }
    }
    const value = (name: AttributeName): number => totals.get(name)!.right / totals.get(name)!.asked;
    for (const name of ['place', 'time', 'weather', 'kind', 'colour', 'count', 'all'] as const)
      assertClose([value(name)], [score[name]], 1e-6, name);
    assertClose([value('kind and colour')], [score.kind_and_colour], 1e-6, 'kind and colour');
  });
});

test('the storybook’s metric encoder is training’s', async () => {
  const { shapes, features } = golden.metric;
  const shape = [1, 3, metricSide, metricSide];
  const pixels = uniform(15, 3 * metricSide * metricSide);
  const found = await runGraph(
    buildMetricEncoder(inHalf(formulaWeights(shapes))),
    { pixels: [shape, pixels] },
    'features',
    [1, features.length],
  );
  const length = Math.hypot(...found);
  assertClose(found.map((x) => x / length), features, 1e-4, 'features of length 1'); // prettier-ignore
});

describe('GILL’s mapper is torch’s', () => {
  const { sizes, shapes, conditioning, publishedParameters } = golden.mapper;

  test('conditioning of random weights', async () => {
    const states = uniform(8, 2 * 3 * sizes.languageWidth);
    const embeddings = uniform(9, 2 * 3 * sizes.languageWidth);
    const shape = [2, 3, sizes.languageWidth];
    const found = await runGraph(
      buildMapper(formulaWeights(shapes), sizes),
      { states: [shape, states], embeddings: [shape, embeddings] },
      'conditioning',
      [2, sizes.outputTokens, sizes.outputWidth],
    );
    assertClose(found, conditioning, 1e-5, 'conditioning');
  });
  test('parameters of the published size', () => {
    assert.equal(countMapperParameters(publishedConfiguration.mapper), publishedParameters);
  });
});

test('the Fréchet distance is that of scipy’s matrix square root', () => {
  const rows = (seed: number, count: number, of: (x: number) => number = (x) => x): Features =>
    Array.from({ length: count }, (_, r) =>
      uniform(seed, count * 12)
        .subarray(r * 12, r * 12 + 12)
        .map(of),
    );
  const mix = rows(12, 12);
  const a = rows(10, 40).map((row) =>
    Float32Array.from(row, (_, c) => row.reduce((sum, x, k) => sum + x * mix[k]![c]!, 0)),
  );
  const b = rows(11, 30, (x) => x * 1.5 + 0.3);
  const few = rows(13, 6);
  assertClose([frechetDistance(a, b)], [golden.frechet.far], 1e-4, 'far');
  assertClose([frechetDistance(a, a)], [0], 1e-9, 'a set and itself');
  assertClose([frechetDistance(few, b)], [golden.frechet.few], 1e-4, 'fewer rows than columns');
});

describe('intervals and tests are scipy’s', () => {
  const { statistics } = golden;
  const options = { transform: 'none', resamples: 4000, seed: 1 } as const;
  const mean = (values: Iterable<number>): Term[] => [
    { shares: Array.from(values, (numerator) => ({ numerator, denominator: 1 })), weight: 1 },
  ];
  const x = Float64Array.from(uniform(20, 60));
  const y = Float64Array.from(uniform(21, 60), (value) => value * 0.5 + 0.2);

  test('a mean', () => {
    const { value, low, high } = estimate(mean(x), options)!;
    assertClose([value], [statistics.mean], 1e-9, 'mean');
    assertClose([low, high], statistics.meanInterval, 0.01, 'bounds');
  });
  test('a paired difference', () => {
    const { low, high, p } = compare(mean(x), mean(y), options)!;
    assertClose([low, high], statistics.differenceInterval, 0.01, 'bounds');
    assertClose([p], [statistics.p], 0.012, 'p by sampling');
  });
  test('an exact test', () => {
    const { p } = compare(mean(x.subarray(0, 10)), mean(y.subarray(0, 10)), options)!;
    assertClose([p], [statistics.pExact], 1e-9, 'p');
  });
  test('perplexity', () => {
    const pairs = Array.from(x, (value, i) => ({
      numerator: Math.abs(value) * 10 + 5,
      denominator: Math.floor(Math.abs(y[i]!) * 20) + 3,
    }));
    const { value, low, high } = estimate([{ shares: pairs, weight: 1 }], { ...options, transform: 'exp' })!;
    assertClose([value], [statistics.perplexity], 1e-9, 'perplexity');
    assertClose([low, high], statistics.perplexityInterval, 0.06, 'bounds');
  });
});
