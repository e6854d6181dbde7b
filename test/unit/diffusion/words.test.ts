// From what people type to what the text tower was trained on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeWords, normaliseWords } from '../../../functions/diffusion/words.ts';

describe('words of a caption', () => {
  for (const [text, caption] of [
    ['a red cat', 'a red cat'],
    ['  A RED\n\tCat.  ', 'a red cat'],
    ['A cat,a dog ,, a pig,', 'a cat , a dog , a pig'],
    ['a fox’s well-made umbrella', "a fox's well-made umbrella"],
    ['a 🦊 under an ☂ umbrella!!!', 'a under an umbrella'],
    ['ﬁsh ｃａｔ', 'fish cat'],
    ['Ein Igel über dem Fluß', 'ein igel über dem fluß'],
    ['一只红狐狸', '一只红狐狸'],
    ['cafe\u0301 at night', 'café at night'],
    ['', ''],
    [' \n🦊 … !', ''],
    [',,,', ''],
  ] as const) {
    test(JSON.stringify(text), () => assert.equal(normaliseWords(text).join(' '), caption));
  }
});

describe('what only asks is taken off', () => {
  const caption = 'a red cat on the beach';
  for (const asked of [
    'Draw a red cat on the beach.',
    'please draw me a red cat on the beach',
    'Hi! Can you show me a red cat on the beach, please?',
    'I would like to see a red cat on the beach. Thank you!',
    "Now I'd like you to paint a picture of a red cat on the beach for me, thanks",
    'Could I have a drawing of a red cat on the beach?',
  ]) {
    test(asked, () => assert.equal(normaliseWords(asked).join(' '), caption));
  }
  test('words of the caption stay, though they also ask', () => {
    assert.deepEqual(normaliseWords('a cat that you show to me'), 'a cat that you show to me'.split(' '));
    assert.deepEqual(normaliseWords('a thank you card'), 'a thank you card'.split(' '));
    assert.deepEqual(normaliseWords('drawing pins'), ['drawing', 'pins']);
  });
  test('something is always left of something', () => {
    for (const text of ['please', 'draw me', 'Can you draw, please?', 'thank you'])
      assert.ok(normaliseWords(text).length > 0);
  });
});

describe('ids', () => {
  const codes = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0)!);

  test('each word has a leading space, a comma none', () =>
    assert.deepEqual(encodeWords('a cat, b', codes, 40), codes(' a cat, b')));

  test('only words that can fit are encoded, and a word that does not fit is cut', () => {
    let calls = 0;
    const counted = (text: string): number[] => (calls++, codes(text));
    assert.equal(encodeWords('ab '.repeat(5000), counted, 40).length, 40);
    assert.equal(calls, Math.ceil(40 / 3));
  });

  test('no text breaks it, and what comes out is lower case and short', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const words = normaliseWords(text);
        assert.ok(
          words.every((word) => word !== '' && word === word.toLowerCase()),
          words.join('|'),
        );
        assert.ok(encodeWords(text, codes, 40).length <= 40);
      }),
      { numRuns: 1000 },
    );
  });

  test('16,000 code points of pleading take no time worth noticing', () => {
    const startedAt = performance.now();
    encodeWords(`${'please '.repeat(2300)}x`, codes, 40);
    encodeWords('🦊'.repeat(16_000), codes, 40);
    assert.ok(performance.now() - startedAt < 1000);
  });
});
