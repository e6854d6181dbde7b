// The fold and its cursor, for all inputs: pieces in order give the text, a repeated event changes nothing, a gap is an
// error, and a cursor is good for its own message only.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { foldEvent, parseCursor, toCursor, type FoldedPart, type LoggedEvent } from '../../../core/message-event.ts';
import { parsePublicId, toPublicId, type IdKind } from '../../../core/ids.ts';

const pieces = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 20 });

function eventsOf(texts: readonly string[]): LoggedEvent[] {
  let offset = 0;
  return texts.map((text) => {
    const event: LoggedEvent = { type: 'text', partIndex: 0, offset, text };
    offset += Array.from(text).length;
    return event;
  });
}

describe('the fold', () => {
  test('joins pieces, whatever their code points', () => {
    fc.assert(
      fc.property(pieces, (texts) => {
        const parts = eventsOf(texts).reduce<FoldedPart[]>(foldEvent, []);
        assert.deepEqual(parts, [{ kind: 'text', text: texts.join('') }]);
      }),
    );
  });

  test('ignores an event that comes again', () => {
    fc.assert(
      fc.property(pieces, fc.nat(), (texts, at) => {
        const events = eventsOf(texts).slice(0, (at % texts.length) + 1);
        const parts = events.reduce<FoldedPart[]>(foldEvent, []);
        assert.deepEqual(foldEvent(parts, events.at(-1)!), parts);
      }),
    );
  });

  test('refuses a gap, and a part of the other kind', () => {
    const parts: FoldedPart[] = [{ kind: 'text', text: 'ab' }];
    assert.throws(() => foldEvent(parts, { type: 'text', partIndex: 0, offset: 3, text: 'x' }), /offset 3/);
    assert.throws(() => foldEvent(parts, { type: 'text', partIndex: 2, offset: 0, text: 'x' }), /part 2/);
    assert.throws(() => foldEvent(parts, { type: 'image', partIndex: 0, imageId: 'i', takeIds: [] }), /is text/);
  });
});

describe('names that leave the server', () => {
  test('come back as what they were, in one spelling', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.constantFrom<IdKind>('viewer', 'conversation', 'message', 'image'), (uuid, kind) => {
        assert.deepEqual(parsePublicId(toPublicId(kind, uuid)), { kind, uuid });
      }),
    );
    assert.equal(parsePublicId('msg_AAAAAAAAAAAAAAAAAAAAAB'), undefined, 'spare bits must be zero');
  });

  test('and nothing else is one', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parsePublicId(text);
        assert.ok(parsed === undefined || toPublicId(parsed.kind, parsed.uuid) === text);
      }),
    );
  });

  test('a cursor is good for its own message only', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.nat(), (mine, other, n) => {
        assert.deepEqual(parseCursor(mine, toCursor(mine, n)), { kind: 'cursor', n });
        if (mine !== other) assert.deepEqual(parseCursor(mine, toCursor(other, n)), { kind: 'otherMessage' });
      }),
    );
    assert.deepEqual(parseCursor('00000000-0000-7000-8000-000000000000', 'evt_1'), { kind: 'malformed' });
  });
});
