// `npm run eval` on the bundled package and a mapper of made weights: killed while it draws, resumed, and the same report and
// pictures as a run that was left alone; every condition of every task; and what it says to someone who asks for the wrong thing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { writePicture } from '../../evaluation/pictures/picture.ts';
import { evaluate, readRecords, writeDialogues, writeStories } from '../harness/evaluation-sets.ts';
import { formulaPicture, writeFormulaFile } from '../harness/formula.ts';
import { writeMapperPackage } from '../harness/mapper-package.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const parts = new AsyncDisposableStack();
after(() => parts.disposeAsync());
const folder = parts.use(await temporaryFolder());
const data = path.join(folder.path, 'vist');
const model = path.join(folder.path, 'model');
const alexnet = path.join(folder.path, 'alexnet.safetensors');

before(async () => {
  await writeStories(data);
  await mkdir(model);
  await writeMapperPackage(model, 'dialogues');
  const { shapes } = JSON.parse(await readFile('test/golden/fixtures/evaluation.json', 'utf8')).distance;
  await writeFormulaFile(alexnet, shapes);
});

const conditions = ['truth', 'text-5-left', 'gill-5-4'];
const argumentsOf = (out: string): string[] => [
  ...['vist', '--data', data, '--model', model, '--out', path.join(folder.path, out), '--alexnet', alexnet],
  ...['--steps', '2', '--conditions', conditions.join(), '--resamples', '100'],
];
const resultOf = async (out: string): Promise<unknown[]> => {
  const root = path.join(folder.path, out);
  const drawn = path.join(root, 'pictures', 'gill-5-4');
  const names = (await readdir(drawn)).sort();
  return [
    await readFile(path.join(root, 'report.md'), 'utf8'),
    names,
    ...(await Promise.all(names.map((name) => readFile(path.join(drawn, name), 'base64')))),
  ];
};

test('a run killed while it draws is gone on with, and ends as one that was left alone', async () => {
  const killed = spawn(process.execPath, ['evaluation/run.ts', ...argumentsOf('pieces')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(killed, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: killed.stderr })) {
    said.push(line);
    if (line.startsWith('budget')) killed.kill('SIGKILL'); // the first story is measured, the second is not
  }
  await exited;
  assert.match(said.join('\n'), /VIST: 2 items × 3 conditions × 1 seeds = 6 cells, 6 to measure\n[^]*budget/);

  const refused = evaluate(argumentsOf('pieces'));
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /measured cells: pass --resume/);
  const resumed = evaluate([...argumentsOf('pieces'), '--resume']);
  assert.equal(resumed.status, 0, resumed.stderr);
  assert.doesNotMatch(resumed.stderr, /, 6 to measure/);
  const whole = evaluate(argumentsOf('whole'));
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
  const argv = ['refine', '--data', own, '--out', path.join(folder.path, 'refined'), '--steps', '4', '--resamples', '100']; // prettier-ignore
  const without = evaluate(argv);
  assert.match(without.stderr, /^refine needs --oracle/);
  const oracle = ['--oracle', 'training/checkpoints/oracle.safetensors', '--conditions', 'text-last-shown'];
  const { status, stderr } = evaluate([...argv, ...oracle]);
  assert.equal(status, 0, stderr);
  const [refined] = await readRecords(path.join(folder.path, 'refined'));
  assert.deepEqual(
    ['first asked', 'changed asked', 'kept asked', 'pointed right', 'outside asked'].map(
      (name) => refined!.values[name],
    ),
    [3, 1, 2, 1, 1],
  );
});

const recordsBy = async (out: string) =>
  Map.groupBy(await readRecords(path.join(folder.path, out)), ({ condition }) => condition);

test('every condition of VIST makes a picture of its own; the primary pair and the hypotheses come first', async () => {
  const out = path.join(folder.path, 'all');
  const argv = ['vist', '--data', data, '--model', model, '--out', out, '--alexnet', alexnet, '--steps', '2'];
  const { status, stderr } = evaluate([
    ...argv,
    '--resamples',
    '100',
    '--limit',
    '1',
    '--pixel-mini',
    'training/checkpoints',
  ]);
  assert.equal(status, 0, stderr);
  const by = await recordsBy('all');
  assert.equal(by.size, 20);
  const made = new Map<string, string>();
  for (const [condition, records] of by) {
    assert.equal(records.length, 1, condition);
    const { picture, speed, said } = records[0]!;
    if (condition.endsWith('truth')) {
      assert.deepEqual([picture, speed], [undefined, undefined]);
      continue;
    }
    assert.ok(picture !== undefined && speed, condition);
    made.set(await readFile(path.join(out, picture), 'base64'), condition);
    const hasWords = /^(gill|found)-.*(?<!mean)$/.test(condition);
    assert.equal(typeof said, hasWords ? 'string' : 'undefined', condition);
    assert.equal('firstTokenMs' in speed, hasWords, condition);
    assert.equal('firstPreviewMs' in speed, !/^(found|mini)/.test(condition), condition);
    const { firstTokenMs = 0, firstPreviewMs = firstTokenMs, firstPictureMs = 0, modelCpuMs = 0 } = speed;
    assert.ok(firstTokenMs <= firstPreviewMs && firstPreviewMs <= firstPictureMs && modelCpuMs > 0, condition);
  }
  // no text is longer than the window, so both cuts draw the same; the gallery may give one picture twice
  const drawn = [...made.values()].filter((name) => !name.startsWith('found'));
  assert.equal(drawn.length, 15, `alike: ${drawn.join()}`);

  const report = await readFile(path.join(out, 'report.md'), 'utf8');
  assert.match(report, /layout for the mapper \| served/);
  const claims = report.slice(report.indexOf('Written down before'), report.indexOf('### The others'));
  assert.deepEqual(
    Array.from(claims.matchAll(/^\| \*\*(\w+)\*\*.* \| (.+) \| LPIPS.* \| 1 \| \w+ \|$/gm), ([, claim, difference]) => [
      claim,
      difference,
    ]),
    [
      ['Primary', '`gill-5` − `text-5-left`'],
      ['Primary', '`gill-5` − `text-5-right`'],
      ['H1', '`gill-5` − `gill-1`'],
      ['H2', '(`gill-5` − `gill-1`) − (`text-5-left` − `text-1`)'],
      ['H2', '(`gill-5` − `gill-1`) − (`text-5-right` − `text-1`)'],
      ['H3', '`gill-5-4` − `gill-5`'],
      ['H4', '`text-1` − `gill-1`'],
    ],
  );
  const speedTable = await readFile(path.join(out, 'speed.md'), 'utf8');
  assert.match(speedTable, /\| `gill-5-4` \| 1 \| \d+ \| \d+ \| \d+ \| \d+ \| \d+ \| \d+ \|/);
});

test('conditions of VisDial, by a mapper of captions in the paper’s layout, and both seeds of a cell from one reading', async () => {
  const [own, captions] = [path.join(folder.path, 'visdial'), path.join(folder.path, 'captions')];
  await writeDialogues(own);
  await mkdir(captions);
  await writeMapperPackage(captions, 'captions');
  const out = path.join(folder.path, 'dialogues');
  const argv = ['visdial', '--data', own, '--model', captions, '--out', out, '--steps', '2', '--resamples', '100'];
  const conditions = 'truth,gill-1,gill-10,found-10,text-10-shuffled,gill-10-other,gill-10-mean';
  const { status, stderr } = evaluate([...argv, '--limit', '1', '--seeds', '2', '--conditions', conditions]);
  assert.equal(status, 0, stderr);
  const by = await recordsBy('dialogues');
  assert.deepEqual([...by.keys()], conditions.split(','));
  assert.deepEqual([...new Set(Array.from(by.values(), ({ length }) => length))], [2]);
  const [first, second] = by.get('gill-10')!;
  // the second read nothing, and is said to take what the reading took
  assert.ok(second!.speed!.modelCpuMs! > second!.cpuMs);
  assert.notEqual(
    await readFile(path.join(out, first!.picture!), 'base64'),
    await readFile(path.join(out, second!.picture!), 'base64'),
  );
  assert.deepEqual([by.get('gill-10')![0]!.said, typeof by.get('found-10')![0]!.said], ['', 'string']);
  assert.match(await readFile(path.join(out, 'report.md'), 'utf8'), /layout for the mapper \| paper/);
});

test('retrieval, captioning and draw or find take the bundled package as it is', async () => {
  const votes = path.join(folder.path, 'votes.tsv');
  const rows = ['a red fox\tA\tB\t\tgen,gen,gen,gen', 'find a boat\tA\tB\t\tret,ret,ret,ret'];
  await writeFile(votes, ['Prompt\tCategory\tChallenge\tNote\tDecisions', ...rows, ''].join('\n'));
  for (const [task, from, wanted, names] of [
    ['retrieval', data, 'query-1,query-5-4,query-5-other,query-5-4-blank', ['R@1', 'R@5', 'R@10']],
    ['captioning', data, 'picture,other-picture,blank', ['place hits', 'place asked', 'right hits', 'right asked']],
    ['parti', votes, 'decision,always-gen,always-ret', ['gen F1 hits', 'ret F1 chances']],
  ] as const) {
    const argv = [task, '--data', from, '--out', path.join(folder.path, task), '--resamples', '100'];
    const { status, stderr } = evaluate([...argv, '--conditions', wanted]);
    assert.equal(status, 0, stderr);
    const by = await recordsBy(task);
    assert.deepEqual([...by.keys()], wanted.split(','));
    for (const records of by.values()) {
      assert.equal(records.length, 2);
      for (const name of names) assert.equal(typeof records[0]!.values[name], 'number', name);
    }
  }
});

test('what cannot be done is said in a sentence', () => {
  for (const [argv, sentence] of [
    [['vist', '--data', '/nowhere'], /nowhere/],
    [['vist'], /--data/],
    [['nothing', '--data', data], /no task "nothing"/],
    [['vist', '--data', data, '--limit', '0'], /--limit is "0"/],
    [['vist', '--data', data, '--conditions', 'gill'], /no condition "gill".*text-5-left/],
    [['retrieval', '--data', folder.path], /neither val\.story-in-sequence\.json nor/],
    [['vist', '--data', data, '--colour', 'red'], /--colour/],
    [['frechet', '--data', data, '--drawn', data], /--inception or --lite0/],
  ] as const) {
    const { status, stderr } = evaluate(argv);
    assert.equal(status, 1, argv.join(' '));
    assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /\n\s+at /, 'a sentence, no stack');
  }
});
