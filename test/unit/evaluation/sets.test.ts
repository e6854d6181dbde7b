// Published data sets: their forms are read as they are, prompts are the published ones to the character, and what does
// not fit is named.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decideVotes, parsePartiVotes, splitParti, type Vote } from '../../../evaluation/sets/parti-votes.ts';
import { inOtherOrder } from '../../../evaluation/sets/other-order.ts';
import { promptText, visDialPrompt, vistPrompt } from '../../../evaluation/sets/prompts.ts';
import { parseVisDial, visDialImageName } from '../../../evaluation/sets/visdial.ts';
import { parseVist } from '../../../evaluation/sets/vist.ts';
import { readRefinements } from '../../../evaluation/sets/refinements.ts';
import type { Picture } from '../../../evaluation/pictures/picture.ts';
import { differenceOutside } from '../../../evaluation/tasks/refine-metrics.ts';
import { pointedAt } from '../../../evaluation/tasks/refine.ts';
import { createTextWindow } from '../../../evaluation/model/text-window.ts';
import { isAppError } from '../../harness/is-app-error.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const annotation = (story: string, i: number) => ({
  original_text: `Sentence ${i} of ${story}.`,
  album_id: '44277',
  photo_flickr_id: `${story}9${i}`,
  setting: 'first-2-pick-and-tell',
  worker_id: 'A1B2',
  story_id: story,
  tier: 'story-in-sequence',
  worker_arranged_photo_order: 4 - i, // never used to sort
  text: `sentence ${i} of ${story} .`,
  storylet_id: `${story}${i}`,
});
const vistFile = {
  info: { year: 2016, version: '1.2' },
  images: [
    { id: '453', album_id: '44277', url_o: 'https://example.invalid/453.jpg', title: '' },
    { id: '454', album_id: '44277' },
  ],
  albums: [{ id: '44277', title: 'a walk' }],
  annotations: [
    // stories may be interleaved: they are grouped in the order of their first sentence
    [annotation('7', 0)],
    [annotation('7', 1)],
    [annotation('3', 0)],
    [annotation('7', 2)],
    ...[1, 2, 3, 4].map((i) => [annotation('3', i)]),
    [annotation('7', 3)],
    [annotation('7', 4)],
  ],
};

describe('VIST', () => {
  const stories = parseVist(JSON.stringify(vistFile), 'val');

  test('stories stand in the order of the file', () => {
    assert.deepEqual(
      stories.map(({ id, frames }) => [id, frames.map(({ imageId }) => imageId)]),
      [
        ['7', ['790', '791', '792', '793', '794']],
        ['3', ['390', '391', '392', '393', '394']],
      ],
    );
  });
  test('prompts of the three settings', () => {
    const [story] = stories;
    assert.deepEqual(vistPrompt(story!, '1-caption'), [{ kind: 'text', text: 'sentence 4 of 7 .' }]);
    assert.deepEqual(vistPrompt(story!, '5-captions'), [
      {
        kind: 'text',
        text: 'sentence 0 of 7 . sentence 1 of 7 . sentence 2 of 7 . sentence 3 of 7 . sentence 4 of 7 .',
      },
    ]);
    assert.deepEqual(vistPrompt(story!, '5-captions-4-images'), [
      { kind: 'text', text: 'sentence 0 of 7 .' },
      { kind: 'image', imageId: '790' },
      { kind: 'text', text: 'sentence 1 of 7 .' },
      { kind: 'image', imageId: '791' },
      { kind: 'text', text: 'sentence 2 of 7 .' },
      { kind: 'image', imageId: '792' },
      { kind: 'text', text: 'sentence 3 of 7 .' },
      { kind: 'image', imageId: '793' },
      { kind: 'text', text: 'sentence 4 of 7 .' },
    ]);
  });
  test('a text encoder is never given a picture', () => {
    assert.throws(
      () => promptText(vistPrompt(stories[0]!, '5-captions-4-images')),
      isAppError('INVALID', /picture 790/),
    );
  });
  test('a story of four sentences is refused by name', () => {
    const broken = { ...vistFile, annotations: vistFile.annotations.slice(0, -1) };
    assert.throws(
      () => parseVist(JSON.stringify(broken), 'val.json'),
      isAppError('INVALID', /val\.json: story 7 has 4/),
    );
  });
  test('what is not VIST’s form is named by its place', () => {
    const broken = { annotations: [[{ story_id: '1', text: 'x' }]] };
    assert.throws(
      () => parseVist(JSON.stringify(broken), 'val.json'),
      isAppError('INVALID', /annotations\.0\.0\.photo_flickr_id/),
    );
    assert.throws(() => parseVist('{', 'val.json'), isAppError('INVALID', /not JSON/));
  });
});

const visDialFile = {
  version: '1.0',
  split: 'val',
  data: {
    questions: ['is it sunny', 'how many dogs', ...Array.from({ length: 8 }, (_, i) => `question ${i}`)],
    answers: ['no it is snowing', '2', ...Array.from({ length: 98 }, (_, i) => `answer ${i}`)],
    dialogs: [
      {
        image_id: 185565,
        caption: 'two dogs on dirt',
        dialog: Array.from({ length: 10 }, (_, i) => ({
          question: (i + 1) % 10,
          answer: i === 9 ? 0 : i + 1,
          answer_options: Array.from({ length: 100 }, (_, k) => k),
          gt_index: 3,
        })),
      },
    ],
  },
};

describe('VisDial', () => {
  const [dialog] = parseVisDial(JSON.stringify(visDialFile), 'val');

  test('texts are those that the dialogue points to', () => {
    assert.deepEqual(dialog!.rounds[0], { question: 'how many dogs', answer: '2' });
    assert.deepEqual(dialog!.rounds[9], { question: 'is it sunny', answer: 'no it is snowing' });
  });
  test('prompts: rounds by line, no caption, nothing after the last answer', () => {
    assert.equal(visDialPrompt(dialog!, 1), 'Q: how many dogs?\nA: 2');
    assert.equal(visDialPrompt(dialog!, 2), 'Q: how many dogs?\nA: 2\nQ: question 0?\nA: answer 0');
    const all = visDialPrompt(dialog!, 10);
    assert.ok(all.endsWith('\nQ: is it sunny?\nA: no it is snowing'));
    assert.equal(all.split('\n').length, 20);
    assert.ok(!all.includes('two dogs'));
  });
  test('pictures are named as the published folder names them', () => {
    assert.equal(visDialImageName(185565), 'VisualDialog_val2018_000000185565');
  });
  test('a pointer out of the lists, a short dialogue and another version are refused', () => {
    const change = (edit: (file: typeof visDialFile) => void): string => {
      const file = structuredClone(visDialFile);
      edit(file);
      return JSON.stringify(file);
    };
    assert.throws(
      () =>
        parseVisDial(
          change((f) => (f.data.dialogs[0]!.dialog[2]!.answer = 100)),
          'val',
        ),
      isAppError('INVALID', /answer 100.*10 and 100/),
    );
    assert.throws(
      () =>
        parseVisDial(
          change((f) => f.data.dialogs[0]!.dialog.pop()),
          'val',
        ),
      isAppError('INVALID', /9 rounds/),
    );
    assert.throws(
      () =>
        parseVisDial(
          change((f) => (f.version = '0.9')),
          'val',
        ),
      isAppError('INVALID', /version/),
    );
  });
});

describe('PartiPrompts', () => {
  const votes = (text: string): Vote[] => text.split(' ') as Vote[];

  test('the rule of votes', () => {
    for (const [cast, label] of [
      ['gen gen gen gen gen', 'gen'],
      ['gen gen gen gen ret', 'gen'],
      ['gen gen gen ret same', 'gen'],
      ['gen gen gen same same', 'gen'],
      ['gen gen gen ret ret', 'same'],
      ['ret ret ret gen same', 'ret'],
      ['ret ret ret ret', 'ret'], // two rows have four votes
      ['gen gen ret ret', 'same'],
      ['gen gen same same same', 'same'],
      ['same same same same same', 'same'],
    ] as const)
      assert.equal(decideVotes(votes(cast)), label, cast);
  });
  test('the order of votes never matters, and the two sides are treated alike', () => {
    const vote = fc.constantFrom<Vote>('gen', 'ret', 'same');
    const other = { gen: 'ret', ret: 'gen', same: 'same' } as const;
    fc.assert(
      fc.property(fc.array(vote, { minLength: 4, maxLength: 5 }), (cast) => {
        const label = decideVotes(cast);
        assert.equal(decideVotes(cast.toReversed()), label);
        assert.equal(decideVotes(cast.map((v) => other[v])), other[label]);
      }),
    );
  });
  test('600 labelled rows train and the rest test, in file order; all are counted', () => {
    // as many of each as the published file gives: 592, 319 and 721
    const kinds = [
      ...Array.from({ length: 592 }, () => 'gen,gen,gen,gen,ret'),
      ...Array.from({ length: 319 }, () => 'ret,ret,ret,same,gen'),
      ...Array.from({ length: 721 }, () => 'gen,gen,ret,ret,same'),
    ];
    const lines = inOtherOrder(kinds, 'parti').map((cast, i) => `prompt ${i}\tAbstract\tBasic\t\t${cast}`);
    const rows = parsePartiVotes(
      ['Prompt\tCategory\tChallenge\tNote\tDecisions', ...lines, ''].join('\n'),
      'parti.tsv',
    );
    const { counts, training, test: held } = splitParti(rows);
    assert.deepEqual(counts, { gen: 592, ret: 319, same: 721 });
    assert.deepEqual([training.length, held.length], [600, 311]);
    const numbers = [...training, ...held].map(({ prompt }) => Number(prompt.split(' ')[1]));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
  });
  test('a file of fewer rows is all test', () => {
    const rows = Array.from({ length: 600 }, (_, i) => ({ prompt: `${i}`, category: '', challenge: '', votes: votes('gen gen gen gen') })); // prettier-ignore
    const { training, test: held } = splitParti(rows);
    assert.deepEqual([training.length, held.length], [0, 600]);
  });
  test('a word that is no vote is named by its line', () => {
    assert.throws(
      () => parsePartiVotes('Prompt\tCategory\tChallenge\tNote\tDecisions\na\tb\tc\t\tgen,maybe\n', 'p.tsv'),
      isAppError('INVALID', /line 2.*maybe/),
    );
    assert.throws(() => parsePartiVotes('Prompt\tCategory\n', 'p.tsv'), isAppError('INVALID', /Challenge/));
  });
});

describe('what controls and baselines are told', () => {
  test('another order holds the same and is never the same order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { minLength: 2 }), fc.string(), (values, name) => {
        const other = inOtherOrder(values, name);
        assert.notDeepEqual(other, values);
        assert.deepEqual(other.toSorted(), values.toSorted());
        assert.deepEqual(inOtherOrder(values, name), other);
      }),
    );
  });
  test('a window keeps as many whole words as fit, of either end', () => {
    const { truncate } = createTextWindow((text) => text.replaceAll(/\s/g, '').length, 7);
    assert.equal(truncate('ab cd ef gh', 'right'), 'ab cd ef');
    assert.equal(truncate('ab cd ef gh', 'left'), 'cd ef gh');
    assert.equal(truncate('abc de', 'right'), 'abc de');
    assert.equal(truncate('toolongword', 'left'), '');
  });
});

describe('refinements', () => {
  const grey = (side: number, ...levels: number[]): Picture => ({
    width: side,
    height: side,
    rgb: Uint8Array.from({ length: 3 * side * side }, (_, i) => levels[Math.floor(i / 3)] ?? levels.at(-1)!),
  });
  test('pixels count where both true pictures are the same', () => {
    const [before, now] = [grey(2, 0, 0, 0, 0), grey(2, 0, 0, 0, 9)];
    const changed = grey(4, ...[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 200, 200, 1, 1, 200, 200]);
    assert.equal(differenceOutside(before, now, grey(4, 0), changed), 1);
    assert.equal(differenceOutside(before, grey(2, 9), grey(4, 0), changed), undefined);
    assert.throws(() => differenceOutside(before, now, grey(3, 0), grey(3, 0)), isAppError('INVALID', /3 pixels/));
  });
  test('the picture meant is counted among those of the dialogue, as the server counts', () => {
    const pointer = (...probabilities: number[]) => ({ type: 'image', parent: { probabilities } }) as const;
    assert.equal(pointedAt(undefined, 3), -1);
    assert.equal(pointedAt({ type: 'image' }, 0), -1);
    assert.equal(pointedAt(pointer(0.5, 0.3, 0.2), 2), -1);
    assert.equal(pointedAt(pointer(0.2, 0.3, 0.5), 2), 1);
    assert.equal(pointedAt(pointer(0.1, 0.6, 0.1, 0.1, 0.1), 9), 5); // the newest are pointed at
  });
  test('a file that is none is refused with a sentence', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'refinements.json');
    const turn = { words: 'a fox', parent: -1, picture: '1-0' };
    await writeFile(file, JSON.stringify({ dialogues: [{ id: '1', turns: [turn] }] }));
    await assert.rejects(readRefinements(file), isAppError('INVALID', /refinements\.json/));
    await writeFile(file, JSON.stringify({ dialogues: [{ id: '1', turns: [turn, { ...turn, parent: 0 }] }] }));
    assert.equal((await readRefinements(file))[0]!.turns.length, 2);
    for (const parents of [
      [-1, -1],
      [-1, 1],
      [0, 0],
      [-1, ...Array.from({ length: 16 }, () => 0)],
    ]) {
      const turns = parents.map((parent) => ({ ...turn, parent }));
      await writeFile(file, JSON.stringify({ dialogues: [{ id: '1', turns }] }));
      await assert.rejects(readRefinements(file), isAppError('INVALID', /refinements\.json/), String(parents));
    }
  });
});
