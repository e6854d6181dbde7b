// How many pictures a message asks for and what it says of each: from what a network found of each piece of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readParts } from '../../../functions/llm/wish-parts.ts';

const all = 5;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** @param marked pieces with their labels: `|` between pieces, a figure before each */
const read = (counted: number, marked: string, more: { readonly text?: string; readonly isCut?: boolean } = {}) => {
  const pairs = marked.split('|').map((each) => [Number(each[0]), each.slice(1)] as const);
  const pieces = pairs.map(([, piece]) => bytes(piece));
  const text = pairs.map(([, piece]) => piece).join('');
  return readParts(counted, { text, pieces, of: pairs.map(([of]) => of), all, isCut: false, ...more });
};

describe('a message that asks for several pictures', () => {
  test('says of each what is of it and of all, in order', () => {
    assert.deepEqual(read(2, '0First|1 a|1 fox|0, then|2 an|2 owl|2 at|2 night'), {
      count: 2,
      parts: ['a fox', 'an owl at night'],
    });
    assert.deepEqual(read(2, '5a|5 house|0, one|1 red|0 and one|2 blue'), { count: 2, parts: ['a house red', 'a house blue'] }); // prettier-ignore
    assert.deepEqual(read(3, '0three pictures of|5 a|5 fox'), { count: 3, parts: ['a fox', 'a fox', 'a fox'] });
  });

  test('asks for as many as something is said of', () => {
    assert.deepEqual(read(3, '1a|1 pig|0. draw|2 a|2 cow'), { count: 2, parts: ['a pig', 'a cow'] });
    assert.deepEqual(read(2, '1a|1 pig|0 and|1 a|1 cow'), { count: 1, parts: [] });
    assert.deepEqual(read(1, '1a|1 pig'), { count: 1, parts: [] });
  });

  test('is not taken apart where a part says nothing, or the end was not read', () => {
    assert.deepEqual(read(2, '0two:|1 fox|0 and|2 a'), { count: 2, parts: [] });
    assert.deepEqual(read(2, '1a|1 fox|0 and|2 an|2 owl', { isCut: true }), { count: 2, parts: [] });
    assert.deepEqual(read(2, '1猫|0 と|2 犬').parts, ['猫', '犬']);
  });

  test('keeps words and characters whole, as they were written', () => {
    assert.deepEqual(read(2, '0(|1a|1 fl|0amingo|0 and|2 a|2 hed|1gehog').parts, ['a flamingo', 'a hedgehog']);
    const [one, two] = [bytes('🦊'), bytes(' 🦉')];
    const pieces = [one.subarray(0, 2), one.subarray(2), bytes(' and'), two.subarray(0, 3), two.subarray(3)];
    const foxes = { text: '🦊 and 🦉', pieces, of: [1, 0, 0, 2, 1], all, isCut: false };
    assert.deepEqual(readParts(2, foxes).parts, ['🦊', '🦉']);
    assert.deepEqual(read(2, '1a|1 pig|0 and|2 a|2 cow', { text: 'A PIG AND A COW' }).parts, ['A PIG', 'A COW']);
    assert.deepEqual(read(2, '1a|1 pig|0 and|2 a|2 cow', { text: 'A PİG AND A COW' }).parts, ['a pig', 'a cow']);
  });

  test('never has a part that is not of its own letters, whatever the labels are', () => {
    const word = fc.constantFrom(' a', ' fox', 'es', ',', ' 🦊', ' owl', ' and');
    const piece = fc.tuple(word, fc.integer({ min: 0, max: all }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), (pairs, counted) => {
        const text = pairs.map(([each]) => each).join('');
        const pieces = pairs.map(([each]) => bytes(each));
        const { count, parts } = readParts(counted, { text, pieces, of: pairs.map(([, of]) => of), all, isCut: false });
        assert.ok(count >= 1 && count <= counted);
        assert.ok(parts.length === 0 || (count > 1 && parts.length === count));
        for (const part of parts) for (const own of part.split(' ')) assert.ok(text.includes(own), `${own} in ${text}`);
      }),
    );
  });
});
