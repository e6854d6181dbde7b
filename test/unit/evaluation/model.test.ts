// What drives the package for the evaluation, over the real language model and a mapper of made weights: each layout tells its
// times and maps what it was told, pictures of the prompt change what is mapped, and a random language model is another one, always
// the same.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import type { PromptPart } from '../../../core/function-contract.ts';
import { identify } from '../../../evaluation/harness/identify.ts';
import { cosine } from '../../../evaluation/metrics/similarity.ts';
import { keepHabits } from '../../../evaluation/model/changed-package.ts';
import { mappedOf, mapperLayout, openGill, type Answer } from '../../../evaluation/model/gill.ts';
import { drawAnew, makeRandomLanguageModel } from '../../../evaluation/model/random-language-model.ts';
import { openSee } from '../../../evaluation/model/see.ts';
import { dequantize } from '../../../functions/engine/gguf.ts';
import { fromWire, halfToFloat } from '../../../functions/engine/half.ts';
import { openModelPackage } from '../../../functions/engine/model-package.ts';
import type { Precision } from '../../../functions/llm/decoder-graph.ts';
import { modelFolder, testCacheFolder } from '../../harness/decoder-logits.ts';
import { formulaPicture, uniform } from '../../harness/formula.ts';
import { isAppError } from '../../harness/is-app-error.ts';
import { writeMapperPackage } from '../../harness/mapper-package.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const never = new AbortController().signal;
const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());
const words: PromptPart[] = [{ kind: 'text', text: 'a red fox in the snow' }];

async function packageOf(trainedOn: 'dialogues' | 'captions') {
  const folder = parts.use(await temporaryFolder());
  await writeMapperPackage(folder.path, trainedOn);
  return openModelPackage(folder.path);
}

async function mapped(answer: Answer, told: readonly PromptPart[]): Promise<readonly number[]> {
  return [...halfToFloat(fromWire(mappedOf(await answer([told], 1n, never)).tensor))];
}

describe('a mapper of dialogues', async () => {
  const model = await packageOf('dialogues');
  const { answer } = parts.use(await openGill(model, mapperLayout(model), { cacheFolder: testCacheFolder }));
  const { see } = parts.use(await openSee(model));

  test('is read in the served layout: words first, then the picture', async () => {
    assert.equal(mapperLayout(model), 'served');
    const spoken = await answer([words], 1n, never);
    assert.ok(spoken.text.length > 0);
    assert.ok(spoken.firstTokenMs! > 0 && spoken.imageMs! >= spoken.firstTokenMs!);
    assert.deepEqual(mappedOf(spoken).tensor.shape, [16, 256]);
    assert.ok(spoken.image!.query && spoken.image!.decision);
  });
  test('maps what it was told and shown', async () => {
    const own = await mapped(answer, words);
    assert.deepEqual(await mapped(answer, words), own, 'the same seed, the same reply');
    assert.notDeepEqual(await mapped(answer, [{ kind: 'text', text: 'a boat' }]), own);
    const [first, second] = await Promise.all([1, 2].map((seed) => see(formulaPicture(seed, 96), never)));
    const shown = (rows: typeof first): PromptPart[] => [
      { kind: 'image', produced: false, rows: rows!.rows },
      ...words,
    ];
    const withFirst = await mapped(answer, shown(first));
    assert.notDeepEqual(withFirst, own);
    assert.notDeepEqual(withFirst, await mapped(answer, shown(second)));
  });
});

describe('a mapper of captions', async () => {
  const model = await packageOf('captions');
  const { answer } = parts.use(await openGill(model, mapperLayout(model), { cacheFolder: testCacheFolder }));

  test('is read in the paper’s layout: no word is said', async () => {
    assert.equal(mapperLayout(model), 'paper');
    const spoken = await answer([words], 1n, never);
    assert.deepEqual([spoken.text, spoken.firstTokenMs], ['', undefined]);
    assert.deepEqual(mappedOf(spoken).tensor.shape, [16, 256]);
    assert.deepEqual(await mapped(answer, words), await mapped(answer, words));
    assert.notDeepEqual(await mapped(answer, [{ kind: 'text', text: 'a boat' }]), await mapped(answer, words));
  });
  test('reads more than one pass, and no more than the context', async () => {
    const long = (count: number): PromptPart[] => [{ kind: 'text', text: 'fox '.repeat(count) }];
    assert.equal((await mapped(answer, long(200))).length, 16 * 256);
    await assert.rejects(answer([long(3000)], 1n, never), isAppError('CONTEXT_TOO_LONG', /the model reads 2048/));
  });
  test('in float32 it maps nearly the same, and a run says so', async () => {
    const own = await mapped(answer, words);
    // where nothing can be kept: half a gigabyte of weights is of use to this test alone
    const nowhere = path.join(model.folder, 'model.json');
    await using exact = await openGill(model, 'paper', { cacheFolder: nowhere, precision: 'float32' });
    const found = await mapped(exact.answer, words);
    assert.notDeepEqual(found, own);
    const alike = cosine(Float32Array.from(found), Float32Array.from(own));
    assert.ok(alike > 0.99, `${alike}`);
    const settings = async (precision: Precision) => (await identify(modelFolder, 'package.json', precision)).settings;
    assert.deepEqual(await settings('float32'), {
      ...(await settings('int8')),
      precision: 'float32, of the language model',
    });
  });
  test('a random language model of the same shapes maps something else, and goes when it is disposed', async () => {
    const own = await mapped(answer, words);
    const random = await makeRandomLanguageModel(model);
    {
      await using other = await openGill(random.model, mapperLayout(model), { cacheFolder: random.cacheFolder });
      const found = await mapped(other.answer, words);
      assert.ok(found.every(Number.isFinite));
      assert.notDeepEqual(found, own);
    }
    await random[Symbol.asyncDispose]();
    assert.ok(!existsSync(random.model.folder));
  });
});

test('a package with habits of GILL’s reference code has these and no others, and goes when it is disposed', async () => {
  const kept = await keepHabits(modelFolder, ['words-only', 'picture-ends']);
  assert.deepEqual(kept.model.manifest.gill?.parity, ['words-only', 'picture-ends']);
  const { settings } = await identify(kept.model.folder, 'package.json');
  assert.equal(settings.parity, 'words-only, picture-ends');
  const own = await identify(modelFolder, 'package.json');
  assert.equal(own.settings.parity, undefined);
  assert.notEqual(settings.model, own.settings.model, 'no run is taken for one without');
  await kept[Symbol.asyncDispose]();
  assert.ok(!existsSync(kept.model.folder));
  await assert.rejects(keepHabits(modelFolder, ['word-only']), isAppError('INVALID', /"word-only".*words-only/));
});

test('a matrix drawn anew has the deviation that it had, around 0, and is the same each time', () => {
  for (const [format, blockBytes, elements] of [
    ['Q4_1', 20, 32],
    ['Q8_0', 34, 32],
    ['F32', 4, 1],
  ] as const) {
    const count = 4096 / elements;
    const head = { Q4_1: [0, 0x2c, 0, 0xb0], Q8_0: [0, 0x24], F32: [] }[format];
    const bytes = Uint8Array.from({ length: count * blockBytes }, (_, i) => head[i % blockBytes] ?? (i * 37) % 251);
    if (format === 'F32') bytes.set(new Uint8Array(uniform(1, count).buffer));
    const make = (name: string) => ({ name, shape: [1, 4096], format, bytes: bytes.slice() }) as const;
    const before = dequantize(make('a'));
    const [first, again, other] = ['a', 'a', 'b'].map((name) => {
      const tensor = make(name);
      drawAnew(tensor);
      return dequantize(tensor);
    });
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
    const moments = (values: Float32Array) => {
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      return { mean, deviation: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length) };
    };
    const [was, is] = [moments(before), moments(first!)];
    assert.ok(Math.abs(is.deviation - was.deviation) <= 0.04 * was.deviation + 1e-9, `${format}: ${is.deviation}, not ${was.deviation}`); // prettier-ignore
    assert.ok(Math.abs(is.mean) <= 0.06 * is.deviation, `${format}: mean ${is.mean}`);
  }
});
