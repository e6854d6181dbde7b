// Repacked weights: made once, found again, never taken when damaged, and not needed to be kept.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, symlink, truncate, copyFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openModelPackage } from '../../../functions/engine/model-package.ts';
import { loadWeights, type LoadedWeights } from '../../../functions/llm/load-weights.ts';
import { modelFolder, testCacheFolder } from '../../harness/decoder-logits.ts';

const never = new AbortController().signal;
const model = await openModelPackage(modelFolder);
const { weights: name } = model.manifest.lm;
const request = {
  weightsFile: model.file(name),
  weightsSha256: model.manifest.files[name]!,
  cacheFolder: testCacheFolder,
};
const ignore = (): void => undefined;

let folder: string;
let good: LoadedWeights;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gill-weights-'));
  good = await loadWeights(request, ignore, never);
});
after(() => rm(folder, { recursive: true }));

test('a repacked file is found again, and tells how far its check is', async () => {
  const seen: number[] = [];
  let total = 0;
  const again = await loadWeights(
    request,
    (loadedBytes, totalBytes) => {
      seen.push(loadedBytes);
      total = totalBytes;
    },
    never,
  );
  assert.deepEqual(again.graph, good.graph);
  assert.deepEqual(again.shape, good.shape);
  assert.deepEqual(again.embeddings.shape, [again.shape.vocabulary, again.shape.width]);
  assert.ok(seen.length > 5 && seen.at(-1) === total);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
});

for (const ending of ['.onnx', '.weights'])
  test(`a torn ${ending} under the right name is replaced, and several starts at once end with one good pair`, async () => {
    assert.ok(good.graph.kind === 'file');
    const cacheFolder = await mkdtemp(path.join(folder, 'torn-'));
    const stem = path.basename(good.graph.path).slice(0, 'decoder-0123456789abcdef-'.length);
    const pair = (await readdir(path.dirname(good.graph.path))).filter((entry) => entry.startsWith(stem)).sort();
    assert.deepEqual(pair.map((entry) => path.extname(entry)).sort(), ['.onnx', '.weights']);
    for (const entry of pair)
      await copyFile(path.join(path.dirname(good.graph.path), entry), path.join(cacheFolder, entry));
    await truncate(
      path.join(
        cacheFolder,
        pair.find((entry) => entry.endsWith(ending))!,
      ),
      10_000,
    );
    await writeFile(path.join(cacheFolder, 'decoder-left-behind.tmp'), 'half');
    const starts = await Promise.all([1, 2].map(() => loadWeights({ ...request, cacheFolder }, ignore, never)));
    const whole = { kind: 'file', path: path.join(cacheFolder, path.basename(good.graph.path)) };
    for (const { graph } of starts) assert.deepEqual(graph, whole);
    assert.deepEqual((await readdir(cacheFolder)).sort(), [...pair, 'decoder-left-behind.tmp'].sort());
    // a name is the digest of what the file holds: finding it again is the check
    assert.deepEqual((await loadWeights({ ...request, cacheFolder }, ignore, never)).graph, whole);
  });

test('a cache folder that cannot be written costs only the next start', async () => {
  const { graph } = await loadWeights({ ...request, cacheFolder: path.join(request.weightsFile, 'x') }, ignore, never);
  assert.ok(graph.kind === 'memory' && graph.bytes.length > 100_000_000);
  assert.match(graph.reason, /ENOTDIR|EEXIST/);
});

test('a weights file that is not the one model.json names is refused; an abort ends the loading', async () => {
  const other = path.join(folder, 'other.gguf');
  await symlink(path.resolve('package.json'), other);
  await assert.rejects(loadWeights({ ...request, weightsFile: other }, ignore, never), {
    code: 'MODEL_UNAVAILABLE',
    message: /has sha256 [0-9a-f]{64}, but model.json says/,
  });
  await assert.rejects(loadWeights({ ...request, weightsFile: '/nowhere' }, ignore, never), /ENOENT/);
  const reason = new Error('stop');
  const controller = new AbortController();
  const loading = loadWeights(request, ignore, controller.signal);
  controller.abort(reason);
  await assert.rejects(loading, reason);
});
