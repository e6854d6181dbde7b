// Whose a folder of a run is, and what else than its JSON file a set is.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { claimFolder } from '../../../evaluation/harness/claim-folder.ts';
import { runTask } from '../../../evaluation/harness/run-task.ts';
import { openPictureMetrics } from '../../../evaluation/tasks/picture-metrics.ts';
import { itemOf, readStorySet } from '../../../evaluation/sets/picture-sets.ts';
import { readPicture, writePicture } from '../../../evaluation/pictures/picture.ts';
import { countingOptions, countingTask } from '../../harness/counting-task.ts';
import { evaluate, writeStories } from '../../harness/evaluation-sets.ts';
import { formulaPicture } from '../../harness/formula.ts';
import { isAppError } from '../../harness/is-app-error.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const never = new AbortController().signal;

describe('a folder', () => {
  test('that holds no record yet is anyone’s, and a run that failed at once has not taken it', async () => {
    await using folder = await temporaryFolder();
    await (await claimFolder(folder.path, { steps: 99999 }))[Symbol.asyncDispose]();
    await (await claimFolder(folder.path, { steps: 12 }))[Symbol.asyncDispose]();
    assert.deepEqual(JSON.parse(await readFile(path.join(folder.path, 'settings.json'), 'utf8')), { steps: 12 });
  });

  test('with records of which nothing is known is nobody’s', async () => {
    await using folder = await temporaryFolder();
    await runTask(countingTask(), countingOptions(folder.path, { limit: 1 }), never);
    await rm(path.join(folder.path, 'settings.json'));
    await assert.rejects(
      runTask(countingTask(), countingOptions(folder.path, { limit: 1, resume: true }), never),
      isAppError('CONFLICT', /holds records, but no settings\.json/),
    );
    await writeFile(path.join(folder.path, 'settings.json'), 'null');
    await assert.rejects(claimFolder(folder.path, {}), isAppError('CONFLICT', /holds no settings/));
  });

  test('is one process’s at a time, and that of a killed one is taken over', async () => {
    await using folder = await temporaryFolder();
    {
      await using _held = await claimFolder(folder.path, {});
      await assert.rejects(claimFolder(folder.path, {}), isAppError('CONFLICT', new RegExp(`process ${process.pid}`)));
    }
    await writeFile(path.join(folder.path, 'in-use'), '999999999\n');
    await (await claimFolder(folder.path, {}))[Symbol.asyncDispose]();
    assert.ok(!(await readdir(folder.path)).includes('in-use'));
  });

  test('that is a file is refused with a sentence', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'out');
    await writeFile(file, '');
    await assert.rejects(claimFolder(file, {}), isAppError('INVALID', /out cannot be a folder/));
  });
});

test('two items of one name are refused: a record would be both’s', async () => {
  await using folder = await temporaryFolder();
  const task = { ...countingTask(), items: ['a', 'b', 'a'] };
  await assert.rejects(runTask(task, countingOptions(folder.path), never), isAppError('INVALID', /called "a"/));
});

describe('a set', () => {
  test('is another one by a picture more, a picture of another size, or another label', async () => {
    await using folder = await temporaryFolder();
    await writeStories(folder.path);
    const seen = async () => (await readStorySet(folder.path)).identity.pictures;
    const found = [await seen()];
    assert.equal(await seen(), found[0]);
    const picture = (name: string) => path.join(folder.path, 'images', `${name}.png`);
    await writeFile(picture('13-4'), await readFile(picture('13-3'))); // the third story is whole now
    found.push(await seen());
    await writePicture(picture('11-0'), formulaPicture(1, 64));
    found.push(await seen());
    const labels = path.join(folder.path, 'labels.json');
    await writeFile(labels, (await readFile(labels, 'utf8')).replace('[0]', '[1]'));
    found.push(await seen());
    assert.equal(new Set(found).size, found.length, found.join(' '));
    await writeFile(picture('12-0'), '');
    await assert.rejects(seen(), isAppError('INVALID', /12-0\.png cannot be read as a picture/));
  });

  test('told anew of the same photographs is neither another item nor another candidate', async () => {
    await using folder = await temporaryFolder();
    await writeStories(folder.path);
    const file = path.join(folder.path, 'val.story-in-sequence.json');
    const told = JSON.parse(await readFile(file, 'utf8')) as { annotations: { story_id: string }[][] };
    const again = told.annotations
      .filter(([sentence]) => sentence!.story_id === '11')
      .map(([sentence]) => [{ ...sentence!, story_id: '11 again' }]);
    const at = 5; // behind the story itself, as in the published file
    await writeFile(file, JSON.stringify({ ...told, annotations: told.annotations.toSpliced(at, 0, ...again) }));
    const { items, labels } = await readStorySet(folder.path);
    assert.deepEqual(items.map(({ id }) => id), ['11', '11 again', '12']); // prettier-ignore
    assert.deepEqual(items.map((_, i) => itemOf(items, i, 'other').id), ['12', '12', '11']); // prettier-ignore
    const files = { clip: undefined, alexnet: undefined, lite0: undefined, oracle: undefined };
    const scene = { ...files, metric: 'training/checkpoints/metric.safetensors' };
    await using metrics = await openPictureMetrics(scene, items, labels?.fields);
    const values = await metrics.measure(await readPicture(items[0]!.truthFile), 0);
    assert.equal(values['Scene R@1'], 1);
  });
});

test('an option that a task does not look at is refused, and what is no number or too large', async () => {
  await using folder = await temporaryFolder();
  await mkdir(path.join(folder.path, 'data'));
  for (const [argv, sentence] of [
    [['perplexity', '--data', '.', '--conditions', 'x'], /^perplexity takes no --conditions$/m],
    [['gate', '--data', '.', '--precision', 'float32'], /^gate takes no --precision$/m],
    [['vist', 'visdial', '--data', '.'], /one task at a time: "visdial"/],
    [['vist', '--data', '.', '--guidance', 'abc'], /--guidance is "abc"/],
    [['vist', '--data', '.', '--seeds', '999999999'], /--seeds is "999999999", but must be .* to 1000/],
  ] as const) {
    const { status, stderr } = evaluate(argv);
    assert.equal(status, 1, argv.join(' '));
    assert.match(stderr, sentence);
  }
});
