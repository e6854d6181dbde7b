// `npm run eval` on the bundled package: killed while it draws, resumed, and the same report and pictures as a run that
// was left alone; and what it says to someone who asks for the wrong thing.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { writePicture } from '../../evaluation/pictures/picture.ts';
import { formulaPicture, writeFormulaFile } from '../harness/formula.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());
const folder = parts.use(await temporaryFolder());
const data = path.join(folder.path, 'vist');
const alexnet = path.join(folder.path, 'alexnet.safetensors');
const sentences = ['a red cat in the city', 'it met a dog', 'night came', 'it rained', 'it became blue'];

before(async () => {
  await mkdir(path.join(data, 'images'), { recursive: true });
  const annotations: unknown[] = [];
  for (const story of ['11', '12', '13']) {
    for (const [i, text] of sentences.entries()) {
      annotations.push([{ story_id: story, photo_flickr_id: `${story}-${i}`, text: `${text} ${story}` }]);
      // the last picture of story 13 is missing, as many of the published ones are
      if (story !== '13' || i < 4)
        await writePicture(path.join(data, 'images', `${story}-${i}.png`), formulaPicture(Number(story) + i, 96));
    }
  }
  await writeFile(
    path.join(data, 'val.story-in-sequence.json'),
    JSON.stringify({ images: [], albums: [], annotations }),
  );
  await writeFormulaFile(
    alexnet,
    JSON.parse(await readFile('test/golden/fixtures/evaluation.json', 'utf8')).distance.shapes,
  );
});

const argumentsOf = (out: string): string[] =>
  ['evaluation/run.ts', 'vist', '--data', data, '--out', path.join(folder.path, out), '--alexnet', alexnet].concat([
    '--steps',
    '2',
    '--conditions',
    'truth,text-1,text-5-left,text-5-other',
    '--resamples',
    '100',
  ]);
const resultOf = async (out: string): Promise<unknown[]> => {
  const root = path.join(folder.path, out);
  const drawn = path.join(root, 'pictures', 'text-5-left');
  const names = (await readdir(drawn)).sort();
  return [
    await readFile(path.join(root, 'report.md'), 'utf8'),
    names,
    ...(await Promise.all(names.map((name) => readFile(path.join(drawn, name), 'base64')))),
  ];
};

test('a run killed while it draws is gone on with, and ends as one that was left alone', async () => {
  const killed = spawn(process.execPath, argumentsOf('pieces'), { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(killed, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: killed.stderr })) {
    said.push(line);
    if (line.startsWith('budget')) killed.kill('SIGKILL'); // the first story is measured, the second is not
  }
  await exited;
  assert.match(said.join('\n'), /VIST: 2 items × 4 conditions × 1 seeds = 8 cells, 8 to measure\nbudget/);

  const refused = spawnSync(process.execPath, argumentsOf('pieces'), { encoding: 'utf8' });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /measured cells: pass --resume/);
  const resumed = spawnSync(process.execPath, [...argumentsOf('pieces'), '--resume'], { encoding: 'utf8' });
  assert.equal(resumed.status, 0, resumed.stderr);
  assert.doesNotMatch(resumed.stderr, /, 8 to measure/);
  const whole = spawnSync(process.execPath, argumentsOf('whole'), { encoding: 'utf8' });
  assert.equal(whole.status, 0, whole.stderr);
  assert.deepEqual(await resultOf('pieces'), await resultOf('whole'));

  const report = await readFile(path.join(folder.path, 'whole', 'report.md'), 'utf8');
  assert.match(report, /\| `truth` \| 0\.0000 \[0\.0000, 0\.0000\]/);
  assert.match(report, /LPIPS v0\.1 \(AlexNet\)/);
});

test('refinement is drawn turn by turn and read by the oracle', async () => {
  const own = path.join(folder.path, 'refine');
  await mkdir(path.join(own, 'images'), { recursive: true });
  for (const [name, seed] of [['1-0', 1], ['1-1', 1]] as const) await writePicture(path.join(own, 'images', `${name}.png`), formulaPicture(seed, 96)); // prettier-ignore
  const turns = ['Draw a red fox in the snow', 'Now at night'].map((words, n) => ({ words, parent: n - 1, picture: `1-${n}` })); // prettier-ignore
  await writeFile(path.join(own, 'refinements.json'), JSON.stringify({ dialogues: [{ id: '1', turns }] }));
  const slot = (name: string, counted: boolean) =>
    Object.entries({ kind: 65, colour: 10, ...(counted && { count: 4 }) }).map(([field, classes]) => ({ field, classes, slot: name })); // prettier-ignore
  const fields = [
    ...Object.entries({ place: 8, time: 3, weather: 3 }).map(([field, classes]) => ({ field, classes, slot: null })),
    ...['left', 'middle', 'right', 'sky'].flatMap((name) => slot(name, true)),
    ...['on', 'under'].flatMap((name) => slot(name, false)),
  ];
  const nothing = fields.map(({ field, classes }) => (field === 'count' ? 0 : classes - 1));
  const labels = { '1-0': nothing.with(0, 1).with(1, 0), '1-1': nothing.with(0, 1) };
  await writeFile(path.join(own, 'labels.json'), JSON.stringify({ fields, labels }));
  const argv = ['evaluation/run.ts', 'refine', '--data', own, '--out', path.join(folder.path, 'refined'), '--steps', '4', '--resamples', '100']; // prettier-ignore
  const without = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  assert.match(without.stderr, /^refine needs --oracle/);
  const oracle = ['--oracle', 'training/checkpoints/oracle.safetensors', '--conditions', 'text-last-shown'];
  const { status, stderr } = spawnSync(process.execPath, [...argv, ...oracle], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { values } = JSON.parse(await readFile(path.join(folder.path, 'refined', 'records.jsonl'), 'utf8'));
  assert.deepEqual(
    ['first asked', 'changed asked', 'kept asked', 'pointed right', 'outside asked'].map((name) => values[name]),
    [3, 1, 2, 1, 1],
  );
});

test('what cannot be done is said in a sentence', () => {
  for (const [argv, sentence] of [
    [['vist', '--data', '/nowhere'], /nowhere/],
    [['vist'], /--data/],
    [['nothing', '--data', data], /no task "nothing"/],
    [['vist', '--data', data, '--limit', '0'], /--limit is "0"/],
    [['vist', '--data', data, '--conditions', 'gill'], /no condition "gill".*text-5-left/],
    [['vist', '--data', data, '--colour', 'red'], /--colour/],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, ['evaluation/run.ts', ...argv], { encoding: 'utf8' });
    assert.equal(status, 1, argv.join(' '));
    assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /\n\s+at /, 'a sentence, no stack');
  }
});
