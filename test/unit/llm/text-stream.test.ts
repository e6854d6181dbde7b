// Text while it is being decoded: whole code points only, nothing lost; and the place of the picture in it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createPicturePlace } from '../../../functions/llm/picture-place.ts';
import { createTextStream } from '../../../functions/llm/text-stream.ts';

describe('a text stream', () => {
  test('gives the text back in whole code points, however its bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        (text, sizes) => {
          const bytes = new TextEncoder().encode(text);
          const stream = createTextStream();
          let out = '';
          for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]!) {
            const piece = stream.push(bytes.subarray(at, at + sizes[i % sizes.length]!));
            assert.ok(piece.isWellFormed());
            out += piece;
          }
          assert.equal(out, text);
        },
      ),
    );
  });

  test('holds back a character until its last byte, and says nothing of one that never ends', () => {
    const stream = createTextStream();
    const fox = new TextEncoder().encode('🦊');
    assert.equal(stream.push(fox.subarray(0, 3)), '');
    assert.equal(stream.push(fox.subarray(3)), '🦊');
    assert.equal(stream.push(fox.subarray(0, 2)), '');
  });
});

describe('the place of the picture', () => {
  /** Feeds a text in pieces and returns it with `#` where the picture was placed. */
  const placed = (pieces: readonly string[], written = ''): string => {
    const place = createPicturePlace(written);
    let out = '';
    for (const [i, piece] of pieces.entries()) {
      const cut = place.push(piece);
      if (cut) return `${out}${cut.before}#${cut.after}${pieces.slice(i + 1).join('')}`;
      out += piece;
    }
    return out;
  };

  test('is behind the first finished sentence, before the white space', () => {
    assert.equal(placed(['Here is', ' a fox', '.', ' It', ' is red.']), 'Here is a fox.# It is red.');
    assert.equal(placed(['“A fox', '!”', '\n', 'Yes.']), '“A fox!”#\nYes.');
    assert.equal(placed(['Look.\nA fox.']), 'Look.#\nA fox.');
    assert.equal(placed(['狐狸。', '红色。']), '狐狸。#红色。');
  });

  test('is not behind a number, an abbreviation or the very end, where the reply itself decides', () => {
    assert.equal(placed(['It is 3', '.', '5 metres']), 'It is 3.5 metres');
    assert.equal(placed(['Mr', '.', ' Fox smiles.', ' Good.']), 'Mr. Fox smiles.# Good.');
    assert.equal(placed(['Here is a fox', '.']), 'Here is a fox.');
  });

  test('is the same in a reply that goes on as in one that was never interrupted', () => {
    assert.equal(placed([' It', ' runs.'], 'Here is a fox.'), '# It runs.');
    assert.equal(placed([' runs', '. And'], 'Here is a fox that'), ' runs.# And');
    // the picture was due in what is written but was never announced
    assert.equal(placed([' runs', '.'], 'Here is a fox. It'), '# runs.');
  });
});
