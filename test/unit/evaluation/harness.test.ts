// The harness: a run that was killed goes on and gives the same report; runs of other settings never mix; figures are
// those of the records.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { cellKey, openRecords } from '../../../evaluation/harness/records.ts';
import { runTask } from '../../../evaluation/harness/run-task.ts';
import { readPicture } from '../../../evaluation/pictures/picture.ts';
import { countingOptions, countingTask } from '../../harness/counting-task.ts';
import { isAppError } from '../../harness/is-app-error.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const never = new AbortController().signal;
const cells = 9 * 2 * 2;

async function filesOf(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  // times differ from run to run, and a resumed run's records may stand in another order
  const kept = names.filter((name) => name !== 'speed.md' && name !== 'records.jsonl').sort();
  return new Map(
    await Promise.all(kept.map(async (name) => [name, await readFile(path.join(folder, name), 'base64')] as const)),
  );
}

test('a run killed in the middle of a line goes on, measures the rest and gives the same files', async () => {
  await using whole = await temporaryFolder();
  await using pieces = await temporaryFolder();
  await runTask(countingTask(), countingOptions(whole.path), never);

  const killed = spawnSync(process.execPath, ['test/harness/counting-task.ts', pieces.path, '17'], {
    encoding: 'utf8',
  });
  assert.equal(killed.signal, 'SIGKILL', killed.stderr);
  assert.ok(!existsSync(path.join(pieces.path, 'report.md')));
  assert.ok(!(await readFile(path.join(pieces.path, 'records.jsonl'), 'utf8')).endsWith('\n'));

  const rest = countingTask();
  await runTask(rest, countingOptions(pieces.path, { resume: true }), never);
  assert.equal(rest.measured.length, cells - 17);
  assert.deepEqual(rest.prepared.toSorted(), ['better', 'plain'], 'each condition once');
  assert.deepEqual(await filesOf(pieces.path), await filesOf(whole.path));
  const again = countingTask();
  await runTask(again, countingOptions(pieces.path, { resume: true }), never);
  assert.deepEqual([again.measured, again.prepared], [[], []]);
});

test('a folder that holds records is only gone on with when asked, and only by the same settings', async () => {
  await using folder = await temporaryFolder();
  await runTask(countingTask(), countingOptions(folder.path, { limit: 2, seeds: 1 }), never);
  await assert.rejects(
    runTask(countingTask(), countingOptions(folder.path), never),
    isAppError('CONFLICT', /holds 4 measured cells.*--resume/),
  );
  const other = { ...countingTask(), settings: { of: 'other cells' } };
  await assert.rejects(
    runTask(other, countingOptions(folder.path, { resume: true }), never),
    isAppError('CONFLICT', /"of" is "cells", not "other cells"/),
  );
  // more items and seeds of the same settings are no other run
  const more = countingTask();
  await runTask(more, countingOptions(folder.path, { resume: true }), never);
  assert.equal(more.measured.length, cells - 4);
});

test('parts measured apart and their records joined give the files of the whole', async () => {
  await using whole = await temporaryFolder();
  await using joined = await temporaryFolder();
  await using part = await temporaryFolder();
  await runTask(countingTask(), countingOptions(whole.path), never);
  await runTask(countingTask(), countingOptions(joined.path, { limit: 5 }), never);
  const rest = countingTask();
  const report = await runTask(rest, countingOptions(part.path, { first: 5, limit: 5 }), never);
  assert.deepEqual([rest.measured.length, rest.measured[0]!.index], [4 * 2 * 2, 5]);
  assert.match(await readFile(report!, 'utf8'), /^4 items from item 5 on, counted from 0, 2 seeds/m);
  const none = runTask(countingTask(), countingOptions(part.path, { first: 9, resume: true }), never);
  await assert.rejects(none, isAppError('INVALID', /of 9, from item 9 on/));

  // the second part's pictures beside its records, as `cp -r` brings them
  await cp(path.join(part.path, 'pictures'), path.join(joined.path, 'pictures'), { recursive: true });
  await appendFile(
    path.join(joined.path, 'records.jsonl'),
    await readFile(path.join(part.path, 'records.jsonl'), 'utf8'),
  );
  const nothing = countingTask();
  await runTask(nothing, countingOptions(joined.path, { resume: true }), never);
  assert.deepEqual(nothing.measured, []);
  assert.deepEqual(await filesOf(joined.path), await filesOf(whole.path));
});

test('the estimate measures one cell of each condition and keeps none', async () => {
  await using folder = await temporaryFolder();
  const task = countingTask();
  const said: string[] = [];
  const options = countingOptions(folder.path, { estimateOnly: true, say: (line) => said.push(line) });
  assert.equal(await runTask(task, options, never), undefined);
  assert.deepEqual(
    task.measured.map(({ condition }) => condition),
    ['plain', 'better'],
  );
  assert.match(said.join('\n'), /9 items × 2 conditions × 2 seeds = 36 cells.*\n.*budget .* for 36 cells/);
  assert.deepEqual(await readdir(folder.path), []);
});

test('the report tells what the records hold', async () => {
  await using folder = await temporaryFolder();
  const file = await runTask(countingTask(), countingOptions(folder.path), never);
  const report = await readFile(file!, 'utf8');
  await using records = await openRecords(path.join(folder.path, 'records.jsonl'));
  assert.equal(records.all.size, cells);
  const of = (condition: string) => [...records.all.values()].filter((record) => record.condition === condition);
  const scores = of('better').map(({ values }) => values['score']!);
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const [loss, tokens] = ['loss', 'tokens'].map((name) =>
    of('better').reduce((sum, { values }) => sum + values[name]!, 0),
  );
  const row = report.split('\n').find((line) => line.startsWith('| `better` |'))!;
  assert.ok(row.includes(mean.toFixed(4)), row);
  assert.ok(row.includes(Math.exp(loss! / tokens!).toFixed(4)), row);
  // 0.9 better on every item: certain, and always by as much
  assert.match(report, /Is it better\? .* score ↑ \| \+0\.9000 \[\+0\.9000, \+0\.9000\] \| 0\.004 \| 9 \|/);
  // 1 of 2 of every item, and 0 + 1 + … + 8 of 9 × 8
  assert.ok(row.includes(((1 / 2 + 1 / 2) / 2).toFixed(4)), row);
  assert.match(report, /before the run[^]*\*\*H9\*\* By more than nothing\? \| \(`better` − `plain`\) − \(`plain` − `plain`\) \| score ↑ \| \+0\.9000 .* \| for \|/); // prettier-ignore
  assert.match(report, /`better` − `plain` \| loss ↓ .* \| for \|/);
  const [first] = records.all.values();
  assert.deepEqual([first?.said, first?.speed], ['0', { firstTokenMs: 0, modelCpuMs: 7 }]);
  const speed = await readFile(path.join(folder.path, 'speed.md'), 'utf8');
  assert.match(speed, /\| `plain` \| 18 \| 4 \| – \| – \| 7 \|/);
  const sheet = await readPicture(path.join(folder.path, 'contact-sheet.png'));
  assert.deepEqual([sheet.width, sheet.height], [4 + 3 * 100, 4 + 9 * 100]);
  assert.match(await readFile(path.join(folder.path, 'plots/score.svg'), 'utf8'), /<svg[^]*plain[^]*better[^]*<\/svg>/);
});

test('a line that is no record is named and nothing is lost', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'records.jsonl');
  const record = { item: 'a', condition: 'b', seed: 0, values: { x: 1 }, wallMs: 1, cpuMs: 1 };
  await writeFile(file, `${JSON.stringify(record)}\n{"half":`);
  {
    await using records = await openRecords(file);
    assert.deepEqual([...records.all.keys()], [cellKey(record)]);
    await records.append({ ...record, seed: 1 });
  }
  const text = await readFile(file, 'utf8');
  assert.equal(text.trim().split('\n').length, 2);
  await writeFile(file, `not a record\n${text}`);
  await assert.rejects(openRecords(file), isAppError('INVALID', /line 1/));
});

test('a value that is no number stops the run with its name', async () => {
  await using folder = await temporaryFolder();
  const broken = { ...countingTask(), measure: () => Promise.resolve({ values: { score: NaN } }) };
  await assert.rejects(
    runTask(broken, countingOptions(folder.path), never),
    isAppError('INTERNAL', /score of item item\/0.* is NaN/),
  );
});
