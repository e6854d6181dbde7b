// Takes are compared with what the model asked for, over the API with a recorded function whose pictures are the colour of their
// seed: the score of each, what a later message goes on from, and what becomes of takes that nobody can see.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import type { LlmInput, ModelCard, VisionEvent, VisionFunction, WireTensor } from '../../core/function-contract.ts';
import type { WorkerOptions } from '../../functions/worker/worker.ts';
import { createApiWorld, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { picturesOf } from '../harness/pictures.ts';
import { recordedCard, recordedDiffusion, recordedLlm } from '../recordings/recorded-function.ts';

const card: ModelCard = {
  ...recordedCard,
  defaultParentGuidance: 1.5,
  readsImages: true,
  decidesPictures: true,
  mapsPictures: true,
};
const vector = (...values: number[]): WireTensor => ({
  shape: [values.length],
  fp16: Buffer.from(new Float16Array(values).buffer).toString('base64'),
});
/** Colour, which is the seed → what is seen. The query is (1, 0). */
const sights = new Map([
  [3, vector(0, 1)],
  [4, vector(3, 0)],
  [6, vector(-1, 0)],
]);
const vision: VisionFunction = {
  health: () => ({ state: 'ready' }),
  run: ({ picture: { rgb } }, emit) => {
    const embedding = sights.get(Buffer.from(rgb, 'base64').readUIntBE(0, 3));
    if (embedding) {
      emit({ type: 'seen', rows: { shape: [1, 1], fp16: 'AAA=' }, embedding });
      emit({ type: 'usage', computeMs: 7 });
      emit({ type: 'done' });
    } else emit({ type: 'error', code: 'INVALID', message: 'it is broken', retryable: false });
    return Promise.resolve();
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
/** Without a picture before it a message means none, else the newest. */
const image = ({ turns }: LlmInput) => {
  const shown = turns.filter(({ role, parts }) => role === 'assistant' && parts.some(({ kind }) => kind === 'image'));
  return {
    conditioning: vector(0.5),
    decision: { drawProbability: 0.9, findProbability: 0.1 },
    query: vector(1, 0),
    ...(shown.length > 0 && { parent: { probabilities: [0.1, ...shown.map(() => 0.9 / shown.length)] } }),
  };
};

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());

async function work(change: Partial<WorkerOptions>, modelCard = card): Promise<AsyncDisposable> {
  const worker = world.work({
    llm: recordedLlm({ image }),
    diffusion: recordedDiffusion(),
    modelCard: () => modelCard,
    times: { reportMs: 20 },
    ...change,
  });
  await eventually(async () => {
    const { capabilities } = await world.ask('{ capabilities { conditionings } }');
    return capabilities.conditionings.includes('GILL');
  });
  return worker;
}

interface Take {
  readonly id: string;
  readonly score: number | null;
}

async function say(takes: number, conversationId?: string, parts: readonly Fields[] = [{ text: 'a red fox' }]) {
  const options = { image: { takes, seed: '3' } };
  return read(await world.say({ ...(conversationId && { conversationId }), parts, options }));
}

async function read<S extends { readonly replyId: string }>(said: S) {
  const query = `query($id: ID!) { message(id: $id) { ... on AssistantMessage { status usage { computeMs } parts { ... on ImagePart {
    takes { id score } image { ... on GeneratedImage { score parent { id } } } } } } } }`;
  let message: Fields = {};
  await eventually(async () => {
    message = (await world.ask(query, { id: said.replyId }))['message'] as Fields;
    return message['status'] === 'COMPLETED';
  });
  const part = (message['parts'] as Fields[]).find((each) => each['takes'])!;
  return {
    ...said,
    takes: part['takes'] as Take[],
    parent: part['image'].parent as Fields | null,
    computeMs: message['usage'].computeMs as number,
  };
}

test('each take has the cosine of what was asked for and what is seen; the one that fits best is gone on from', async () => {
  const { media } = world;
  const get = (key: string): never => assert.fail(`${key} was read back: its pixels are here`);
  await using _ = await work({ vision, media: { ...media, get } });
  const first = await say(4);
  assert.deepEqual(
    first.takes.map(({ score }) => score),
    [0, 1, null, -1], // the third cannot be seen, and is a take like the others
  );
  assert.equal(first.computeMs, 12 + 4 * 34 + 3 * 7, 'what looking took is counted');
  const next = await say(1, first.conversationId);
  assert.deepEqual(next.parent, { id: first.takes[1]!.id });
  assert.equal(next.computeMs, 12 + 34, 'one take is not looked at');
  assert.deepEqual(next.takes, [{ id: next.takes[0]!.id, score: null }], 'one take has nobody to be compared with');
});

test('where nothing can be seen no take has a score, and the first stands for all', async () => {
  for (const [functions, modelCard] of [
    [{}, card],
    [{ vision }, { ...card, readsImages: false }],
  ] as const) {
    await using _ = await work(functions, modelCard);
    const first = await say(2);
    assert.deepEqual(
      first.takes.map(({ score }) => score),
      [null, null],
    );
    const next = await say(1, first.conversationId);
    assert.deepEqual(next.parent, { id: first.takes[0]!.id });
  }
});

test('a take that is sent along beats another one that fits better', async () => {
  await using _ = await work({ vision });
  const first = await say(2);
  const [worse, better] = first.takes;
  assert.ok(worse!.score! < better!.score!);
  const next = await say(1, first.conversationId, [{ imageId: worse!.id }, { text: 'at night' }]);
  assert.deepEqual(next.parent, { id: worse!.id });
});

test('takes of a redraw are compared while the words stay the same', async () => {
  await using _ = await work({ vision });
  const first = await say(1);
  const { redraw } = picturesOf(() => world);
  for (const [change, scores] of [
    [{}, [0, 1]],
    [{ wish: 'a yellow car' }, [null, null]],
  ] as const) {
    const made = await redraw(first.takes[0]!.id, { ...change, options: { takes: 2, seed: '3' } });
    const { takes } = await read({ replyId: made['reply'].id as string });
    assert.deepEqual(
      takes.map(({ score }) => score),
      scores,
    );
  }
});

describe('a score is an opinion: the takes are drawn once and finish without it', () => {
  /** A vision function that sees this of everything. */
  const sees = (embedding: WireTensor): VisionFunction => ({
    ...vision,
    run: (_, emit: (event: VisionEvent) => void) => {
      emit({ type: 'seen', rows: { shape: [1, 1], fp16: 'AAA=' }, embedding });
      emit({ type: 'done' });
      return Promise.resolve();
    },
  });
  const drawings = (change: Partial<WorkerOptions>) => {
    const seeds: string[] = [];
    const before = (position: number, { seed }: { readonly seed: string }): void => {
      if (position === 0) seeds.push(seed);
    };
    return { seeds, working: work({ diffusion: recordedDiffusion({ before }), ...change }) };
  };
  const scoresOf = ({ takes }: { readonly takes: readonly Take[] }) => takes.map(({ score }) => score);

  for (const [what, change] of [
    ['where what is seen has another length', { vision: sees(vector(1, 0, 0)) }],
    ['where what is seen is not a number', { vision: sees(vector(Number.NaN, 1)) }],
    ['where what is seen is not finite', { vision: sees(vector(Infinity, 1)) }],
    [
      'where looking never ends',
      { vision: { ...vision, run: () => new Promise<never>(() => undefined) }, scoringMs: 50 },
    ],
  ] as const) {
    test(what, async () => {
      const { seeds, working } = drawings(change);
      await using _ = await working;
      assert.deepEqual(scoresOf(await say(2)), [null, null]);
      assert.deepEqual(seeds.sort(), ['3', '4']);
    });
  }

  test('where what is seen cannot be kept, which costs not even the score', async () => {
    const { seeds, working } = drawings({ vision });
    await using _ = await working;
    await sql`alter table seen_image rename to seen_image_away`.execute(world.db);
    try {
      assert.deepEqual(scoresOf(await say(2)), [0, 1]);
    } finally {
      await sql`alter table seen_image_away rename to seen_image`.execute(world.db);
    }
    assert.deepEqual(seeds.sort(), ['3', '4']);
  });

  test('where another model package asked for them', async () => {
    let said: Awaited<ReturnType<typeof world.say>>;
    {
      await using _ = await work({ vision, slots: { reply: 1, image: 0 } }, { ...card, modelDigest: 'e'.repeat(64) });
      said = await world.say({ options: { image: { takes: 2, seed: '3' } } });
      const waits = 'query($id: ID!) { message(id: $id) { ... on AssistantMessage { parts { index } } } }';
      await eventually(async () => (await world.ask(waits, { id: said.replyId }))['message'].parts.length === 3);
    }
    const { seeds, working } = drawings({ vision });
    await using _ = await working;
    assert.deepEqual(scoresOf(await read(said)), [null, null]);
    assert.deepEqual(seeds.sort(), ['3', '4']);
  });
});
