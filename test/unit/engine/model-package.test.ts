// The bundled package is what its model.json says, and a package that is not says which file.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parityHabits } from '../../../core/parity.ts';
import { openModelPackage, readModelCard, verifyModelPackage } from '../../../functions/engine/model-package.ts';

test('every bundled file has the sha256 that model.json names', async () => {
  await verifyModelPackage(await openModelPackage('models/storybook'));
});

test('a damaged file and a missing package are named', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gill-test-model-'));
  try {
    await assert.rejects(openModelPackage(folder), { code: 'MODEL_UNAVAILABLE' });
    cpSync('models/storybook/model.json', path.join(folder, 'model.json'));
    const model = await openModelPackage(folder);
    for (const name of Object.keys(model.manifest.files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), 'damaged');
    }
    await assert.rejects(verifyModelPackage(model), /LICENSE-smollm2\.txt has sha256/);
    assert.throws(() => model.file('other.gguf'), /lists no file "other\.gguf"/);
    const outside = { ...model.manifest, files: { '../other.gguf': '' } };
    writeFileSync(path.join(folder, 'model.json'), JSON.stringify(outside));
    const { file } = await openModelPackage(folder);
    assert.throws(() => file('../other.gguf'), /"\.\.\/other\.gguf", which lies outside the package/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the card tells the least likeness of a found picture where the package names one', async () => {
  const model = await openModelPackage('models/storybook');
  const floorOf = (retrieval: { readonly floor?: number } | undefined): number | undefined => {
    const layout = { drawn: 'imageTokens', sent: 'nothing' } as const;
    const gill = { imageTokens: 4, layout, ...(retrieval && { retrieval }) };
    return readModelCard({ ...model, manifest: { ...model.manifest, gill } }).findFloor;
  };
  assert.deepEqual([floorOf({ floor: 0.25 }), floorOf({}), floorOf(undefined)], [0.25, undefined, undefined]);
});

test('habits of GILL’s reference code stand on the card, and one that nobody knows is named', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gill-test-model-'));
  try {
    const { manifest } = await openModelPackage('models/storybook');
    assert.equal(readModelCard(await openModelPackage('models/storybook')).parity, undefined);
    const write = (parity: readonly string[]): void =>
      writeFileSync(
        path.join(folder, 'model.json'),
        JSON.stringify({ ...manifest, gill: { ...manifest.gill, parity } }),
      );
    write(parityHabits);
    assert.deepEqual(readModelCard(await openModelPackage(folder)).parity, parityHabits);
    write(['words-only', 'word-only']);
    await assert.rejects(openModelPackage(folder), { code: 'MODEL_UNAVAILABLE', message: /"word-only".*words-only/ });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
