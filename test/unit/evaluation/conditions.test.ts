// Pure parts of the conditions and tasks: what is measured of what a package can do, who is found, what is named, what a mean is.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseConditions } from '../../../evaluation/harness/choose-conditions.ts';
import { createNamer, type NamedFigure } from '../../../evaluation/metrics/named-fields.ts';
import { findNearest, similaritiesTo } from '../../../evaluation/model/gallery.ts';
import { averageOf } from '../../../evaluation/tasks/make-picture.ts';
import { gill, found, lackingFor, long, mini, text, truths } from '../../../evaluation/tasks/picture-conditions.ts';
import { rankAmongUnshown } from '../../../evaluation/tasks/retrieval.ts';
import { floatToHalf, fromWire, halfToFloat, toWire } from '../../../functions/engine/half.ts';
import { openModelPackage, type GillManifest } from '../../../functions/engine/model-package.ts';
import { modelFolder } from '../../harness/decoder-logits.ts';
import { isAppError } from '../../harness/is-app-error.ts';

describe('which conditions are measured', async () => {
  const { manifest } = await openModelPackage(modelFolder);
  const prompts = {
    5: [{ kind: 'text', text: 'a fox' }],
    '5-4': [
      { kind: 'text', text: 'a fox' },
      { kind: 'image', imageId: '1' },
    ],
  } as const;
  const all = [
    ...truths,
    text('5', 'left', 'text-5', ''),
    gill('5', 'gill-5', ''),
    gill('5-4', 'gill-5-4', ''),
    found('5', 'found-5', ''),
  ];
  const contrasts = [
    { a: 'gill-5', b: 'text-5', question: 'x' },
    { a: 'found-5', b: 'text-5', question: 'y' },
    { a: 'found-5', b: 'text-5', beyond: { a: 'gill-5', b: 'text-5' }, question: 'z' },
  ];
  const nothing = { longTower: undefined, pixelMini: undefined };
  const choose = (heads: Partial<GillManifest>, only?: readonly string[]) => {
    const { mapper: _mapper, vision: _vision, choices: _choices, ...rest } = manifest.gill!;
    const own = { ...manifest, gill: { ...rest, ...heads } };
    return chooseConditions(all, contrasts, only, (condition) => lackingFor(condition, own, prompts, nothing));
  };
  const names = ({ conditions }: ReturnType<typeof choose>): readonly string[] => conditions.map(({ name }) => name);

  test('all that the package can do, with what it cannot, and why', () => {
    const whole = choose({ mapper: 'm', vision: 'v', choices: 'c' });
    assert.deepEqual(names(whole), all.map(({ name }) => name)); // prettier-ignore
    assert.equal(whole.settings['left out'], undefined);
    assert.equal(whole.contrasts.length, 3);

    const blind = choose({ mapper: 'm', choices: 'c' });
    assert.deepEqual(names(blind).slice(2), ['text-5', 'gill-5', 'found-5']);
    assert.equal(blind.settings['left out'], 'gill-5-4 (no image encoder)');

    const bare = choose({ choices: 'c' });
    assert.deepEqual(names(bare).slice(2), ['text-5', 'found-5']);
    assert.deepEqual(bare.contrasts.map(({ question }) => question), ['y']); // prettier-ignore
  });
  test('what no package has is taken where its weights are named', () => {
    const reads = long('5', 'long-5', '');
    assert.equal(lackingFor(reads, manifest, prompts, { ...nothing, longTower: 'weights' }), undefined);
    assert.match(lackingFor(reads, manifest, prompts, nothing)!, /--long-tower/);
    const small = mini('5', 'mini-5', '');
    assert.equal(lackingFor(small, manifest, prompts, { ...nothing, pixelMini: 'folder' }), undefined);
    assert.match(lackingFor(small, manifest, prompts, nothing)!, /--pixel-mini/);
  });
  test('what is asked for by name is measured or refused', () => {
    assert.deepEqual(names(choose({ mapper: 'm' }, ['gill-5', 'truth'])), ['truth', 'gill-5']);
    assert.throws(
      () => choose({}, ['truth', 'gill-5']),
      isAppError('INVALID', /"gill-5" cannot be measured.*no mapper/),
    );
    assert.throws(() => choose({}, ['found-5']), isAppError('INVALID', /no retrieval head/));
    assert.throws(() => choose({}, ['gill-7']), isAppError('INVALID', /no condition "gill-7".*gill-5-4/));
  });
});

describe('finding', () => {
  const wire = (...values: number[]) => toWire([values.length], floatToHalf(Float32Array.from(values)));
  const gallery = {
    files: ['a', 'b', 'c'],
    embeddings: [Float32Array.of(1, 0), Float32Array.of(0.6, 0.8), Float32Array.of(0, 1)],
  };

  test('the nearest picture is the one of the largest cosine', () => {
    assert.equal(findNearest(wire(1, 0), gallery), 'a');
    assert.equal(findNearest(wire(0.8, 0.6), gallery), 'b');
    const found = similaritiesTo(wire(0, 1), gallery);
    assert.deepEqual([...found], [0, Math.fround(0.8), 1]);
  });
  test('pictures that were shown are no candidates', () => {
    const names = ['a', 'b', 'c', 'd'];
    const scores = Float32Array.of(0.9, 0.8, 0.7, 0.6);
    assert.equal(rankAmongUnshown(scores, names, 'c', new Set()), 3);
    assert.equal(rankAmongUnshown(scores, names, 'c', new Set(['a', 'b'])), 1);
    assert.equal(rankAmongUnshown(scores, names, 'c', new Set(['d'])), 3);
  });
  test('the mean of what was mapped has its shape', () => {
    const mean = averageOf([wire(1, 2, -3), wire(3, 4, 3)]);
    assert.deepEqual(mean.shape, [3]);
    assert.deepEqual([...halfToFloat(fromWire(mean))], [2, 3, 0]);
  });
});

describe('what a sentence names', () => {
  const slot = (name: string) => [
    {
      field: 'kind' as const,
      slot: name,
      classes: 3,
      names: [
        ['fox', 'foxes'],
        ['bear', 'bears'],
      ],
    },
    { field: 'colour' as const, slot: name, classes: 4, names: [['red'], ['orange', 'tangerine']] },
  ];
  const fields = [
    { field: 'place' as const, slot: null, classes: 2, names: [['beach', 'by the sea'], ['city']] },
    { field: 'time' as const, slot: null, classes: 2, names: [['day'], ['night', 'under an orange sky']] },
    { field: 'weather' as const, slot: null, classes: 2, names: [[], ['raining', 'on a rainy day']] },
    ...slot('left'),
    ...slot('right'),
    { field: 'count' as const, slot: 'right', classes: 4 },
  ];
  const namer = createNamer(fields);
  // a red fox and a bear in its own colours, by the sea, at night, in the rain
  const labels = [0, 1, 1, 0, 0, 1, 2, 1];
  const scored = (sentence: string, of = labels): Partial<Record<NamedFigure, string>> =>
    Object.fromEntries(
      Object.entries(namer.score(sentence, of)).map(([name, share]) => [
        name,
        `${share.numerator}/${share.denominator}`,
      ]),
    );

  test('all of it', () => {
    assert.deepEqual(scored('Two RED foxes and a bear by the sea at night; it is raining.'), {
      place: '1/1',
      time: '1/1',
      weather: '1/1',
      kind: '2/2',
      colour: '1/1',
      'kind and colour': '2/2',
      right: '6/6',
    });
  });
  test('the longest phrase has the word, and words are whole', () => {
    const found = scored('A firefox under an orange sky on a rainy day');
    assert.deepEqual(found, { ...found, time: '1/1', weather: '1/1', kind: '0/2', colour: '0/1', right: '2/2' });
    assert.deepEqual([...namer.read('on a rainy day')], ['weather 1']);
  });
  test('what is named and not there counts against it, and what is left unsaid is not asked', () => {
    const clear = labels.with(2, 0);
    const found = scored('An orange fox in the city. It is raining.', clear);
    assert.deepEqual(found, { ...found, weather: '0/0', 'kind and colour': '0/2', kind: '1/2', right: '1/4' });
    const empty = [0, 0, 0, 2, 3, 2, 3, 0];
    assert.deepEqual(scored('', empty), { place: '0/1', time: '0/1', weather: '0/0', kind: '0/0', colour: '0/0', 'kind and colour': '0/0', right: '0/0' }); // prettier-ignore
  });
  test('labels without words are refused', () => {
    const plain = fields.map(({ field, slot: of, classes }) => ({ field, slot: of, classes }));
    assert.throws(() => createNamer(plain), isAppError('INVALID', /write the set anew/));
  });
});
