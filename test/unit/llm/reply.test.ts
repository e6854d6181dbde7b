// Where a reply's picture goes, and what is read there, over a stand-in model that says a given text one piece at a time: the
// rows stand behind the first finished sentence whatever the pieces, the limit or an earlier attempt.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { LlmEvent, LlmImageEvent, LlmOptions } from '../../../core/function-contract.ts';
import { parityHabits, type ParityHabit } from '../../../core/parity.ts';
import type { Feed } from '../../../functions/llm/continuous-batch.ts';
import type { VisualRow } from '../../../functions/llm/prompt.ts';
import { createReply, type PictureHeads, type ReplyRequest } from '../../../functions/llm/reply.ts';
import type { TextTokenizer } from '../../../functions/llm/tokenizer.ts';

const stop = 0;
const options: LlmOptions = {
  maxTokens: 100,
  temperature: 0,
  topP: 1,
  repetitionPenalty: 1,
  seed: '1',
  images: 'ALWAYS',
};
const rows: VisualRow[] = Array.from({ length: 8 }, (_, i) => ({ key: `img.${i}`, values: Float32Array.of(i) }));
/** Words whose embeddings are those of the first rows. */
const rowWords = [' picture', ' shows', ' a'];
const conditioning = { shape: [1, 1], fp16: 'AAA=' };
const told: Omit<LlmImageEvent, 'type'> = {
  conditioning,
  decision: { drawProbability: 0.25, findProbability: 0.75 },
  query: { shape: [1], fp16: 'ADw=' },
};
const nothingForced: ReplyRequest['forced'] = { text: '', imagesAnnounced: 0, ids: [] };

interface Said {
  readonly events: readonly LlmEvent[];
  /** What was read behind the prompt: words by themselves, the rows as □. */
  readonly read: string;
  /** Of each pass of rows: how many pictures' it read. */
  readonly sets: readonly number[];
}

/** @param pieces what the model says, token by token, then it stops */
async function say(
  pieces: readonly string[],
  {
    change = {},
    forced = nothingForced,
    reader = true,
    gateLogit = undefined as number | undefined,
    /** What the message says of each. */
    parts = [] as readonly string[],
    /** That are asked for. */
    pictures = undefined as number | undefined,
    parity = [] as readonly ParityHabit[],
  } = {},
): Promise<Said> {
  const vocabulary = ['<stop>', ...new Set([...pieces, ...rowWords])];
  const tokenizer: TextTokenizer = {
    encodeTemplate: () => [],
    encodeText: () => [],
    bytesOf: (id) => new TextEncoder().encode(id === stop ? '' : vocabulary[id]),
    stopIds: new Set([stop]),
    forbiddenIds: [],
  };
  const events: LlmEvent[] = [];
  const reads: number[] = [];
  /** Of the states that each picture is read from. */
  const firsts: number[] = [];
  const read = (states: Float32Array, turn: Float32Array) => {
    assert.deepEqual([...turn], [9], 'the same turn for every picture');
    reads.push(states.length);
    firsts.push(states[0]!);
    return Promise.resolve({ ...told, query: { shape: [reads.length], fp16: 'ADw=' } });
  };
  const heads: PictureHeads = {
    gate: gateLogit === undefined ? undefined : () => gateLogit,
    wish: pictures === undefined ? undefined : { count: pictures, parts },
    reader: reader ? { rows, rowTokens: rowWords.map((word) => vocabulary.indexOf(word)), read } : undefined,
  };
  const request = {
    layout: { items: [1, 2], told: [{ from: 0, to: 2 }], droppedTurns: 0, pictures: [] },
    forced,
    heads,
    contextTokens: 200,
    parity,
  };
  const reply = createReply(tokenizer, { ...request, options: { ...options, ...change } }, (event) =>
    events.push(event),
  );
  let feedRead = '';
  const feedSets: number[] = [];
  const take = async (feed: readonly Feed[]): Promise<void> => {
    for (const item of feed) {
      feedRead += typeof item === 'number' ? vocabulary[item]! : '□';
      if (typeof item !== 'object') continue;
      feedSets.push(item.rows.length / rows.length);
      await item.onStates(
        Float32Array.from(item.rows, (_, row) => row),
        Float32Array.of(9),
      );
    }
  };
  reply.begin(0);
  if (!reply.full) {
    reply.read(new Float32Array(1));
    let place = 0;
    for (;;) {
      const logits = new Float32Array(vocabulary.length);
      logits[place < pieces.length ? vocabulary.indexOf(pieces[place]!) : stop] = 1;
      place++;
      const feed = reply.next(logits);
      if (feed.length === 0) break;
      await take(feed);
    }
  }
  reply.end(1);
  const read_ = events.filter((event) => event.type === 'image' && event.conditioning).length;
  assert.deepEqual(reads, Array<number>(read_).fill(8));
  assert.deepEqual(firsts, firsts.map((_, i) => 8 * (forced.imagesAnnounced + i)), 'each its own states'); // prettier-ignore
  return { events, read: feedRead, sets: feedSets };
}

const shown = ({ events }: Said): string =>
  events.map((event) => (event.type === 'text' ? event.text : event.type === 'image' ? '▣' : '')).join('');
const fox = ['A', ' fox', '.', ' Look', '!', ' There', '.'];

describe('the rows of a picture', () => {
  test('are read behind the first finished sentence, and the words go on behind them', async () => {
    const said = await say(fox);
    assert.equal(shown(said), 'A fox.▣ Look! There.');
    assert.equal(said.read, 'A fox.□ Look! There.');
    assert.deepEqual(
      said.events.find(({ type }) => type === 'image'),
      { type: 'image', ...told },
    );
  });

  test('are not echoed: two of their words in a row are speech, the third is not said', async () => {
    assert.equal(
      shown(await say(['The', ' picture', ' shows', ' a', ' fox'], { change: { images: 'NEVER' } })),
      'The picture shows',
    );
    const forced = { text: 'The picture shows', imagesAnnounced: 1, ids: [1, 2, 3] }; // as the stand-in numbers them
    assert.equal(shown(await say(['The', ' picture', ' shows', ' a'].slice(3), { forced, reader: false })), ' a');
    assert.equal(shown(await say(['It', ' shows', ' a', ' fox'], { change: { images: 'NEVER' } })), 'It shows a fox');
  });

  test('stand behind a token that ends the sentence and begins the next, and its rest is told behind the picture', async () => {
    const said = await say(['A fox', '.\nSo', ' it', ' is']);
    assert.equal(shown(said), 'A fox.▣\nSo it is');
    assert.equal(said.read, 'A fox.\nSo□ it is');
  });

  test('are read at the end where the model stops or the limit comes first', async () => {
    for (const [pieces, change] of [
      [['A', ' fox', '.'], {}],
      [['A', ' fox'], {}],
      [['A', ' fox', ' runs'], { maxTokens: 2 }],
      [['A', ' fox', '.', ' Look'], { maxTokens: 3 }],
    ] as const) {
      const said = await say(pieces, { change });
      const text = pieces.slice(0, change.maxTokens ?? pieces.length).join('');
      assert.deepEqual([shown(said), said.read], [`${text}▣`, `${text}□`]);
      assert.equal(said.events.at(-1)!.type, 'done');
    }
    const last = await say(fox, { change: { maxTokens: 4 } });
    assert.deepEqual([shown(last), last.read], ['A fox.▣ Look', 'A fox.□']);
  });

  test('are never said: a model that begins to say them behind a sentence has ended', async () => {
    for (const images of ['ALWAYS', 'NEVER'] as const) {
      const said = await say(['A', ' fox', '.', rowWords[0]!, ' place'], { change: { images } });
      assert.equal(shown(said), images === 'ALWAYS' ? 'A fox.▣' : 'A fox.');
      assert.deepEqual(said.events.at(-1), { type: 'done', finish: 'stop' });
    }
    assert.equal(shown(await say(['A', rowWords[0]!, ' of', ' it', '.'])), 'A picture of it.▣', 'it is a word as well');
  });

  test('are not read without a reader, nor where no picture is wanted', async () => {
    const plain = await say(fox, { reader: false });
    assert.deepEqual([shown(plain), plain.read], ['A fox.▣ Look! There.', fox.join('')]);
    const never = await say(fox, { change: { images: 'NEVER' } });
    assert.deepEqual([shown(never), never.read], [fox.join(''), fox.join('')]);
  });
});

describe('a later attempt', () => {
  const id = 1; // any token of the stand-in

  test('announces nothing twice', async () => {
    const forced = { text: 'A fox. Look', imagesAnnounced: 1, ids: [id, id] };
    const said = await say(['!'], { forced });
    assert.deepEqual([shown(said), said.read], ['!', '!']);
  });

  test('announces what was not announced, at its place or at once', async () => {
    const forced = { text: 'A fox.', imagesAnnounced: 0, ids: [id] };
    assert.equal(shown(await say([' Look'], { forced })), '▣ Look');
    assert.equal(shown(await say([], { forced })), '▣');
    const full = await say([], { forced, change: { maxTokens: 1 } });
    assert.deepEqual([shown(full), full.read], ['▣', '□']);
    assert.equal(shown(await say([], { forced, change: { maxTokens: 1 }, reader: false })), '▣');
  });
});

describe('the gate', () => {
  const asked = (gateLogit: number, imageBias?: number, images: LlmOptions['images'] = 'AUTO') =>
    say(fox, { gateLogit, change: { images, ...(imageBias === undefined ? {} : { imageBias }) } });

  test('decides, the bias moves it both ways, and its answer is told with the picture and at the end', async () => {
    for (const [logit, bias, isIn] of [
      [1, undefined, true],
      [-1, undefined, false],
      [-1, 2, true],
      [1, -2, false],
      [0, 0, false],
    ] as const) {
      const said = await asked(logit, bias);
      assert.equal(shown(said), isIn ? 'A fox.▣ Look! There.' : fox.join(''));
      const wanted = { probability: 1 / (1 + Math.exp(-(logit + (bias ?? 0)))) };
      assert.deepEqual(said.events.at(-1), { type: 'done', finish: 'stop', wanted });
      const picture = said.events.find((event) => event.type === 'image');
      assert.deepEqual(picture, isIn ? { type: 'image', wanted, ...told } : undefined);
    }
  });

  test('is asked for DRAW_ONLY as well, and not for ALWAYS and NEVER', async () => {
    assert.equal(shown(await asked(-1, undefined, 'DRAW_ONLY')), fox.join(''));
    const always = await asked(-9, undefined, 'ALWAYS');
    assert.equal(shown(always), 'A fox.▣ Look! There.');
    assert.deepEqual(always.events.at(-1), { type: 'done', finish: 'stop' });
    assert.equal(shown(await asked(9, undefined, 'NEVER')), fox.join(''));
  });

  test('says no to a full reply without a picture, and is asked again by an attempt that goes on', async () => {
    const forced = { text: 'A fox.', imagesAnnounced: 0, ids: [1] };
    const no = await say([], { forced, gateLogit: -1, change: { images: 'AUTO', maxTokens: 1 } });
    assert.equal(shown(no), '');
    const announced = { ...forced, imagesAnnounced: 1 };
    const said = await say([' Look'], { forced: announced, gateLogit: 1, change: { images: 'AUTO' } });
    assert.equal(shown(said), ' Look');
    assert.deepEqual(said.events.at(-1), {
      type: 'done',
      finish: 'stop',
      wanted: { probability: 1 / (1 + Math.exp(-1)) },
    });
  });
});

describe('a reply of several pictures', () => {
  const several = (pictures: number, more: Parameters<typeof say>[1] = {}, pieces: readonly string[] = fox) =>
    say(pieces, { pictures, gateLogit: 1, ...more, change: { images: 'AUTO', ...more.change } });
  const seriesOf = ({ events }: Said) => events.flatMap((event) => (event.type === 'image' ? [event.series] : []));

  test('reads their rows in one pass, and tells each at the end of a sentence', async () => {
    const two = await several(2);
    assert.equal(shown(two), 'A fox.▣ Look!▣ There.');
    assert.deepEqual([two.read, two.sets], ['A fox.□ Look! There.', [2]]);
    assert.deepEqual(seriesOf(two), [{ index: 0, count: 2 }, { index: 1, count: 2 }]); // prettier-ignore
    assert.equal(shown(await several(4)), 'A fox.▣ Look!▣ There.▣▣');
    assert.equal(shown(await several(9)), 'A fox.▣ Look!▣ There.▣▣', 'four at most');
    assert.equal(shown(await several(2, {}, ['A', ' fox', '.'])), 'A fox.▣▣');
    const one = await several(1);
    assert.deepEqual([shown(one), seriesOf(one)], ['A fox.▣ Look! There.', [undefined]]);
  });

  test('tells with each what the message says of it, and how many before it say the same', async () => {
    const told = seriesOf(await several(4, { parts: ['a fox', 'an owl', 'a fox', ''] }));
    assert.deepEqual(told, [
      { index: 0, count: 4, words: 'a fox', repeats: 0 },
      { index: 1, count: 4, words: 'an owl', repeats: 0 },
      { index: 2, count: 4, words: 'a fox', repeats: 1 },
      { index: 3, count: 4 },
    ]);
  });

  test('has one where a picture was asked for without asking the gate, and none where that says no', async () => {
    assert.equal(shown(await several(3, { change: { images: 'ALWAYS' } })), 'A fox.▣ Look! There.');
    assert.equal(shown(await several(3, { change: { images: 'NEVER' } })), fox.join(''));
    assert.equal(shown(await several(3, { gateLogit: -1 })), fox.join(''));
    assert.equal(shown(await several(3, { parity: ['picture-ends'] })), 'A fox.▣');
  });

  test('goes on behind those that an earlier attempt told, and tells none twice', async () => {
    const forced = { text: 'A fox.', imagesAnnounced: 1, ids: [1] };
    const behind = await several(3, { forced }, [' Look', '!', ' There', '.']);
    assert.equal(shown(behind), ' Look!▣ There.▣');
    assert.deepEqual(behind.sets, [3]);
    assert.deepEqual(seriesOf(behind), [{ index: 1, count: 3 }, { index: 2, count: 3 }]); // prettier-ignore
    const all = { text: 'A fox.', imagesAnnounced: 3, ids: [1] };
    assert.equal(shown(await several(3, { forced: all }, [' Look', '!'])), ' Look!');
    const full = await several(2, { forced, change: { maxTokens: 1 } }, []);
    assert.equal(shown(full), '▣', 'also where all words are written');
    const four = { text: 'A fox.', imagesAnnounced: 4, ids: [1] };
    const most = await several(9, { forced: four }, [' Look', '!']);
    assert.deepEqual([shown(most), most.sets], [' Look!', []]);
  });
});

test('whatever the model says, no special token is written, and rows come all at once, in order, once', async () => {
  const pieces = ['<stop>', 'A', ' fox', '.', '\n', ...rowWords, '<special>', '<other>'];
  const forbiddenIds = [pieces.length - 2, pieces.length - 1];
  const tokenizer: TextTokenizer = {
    encodeTemplate: () => [],
    encodeText: () => [],
    bytesOf: (id) => new TextEncoder().encode(id === stop ? '' : pieces[id]),
    stopIds: new Set([stop]),
    forbiddenIds,
  };
  const logits = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: pieces.length, maxLength: pieces.length });
  const replies = fc.record({
    steps: fc.array(logits, { minLength: 1, maxLength: 20 }),
    temperature: fc.constantFrom(0, 1),
    parity: fc.subarray([...parityHabits]),
  });
  await fc.assert(
    fc.asyncProperty(replies, async ({ steps, temperature, parity }) => {
      const rowTokens = rowWords.map((word) => pieces.indexOf(word));
      const heads: PictureHeads = { reader: { rows, rowTokens, read: () => Promise.resolve(told) } };
      const layout = { items: [1, 2], told: [{ from: 0, to: 2 }], droppedTurns: 0, pictures: [] };
      const request = { layout, forced: nothingForced, heads, contextTokens: 200, parity };
      const change = { temperature, maxTokens: steps.length };
      const reply = createReply(tokenizer, { ...request, options: { ...options, ...change } }, () => undefined);
      reply.begin(0);
      reply.read(new Float32Array(1));
      const written: number[] = [];
      let pictures = 0;
      for (let step = 0; ; step++) {
        const feed = reply.next(Float32Array.from(steps[step % steps.length]!));
        if (feed.length === 0) break;
        for (const item of feed) {
          if (typeof item === 'number') written.push(item);
          else {
            assert.deepEqual(item.rows, rows);
            pictures++;
            await item.onStates(new Float32Array(rows.length), new Float32Array());
          }
        }
      }
      reply.end(1);
      assert.equal(pictures, 1);
      assert.ok(written.length <= steps.length);
      assert.ok(!written.some((id) => forbiddenIds.includes(id)));
    }),
  );
});

describe('a habit of GILL’s reference code, and what is done without it', () => {
  test('absolute-logit: a strong no becomes a yes at any bias above 0, and none below changes anything', async () => {
    for (const [logit, bias, with_, without] of [
      [-3, 0.1, true, false],
      [-3, 0, false, false],
      [-3, 4, true, true],
      [1, -2, true, false],
      [-1, -2, false, false],
    ] as const) {
      const change = { images: 'AUTO', imageBias: bias } as const;
      const asked = (parity: readonly ParityHabit[]) => say(fox, { gateLogit: logit, change, parity });
      const isIn = (said: Said): boolean => shown(said).includes('▣');
      assert.deepEqual([isIn(await asked(['absolute-logit'])), isIn(await asked([]))], [with_, without], `${logit}, ${bias}`); // prettier-ignore
    }
    const { events } = await say(fox, { gateLogit: -3, change: { images: 'AUTO', imageBias: 1 }, parity: ['absolute-logit'] }); // prettier-ignore
    const wanted = { probability: 1 / (1 + Math.exp(-3 * Math.E)) };
    assert.deepEqual(events.at(-1), { type: 'done', finish: 'stop', wanted });
  });

  const never = { images: 'NEVER', maxTokens: 9 } as const;
  const words = async (pieces: readonly string[], parity: readonly ParityHabit[]): Promise<string> =>
    shown(await say(pieces, { change: never, parity }));

  test('line-break-ends: a stop token is none, and the first line break ends, unless the reply begins with it', async () => {
    for (const [pieces, with_, without] of [
      [['A', ' fox', '<stop>', ' runs'], 'A fox runs', 'A fox'],
      [['A', ' fox.\nB', ' cat'], 'A fox.', 'A fox.\nB cat'],
      [['A', '\n', 'B'], 'A', 'A\nB'],
      [['\n', 'A', '\n', 'B'], '\nA\nB', '\nA\nB'],
    ] as const) {
      assert.equal(await words(pieces, ['line-break-ends']), with_);
      assert.equal(await words(pieces, []), without);
    }
    const picture = await say(['A', ' fox', '\n', 'B'], { parity: ['line-break-ends'] });
    assert.deepEqual([shown(picture), picture.read], ['A fox▣', 'A fox□'], 'its picture is not lost');
    assert.deepEqual(picture.events.at(-1), { type: 'done', finish: 'stop' });
    const begun = await say(['A', ' fox.', ' B', '\n', 'C'], { parity: ['line-break-ends'] });
    assert.deepEqual([shown(begun), begun.read], ['A fox.▣ B', 'A fox.□ B']);
    const atOnce = await say(['A', ' fox', '.', '\n', 'C'], { parity: ['line-break-ends'] });
    assert.deepEqual([shown(atOnce), atOnce.read], ['A fox.▣', 'A fox.□']);
  });

  test('full-stop-places: the picture stands behind the first full stop, whatever it is the stop of', async () => {
    const doctor = ['Dr', '.', ' Fox', ' is', ' in', '.'];
    assert.equal(shown(await say(doctor, { parity: ['full-stop-places'] })), 'Dr.▣ Fox is in.');
    assert.equal(shown(await say(doctor)), 'Dr. Fox is in.▣');
    const called = ['Oh', '!', ' A', ' fox', '.', ' There'];
    assert.equal(shown(await say(called, { parity: ['full-stop-places'] })), 'Oh! A fox.▣ There');
    assert.equal(shown(await say(called)), 'Oh!▣ A fox. There');
  });

  test('picture-ends: nothing is said behind a picture, by a later attempt neither', async () => {
    const said = await say(fox, { parity: ['picture-ends'] });
    assert.deepEqual([shown(said), said.read], ['A fox.▣', 'A fox.□']);
    assert.deepEqual(said.events.at(-1), { type: 'done', finish: 'stop' });
    const cut = await say(['A fox', '.\nSo', ' it', ' is'], { parity: ['picture-ends'] });
    assert.equal(shown(cut), 'A fox.▣');
    const bare = await say(fox, { parity: ['picture-ends'], reader: false });
    assert.equal(shown(bare), 'A fox.▣');
    const forced = { text: 'A fox.', imagesAnnounced: 1, ids: [1] };
    const later = await say([' Look'], { forced, parity: ['picture-ends'] });
    assert.deepEqual([shown(later), later.events.at(-1)], ['', { type: 'done', finish: 'stop' }]);
    assert.equal(shown(await say([' Look'], { forced })), ' Look');
    assert.equal(shown(await say(fox, { parity: ['picture-ends'], change: { images: 'NEVER' } })), fox.join(''));
  });
});
