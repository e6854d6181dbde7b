// Stories marked by where the facts of their last picture stand: read, scored, and which hypotheses they decide.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { readSceneLabels, scoreFacts } from '../../../evaluation/metrics/attributes.ts';
import { readStorySet } from '../../../evaluation/sets/picture-sets.ts';
import { openPictureMetrics } from '../../../evaluation/tasks/picture-metrics.ts';
import { decidedBy } from '../../../evaluation/tasks/vist.ts';
import { writeStories } from '../../harness/evaluation-sets.ts';
import { formulaPicture, writeFormulaFile } from '../../harness/formula.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const none = { clip: undefined, alexnet: undefined, lite0: undefined, metric: undefined, oracle: undefined };

/** @param told where the place of each story's last picture stands; undefined: nothing is marked */
async function writeMarked(folder: string, told: readonly (string | null)[] | undefined): Promise<void> {
  await writeStories(folder);
  const file = path.join(folder, 'labels.json');
  const labels = JSON.parse(await readFile(file, 'utf8')) as { labels: Record<string, number[]> };
  const marks = told && { told: { '11-4': [told[0]], '12-4': [told[1]] } };
  await writeFile(file, JSON.stringify({ ...labels, ...marks }));
}

test('facts of a story are right or wrong by where they stand; one that stands nowhere is not asked', () => {
  const found = scoreFacts(
    ['before', 'last', 'shown', null, 'shown', 'before'],
    [1, 2, 3, 4, 5, 6],
    [1, 0, 3, 0, 0, 6],
  );
  assert.deepEqual(found, {
    before: { numerator: 2, denominator: 2 },
    last: { numerator: 0, denominator: 1 },
    shown: { numerator: 1, denominator: 2 },
  });
});

test('labels and marks that are of other fields are named', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'labels.json');
  const fields = [{ field: 'place', slot: null, classes: 2 }];
  for (const [wrong, name] of [
    [{ labels: { here: [0, 1] } }, 'here'],
    [{ labels: { here: [0] }, told: { there: [] } }, 'there'],
  ] as const) {
    await writeFile(file, JSON.stringify({ fields, ...wrong }));
    await assert.rejects(readSceneLabels(file), {
      code: 'INVALID',
      message: new RegExp(`${name} has \\d labels for 1 fields`),
    });
  }
});

test('marks are read with their story, and a figure is given for standings that there are', async () => {
  await using folder = await temporaryFolder();
  await writeMarked(folder.path, ['before', 'shown']);
  const { items } = await readStorySet(folder.path);
  assert.deepEqual(
    items.map(({ told }) => told),
    [['before'], ['shown']],
  );

  const golden = JSON.parse(await readFile('test/golden/fixtures/evaluation.json', 'utf8'));
  const oracle = path.join(folder.path, 'oracle.safetensors');
  await writeFormulaFile(oracle, golden.oracle.shapes);
  const { fields } = golden.oracle;
  const told = fields.map((_: unknown, i: number) => (i === 0 ? 'shown' : i < 3 ? 'before' : null));
  const labels = fields.map(() => 0);
  const truth = { truthFile: items[0]!.truthFile, labels };
  await using metrics = await openPictureMetrics({ ...none, oracle }, [{ ...truth, told }, truth], fields);
  const names = metrics.metrics.map(({ name }) => name);
  assert.deepEqual(names.slice(-2), ['said before the last sentence', 'shown and not said']);
  const values = await metrics.measure(formulaPicture(1, 96), 0);
  assert.deepEqual([values['shown asked'], values['before asked'], values['last asked']], [1, 2, undefined]);
  assert.equal((await metrics.measure(formulaPicture(1, 96), 1))['shown asked'], undefined);
});

test('H3 is decided by stories whose pictures show what no sentence says, all else by the others', () => {
  const claims = ['Primary', 'H1', 'H3', undefined];
  for (const [told, decided] of [
    [undefined, ['Primary', 'H1', 'H3']],
    [
      ['before', null],
      ['Primary', 'H1'],
    ],
    [['before', 'shown'], ['H3']],
  ] as const) {
    const decide = decidedBy({ items: [{ told: undefined }, { told }] });
    const kept = claims.map((claim) => decide({ a: 'a', b: 'b', question: '', ...(claim && { claim }) }).claim);
    assert.deepEqual(kept.filter(Boolean), decided);
  }
});
