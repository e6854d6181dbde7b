// What `npm run eval -- gate` prints: shares with Wilson's interval, for turns as the file has them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { countedShare } from '../../../evaluation/metrics/wilson.ts';
import { parseHandDialogues } from '../../../evaluation/sets/hand-dialogues.ts';
import { parseHandTurns, type HandTurn } from '../../../evaluation/sets/hand-turns.ts';
import { gateTables } from '../../../evaluation/tasks/gate.ts';
import { meantTables } from '../../../evaluation/tasks/hand-pictures.ts';
import { isAppError } from '../../harness/is-app-error.ts';

test('Wilson’s interval ends where what was counted is just as far off as 95 % allow', () => {
  const deviations = (share: number, chance: number, of: number): number =>
    Math.abs(share - chance) / Math.sqrt((chance * (1 - chance)) / of);
  for (const [hits, of] of [
    [90, 100],
    [1, 3],
    [199, 200],
    [0, 10],
    [10, 10],
  ] as const) {
    const { value, low, high } = countedShare(hits, of)!;
    assert.equal(value, hits / of);
    if (hits === 0) assert.ok(low < 1e-12);
    else assert.ok(Math.abs(deviations(value, low, of) - 1.959964) < 1e-6, `${hits} of ${of}: ${low}`);
    if (hits === of) assert.ok(high > 1 - 1e-12);
    else assert.ok(Math.abs(deviations(value, high, of) - 1.959964) < 1e-6, `${hits} of ${of}: ${high}`);
  }
  assert.equal(countedShare(0, 0), undefined);
});

describe('turns written by hand', () => {
  test('are read with what goes before them', () => {
    const file = '# words\nyes\ta red fox\nno\t(I like cats.) me too\nyes\t[a boat] (at) night\n';
    const turns = parseHandTurns(file, 'x.txt');
    assert.deepEqual(
      turns.map(({ said, wanted, behind, turns: all }) => [said, wanted, behind, all.length]),
      [
        ['a red fox', true, 'nothing', 1],
        ['me too', false, 'words', 3],
        ['(at) night', true, 'picture', 3],
      ],
    );
    const shown = turns.map((turn) => turn.turns.flatMap(({ parts }) => parts).filter(({ kind }) => kind === 'image'));
    assert.deepEqual(shown, [[], [], [{ kind: 'image', produced: true }]]);
    assert.deepEqual(turns[2]!.turns.at(-1), { role: 'user', parts: [{ kind: 'text', text: '(at) night' }] });
    assert.throws(() => parseHandTurns('yes\tx\nperhaps\ty\n', 'x.txt'), isAppError('INVALID', /x\.txt: line 2/));
    assert.throws(() => parseHandTurns('# none\n', 'x.txt'), isAppError('INVALID', /no turn/));
  });

  test('of the repository are 200, half of which want a picture', async () => {
    const turns = parseHandTurns(await readFile('training/turns-gate.txt', 'utf8'), 'turns-gate.txt');
    assert.deepEqual([turns.length, turns.filter(({ wanted }) => wanted).length], [200, 100]);
  });
});

test('the tables count what was shown at each bias, and name what went wrong', async () => {
  const said = ['yes\ta', 'yes\t[x] b', 'yes\tc', 'no\t(x) d', 'no\te'].join('\n');
  const shownAt: Readonly<Record<string, string>> = { '-1': 'a', '0': 'abd', '1': 'abcd' };
  const shows = (turn: HandTurn, bias: number): Promise<boolean> =>
    Promise.resolve(shownAt[String(bias)]!.includes(turn.said));
  const lines = (await gateTables(parseHandTurns(said, 'x'), shows)).split('\n').filter((line) => line !== '');
  assert.deepEqual(lines.slice(2, 5).map((line) => line.replaceAll(/ \[[^\]]*\]/g, '')), [
    '| −1 | 3 | 1 | 1 | 1.000 | 0.333 |',
    '| 0 | 3 | 3 | 2 | 0.667 | 0.667 |',
    '| +1 | 3 | 4 | 3 | 0.750 | 1.000 |',
  ]); // prettier-ignore
  assert.match(lines[2]!, /1\.000 \[0\.207, 1\.000\] \| 0\.333 \[0\.061, 0\.792\]/);
  assert.ok(lines.includes('| picture | 1 | 1 | 1 | 1.000 [0.207, 1.000] | 1.000 [0.207, 1.000] |'));
  assert.ok(lines.includes('| words | 0 | 1 | 0 | 0.000 [0.000, 0.793] | – |'));
  assert.deepEqual(lines.slice(-3), ['Wrong at 0: 2 of 5.', '- missed: c', '- shown without need, behind words: d']);
});

describe('dialogues written by hand', () => {
  test('are read with their pictures, and counted by what is wanted', async () => {
    const file =
      '# words\n0\ta red fox\n1\t[a boat] (I like it.) [now red] the first one\n2\t[a boat] [now red] at night\n';
    const dialogues = parseHandDialogues(file, 'x.txt');
    assert.deepEqual(
      dialogues.map(({ number, pictures, turns }) => [number, pictures, turns.length]),
      [
        [0, 0, 1],
        [1, 2, 7],
        [2, 2, 5],
      ],
    );
    const lines = (await meantTables(dialogues, ({ number }) => Promise.resolve(number === 1 ? 2 : number))).split(
      '\n',
    );
    assert.ok(lines.includes('| an older one | 1 | 0 | 0.000 [0.000, 0.793] |'), lines.join('\n'));
    assert.ok(lines.includes('| the newest | 2 | 2 | 1.000 [0.342, 1.000] |'), lines.join('\n'));
    assert.equal(lines.at(-1), '- 2, not 1: [a boat] (I like it.) [now red] the first one');
    assert.throws(() => parseHandDialogues('1\tx\nyes\ty\n', 'x.txt'), isAppError('INVALID', /x\.txt: line 2/));
  });

  test('of the repository are 100 for the pointer and 60 for how many', async () => {
    for (const [name, count, ofNone] of [
      ['turns-pointer.txt', 100, 16],
      ['turns-several.txt', 60, 0],
    ] as const) {
      // prettier-ignore
      const dialogues = parseHandDialogues(await readFile(`training/${name}`, 'utf8'), name);
      assert.deepEqual([dialogues.length, dialogues.filter(({ number }) => number === 0).length], [count, ofNone]);
      if (ofNone > 0) assert.ok(dialogues.every(({ number, pictures }) => number <= pictures));
    }
  });
});
