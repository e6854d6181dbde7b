// The client's fold is the server's fold: whatever is cut, resumed or delivered twice, what a client holds at the end is what
// a query returns.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { foldEvent, type FoldedPart, type LoggedEvent } from '../../core/message-event.ts';
import {
  applyEvent,
  toFolded,
  type DrawnPicture,
  type ReplyEvent,
  type ReplyState,
} from '../../clients/ts/reply-state.ts';

const empty: ReplyState = {
  id: 'msg_1',
  createdAt: '2026-01-01T00:00:00.000Z',
  status: 'QUEUED',
  cursor: '0',
  parts: [],
  activity: null,
  failure: null,
  usage: null,
  droppedTurns: 0,
  pictureProbability: null,
  noPicture: null,
};

function pictureOf(id: string, status: DrawnPicture['status']): DrawnPicture {
  const recipe = {
    model: null,
    words: 'w',
    conditioning: 'TEXT',
    sampler: 's',
    steps: 4,
    guidance: 1,
    strength: null,
    seed: '1',
    width: 8,
    height: 8,
    executionProvider: null,
  } as const;
  const file = status === 'COMPLETED' ? { url: `http://files/${id}`, expiresAt: '2026-01-01T01:00:00.000Z' } : null;
  return {
    __typename: 'GeneratedImage',
    id,
    width: null,
    height: null,
    contentType: null,
    byteSize: null,
    alt: id,
    placeholder: null,
    createdAt: empty.createdAt,
    file,
    status,
    progress: null,
    recipe,
    sameness: null,
    score: null,
    parent: null,
    provenance: { kind: 'GENERATED', manifestDigest: null, origin: null },
    failure: null,
  };
}

const drawn = ({ parts }: ReplyState): DrawnPicture[] =>
  parts.flatMap((part) => (part.kind === 'image' && part.image.__typename === 'GeneratedImage' ? [part.image] : []));

/** A log as a server writes it: text grows or is rewritten from an offset, pictures come between, and end in any order. */
const logs = fc
  .array(
    fc.record({
      kind: fc.constantFrom('text', 'text', 'rewrite', 'image'),
      words: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
      at: fc.nat(),
    }),
    { maxLength: 25 },
  )
  .map((steps) => {
    const events: ReplyEvent[] = [];
    const lengths: (number | 'image')[] = [];
    const add = (event: object): void =>
      void events.push({ ...event, cursor: String(events.length + 1) } as ReplyEvent);
    for (const { kind, words, at } of steps) {
      const last = lengths.at(-1);
      if (kind === 'image') {
        const image = pictureOf(`img_${lengths.length}`, 'QUEUED');
        add({
          __typename: 'ImageEvent',
          part: { __typename: 'ImagePart', index: lengths.length, image, takes: [image] },
        });
        lengths.push('image');
      } else {
        const before = typeof last === 'number' ? last : 0;
        const partIndex = typeof last === 'number' ? lengths.length - 1 : lengths.length;
        const offset = kind === 'rewrite' ? at % (before + 1) : before;
        add({ __typename: 'TextEvent', partIndex, offset, text: words });
        lengths[partIndex] = offset + Array.from(words).length;
      }
    }
    for (const [index, length] of lengths.entries())
      if (length === 'image') add({ __typename: 'ImageDoneEvent', image: pictureOf(`img_${index}`, 'COMPLETED') });
    return events;
  });

const toLogged = (event: ReplyEvent): LoggedEvent[] =>
  event.__typename === 'TextEvent'
    ? [{ type: 'text', partIndex: event.partIndex, offset: event.offset, text: event.text }]
    : event.__typename === 'ImageEvent'
      ? [
          {
            type: 'image',
            partIndex: event.part.index,
            imageId: event.part.image.id,
            takeIds: event.part.takes.map(({ id }) => id),
          },
        ]
      : [];

describe('the fold of a client', () => {
  test('is the query result after any cuts, resumptions, repetitions and reloads', () => {
    const query = (log: readonly ReplyEvent[]): ReplyState => log.reduce(applyEvent, empty);
    const step = fc.record({ what: fc.constantFrom('deliver', 'repeat', 'reload'), count: fc.nat({ max: 6 }) });
    fc.assert(
      fc.property(logs, fc.array(step, { maxLength: 12 }), (log, steps) => {
        const wanted = log.flatMap(toLogged).reduce<FoldedPart[]>((parts, event) => foldEvent(parts, event), []);
        let state = empty;
        // every stream begins after the state's own cursor
        const rest = (): readonly ReplyEvent[] => log.slice(Number(state.cursor));
        for (const { what, count } of [...steps, { what: 'deliver', count: log.length }]) {
          if (what === 'deliver') state = rest().slice(0, count).reduce(applyEvent, state);
          // an event whose acknowledgement was lost comes again
          const newest = log[Number(state.cursor) - 1];
          if (what === 'repeat' && newest) for (let i = 0; i < count; i++) state = applyEvent(state, newest);
          // a reload starts from what the query returns, which may be ahead
          if (what === 'reload') state = query(log.slice(0, Math.min(log.length, Number(state.cursor) + count)));
        }
        assert.deepEqual(toFolded(state.parts), wanted);
        assert.equal(state.cursor, String(log.length));
        for (const picture of drawn(state)) assert.equal(picture.status, 'COMPLETED');
        for (const part of state.parts) if (part.kind === 'image') assert.deepEqual(part.takes, [part.image]);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps what ended: late progress does not undo a finished picture', () => {
    const image = pictureOf('img_0', 'QUEUED');
    const progress = { phase: 'DRAWING', step: 2, steps: 4, estimatedMs: 10, preview: null } as const;
    const events: ReplyEvent[] = [
      {
        __typename: 'ImageEvent',
        cursor: '1',
        part: { __typename: 'ImagePart', index: 0, image, takes: [image], decision: null },
      },
      { __typename: 'ImageProgressEvent', cursor: '1', imageId: 'img_0', progress },
      { __typename: 'ImageDoneEvent', cursor: '2', image: pictureOf('img_0', 'COMPLETED') },
      { __typename: 'ImageProgressEvent', cursor: '2', imageId: 'img_0', progress },
    ];
    const seen = events.map((_, index) => drawn(events.slice(0, index + 1).reduce(applyEvent, empty))[0]!);
    assert.deepEqual(
      seen.map(({ status }) => status),
      ['QUEUED', 'RUNNING', 'COMPLETED', 'COMPLETED'],
    );
    assert.deepEqual(seen[1]!.progress, progress);
  });

  test('refuses what does not fit, so that a hole is never shown as text', () => {
    const hole: ReplyEvent = { __typename: 'TextEvent', cursor: '9', partIndex: 0, offset: 5, text: 'late' };
    assert.throws(() => applyEvent(empty, hole), /offset 5 of part 0/);
  });
});
