// Takes are compared with what the model asked for, over the API with a recorded function whose pictures are the colour of their
// seed: the score of each, what a later message goes on from, and what becomes of takes that nobody can see.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LlmInput, ModelCard, VisionFunction, WireTensor } from '../../core/function-contract.ts';
import { createApiWorld, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
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

async function work(functions: { vision?: VisionFunction }, modelCard = card): Promise<AsyncDisposable> {
  const worker = world.work({
    llm: recordedLlm({ image }),
    diffusion: recordedDiffusion(),
    modelCard: () => modelCard,
    times: { reportMs: 20 },
    ...functions,
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

async function say(takes: number, conversationId?: string) {
  const options = { image: { takes, seed: '3' } };
  const said = await world.say({ ...(conversationId && { conversationId }), options });
  const query = `query($id: ID!) { message(id: $id) { ... on AssistantMessage { status usage { computeMs } parts { ... on ImagePart {
    takes { id score } image { ... on GeneratedImage { score parent { id } } } } } } } }`;
  let message: Fields = {};
  await eventually(async () => {
    message = (await world.ask(query, { id: said.replyId }))['message'] as Fields;
    return message['status'] === 'COMPLETED';
  });
  const part = (message['parts'] as Fields[]).find((each) => each['takes'])!;
  return { ...said, takes: part['takes'] as Take[], parent: part['image'].parent as Fields | null };
}

test('each take has the cosine of what was asked for and what is seen; the one that fits best is gone on from', async () => {
  await using _ = await work({ vision });
  const first = await say(4);
  assert.deepEqual(
    first.takes.map(({ score }) => score),
    [0, 1, null, -1], // the third cannot be seen, and is a take like the others
  );
  const next = await say(1, first.conversationId);
  assert.deepEqual(next.parent, { id: first.takes[1]!.id });
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
