// What counts as text: something that somebody sees, and nothing in a name that turns its neighbours round.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawnFor } from '../../../core/reply-options.ts';
import { checkText } from '../../../functions/api/check-input.ts';
import { checkFile } from '../../../functions/api/uploads.ts';

test('text of which nothing is seen is refused, whatever its characters are called', () => {
  for (const text of ['\u3164', '\u2800\u2800', '\u115f\u1160', '\u200b', ' \ufeff\u034f'])
    assert.match(checkText(text, 10, ['text'])?.message ?? '', /nobody sees/, JSON.stringify(text));
  for (const text of ['a', '狐', '🦊', 'ﷺ', '\u3164a', '👩‍🚀'])
    assert.equal(checkText(text, 10, ['text']), undefined, JSON.stringify(text));
});

test('a file name that turns writing round, or breaks its line, is refused by the character', () => {
  const check = (fileName: string) =>
    checkFile({ fileName, contentType: 'image/png', byteSize: 1, sha256: 'a'.repeat(64) });
  for (const [name, point] of [
    ['fox\u202egnp.exe', 'U+202E'],
    ['fox\u2067.png', 'U+2067'],
    ['fox\n.png', 'U+000A'],
  ] as const)
    assert.ok(check(name)?.message.includes(point), name);
  assert.equal(check('лиса — 狐 🦊.png'), undefined);
});

test('the sentence about a picture holds nothing that turns it round', () => {
  assert.equal(drawnFor('a fox\u202e and\na \u0007cat'), 'Picture drawn for: a fox and a cat');
});
