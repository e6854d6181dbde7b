// What the demo shows of a reply: a picture is shown and linked whether it was drawn or found, and kept in a file where its URL
// would die with the demo.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import type { DemoClient, DemoEvent, DemoMessage } from '../../../infra/local/demo-client.ts';
import { createLiveScreen } from '../../../infra/local/live-screen.ts';
import { showReply, type Showing } from '../../../infra/local/show-reply.ts';
import { listenOn } from '../../harness/listen-on.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';

const create = { width: 8, height: 8, channels: 3, background: '#ff8000' } as const;
const png = await sharp({ create }).png().toBuffer();
const never = new AbortController().signal;

let store: Awaited<ReturnType<typeof listenOn>>;
before(async () => {
  store = await listenOn((request, response) => {
    response.statusCode = request.url === '/pictures/fox.png?signed=yes' ? 200 : 403;
    response.end(png);
  });
});
after(() => store[Symbol.asyncDispose]());

const picture = () => ({
  id: 'x',
  alt: 'a fox',
  width: 8,
  height: 8,
  file: { url: `${store.url}/pictures/fox.png?signed=yes`, expiresAt: 'tomorrow' },
});
const usage = { outputTokens: 3, imageSteps: 0, computeMs: 1 };
const completed: DemoMessage = { status: 'COMPLETED', failure: null, usage, pictureProbability: 0.9 };
const text: DemoEvent = { __typename: 'TextEvent', partIndex: 0, offset: 0, text: 'Here is a fox.' };
const done: DemoEvent = { __typename: 'MessageDoneEvent', message: completed };

/** @returns what is written of these events */
async function show(events: readonly DemoEvent[], change: Partial<Showing> = {}): Promise<string> {
  let written = '';
  const screen = createLiveScreen((some) => (written += some), undefined);
  const client: DemoClient = {
    send: () => Promise.resolve({ id: 'reply' }),
    // eslint-disable-next-line @typescript-eslint/require-await -- a generator of the same kind
    async *events() {
      yield* events;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await showReply(client, 'a fox', { screen, protocol: 'none', columns: 80, ...change }, never);
  return written;
}

const found = (): DemoEvent => ({
  __typename: 'ImageEvent',
  part: { image: { __typename: 'GalleryImage', ...picture() } },
});
const drawn = (): DemoEvent[] => [
  { __typename: 'ImageEvent', part: { image: { __typename: 'GeneratedImage', ...picture(), file: null } } },
  { __typename: 'ImageDoneEvent', image: { ...picture(), status: 'COMPLETED', failure: null } },
];

test('a picture is shown and linked, whether it was drawn or found', async () => {
  for (const events of [drawn(), [found()]]) {
    const written = await show([text, ...events, done], { protocol: 'blocks' });
    assert.match(written, /38;2;255;128;0/, 'the picture is not shown');
    assert.ok(written.includes(picture().file.url), written);
    assert.match(written, /picture after \d/);
    assert.doesNotMatch(written, /no picture/);
  }
});

test('several pictures are shown and kept in the order of the reply, whichever is done first', async () => {
  await using folder = await temporaryFolder();
  const [first, second] = ['a', 'b'].map((id) => ({ ...picture(), id }));
  const written = await show(
    [
      text,
      { __typename: 'ImageEvent', part: { image: { __typename: 'GeneratedImage', ...first!, file: null } } },
      { __typename: 'ImageEvent', part: { image: { __typename: 'GeneratedImage', ...second!, file: null } } },
      { __typename: 'ImageDoneEvent', image: { ...second!, width: 9, status: 'COMPLETED', failure: null } },
      { __typename: 'ImageDoneEvent', image: { ...first!, status: 'COMPLETED', failure: null } },
      done,
    ],
    { keepIn: folder.path },
  );
  assert.match(written, /8×8,[^]*1\.png[^]*9×8,[^]*2\.png/);
  for (const name of ['1.png', '2.png']) assert.ok(readFileSync(path.join(folder.path, name)).equals(png));

  const half = [text, ...drawn(), { __typename: 'ImageEvent' as const, part: { image: { __typename: 'GeneratedImage' as const, ...second!, file: null } } }, done]; // prettier-ignore
  await assert.rejects(show(half), /no picture came/);
});

test('without a picture it is said how likely one was', async () => {
  assert.match(
    await show([text, { ...done, message: { ...completed, pictureProbability: 0.2 } }]),
    /no picture: .* 20 %/,
  );
});

test('a drawing that failed fails the demo', async () => {
  const image = { ...picture(), file: null, status: 'FAILED', failure: { message: 'no memory' } };
  await assert.rejects(show([text, drawn()[0]!, { __typename: 'ImageDoneEvent', image }, done]), /no memory/);
});

test('where the server ends with the demo the picture is kept, and no URL is printed that will be dead', async () => {
  await using folder = await temporaryFolder();
  const written = await show([text, ...drawn(), done], { keepIn: path.join(folder.path, 'demo') });
  const kept = path.join(folder.path, 'demo', 'fox.png');
  assert.ok(written.includes(kept), written);
  assert.ok(!written.includes('http'), written);
  assert.deepEqual(readFileSync(kept), png);
});
