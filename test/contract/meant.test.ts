// Which earlier picture a message means, over the API with a recorded function that points: what is drawn from what, what is
// stored and shown, and what beats the model's word.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { DiffusionInput, LlmImageEvent, LlmInput, ModelCard } from '../../core/function-contract.ts';
import { limits } from '../../core/limits.ts';
import { createApiWorld, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { picturesOf, uuidOf } from '../harness/pictures.ts';
import { recordedCard, recordedDiffusion, recordedLlm, recordedVision } from '../recordings/recorded-function.ts';

const able: ModelCard = { ...recordedCard, defaultParentGuidance: 1.5, decidesPictures: true, mapsPictures: true };
const conditioning = { shape: [1, 1], fp16: 'ADw=' };
const decision = { drawProbability: 0.9, findProbability: 0.1 };

let world: ApiWorld;
before(async () => (world = await createApiWorld()));
after(() => world[Symbol.asyncDispose]());
const { replayed } = picturesOf(() => world);

const shownTo = ({ turns }: LlmInput): number =>
  turns.flatMap(({ role, parts }) => (role === 'assistant' ? parts.filter(({ kind }) => kind === 'image') : [])).length;

/** @param point shares of one, from how many pictures the prompt shows */
function work(point: (pictures: number) => readonly number[], modelCard = able, mapped = () => conditioning) {
  const drawn: DiffusionInput[] = [];
  const asked: LlmInput[] = [];
  const image = (input: LlmInput): Omit<LlmImageEvent, 'type'> => {
    const pictures = shownTo(input);
    return { conditioning: mapped(), decision, ...(pictures > 0 && { parent: { probabilities: point(pictures) } }) };
  };
  const worker = world.work({
    llm: recordedLlm({
      image,
      before: (position, input) => {
        if (position === 0) asked.push(input);
      },
    }),
    diffusion: recordedDiffusion({
      before: (position, input) => {
        if (position === 0) drawn.push(input);
      },
    }),
    modelCard: () => modelCard,
    ...(modelCard.readsImages && { vision: recordedVision() }),
    times: { reportMs: 20 },
  });
  const isKnown = async (): Promise<boolean> => {
    const { capabilities } = await world.ask(
      '{ capabilities { modelDigest defaultStrength conditionings firstConditioning } }',
    );
    const { drawsFirstWishFromWords: fromWords } = modelCard;
    return (capabilities.defaultStrength ?? undefined) === modelCard.defaultParentGuidance && capabilities.conditionings.includes('GILL') && (capabilities.firstConditioning === 'TEXT') === Boolean(fromWords); // prettier-ignore
  };
  return { drawn, asked, known: () => eventually(isKnown), [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose]() };
}

const fields = `... on AssistantMessage { status parts { ... on ImagePart { takes { id } decision { drawProbability findProbability
  candidates { similarity image { id } } meant { noneProbability candidates { probability image { id } } } }
  image { id ... on GeneratedImage { parent { id } recipe { strength } } } } } }`;

interface Turn {
  readonly replyId: string;
  readonly conversationId: string;
  readonly imageId: string;
  readonly image: Fields;
  readonly decision: Fields;
  readonly takes: readonly string[];
}

async function say(conversationId?: string, more: Fields = {}): Promise<Turn> {
  const said = await world.say({ ...(conversationId && { conversationId }), ...more });
  const read = async (): Promise<Fields> =>
    (await world.ask(`query($id: ID!) { message(id: $id) { ${fields} } }`, { id: said.replyId }))['message'] as Fields;
  await eventually(async () => (await read())['status'] === 'COMPLETED');
  const part = ((await read())['parts'] as Fields[]).find((each) => each['image'])!;
  const takes = (part['takes'] as Fields[]).map(({ id }) => id as string);
  return { replyId: said.replyId, conversationId: said.conversationId, imageId: part['image'].id as string, image: part['image'] as Fields, decision: part['decision'] as Fields, takes }; // prettier-ignore
}

test('what is drawn comes from the picture that is meant most, and says so with the others', async () => {
  await using worker = work((pictures) => (pictures === 1 ? [0.4, 0.6] : [0.2, 0.5, 0.3]));
  await worker.known();
  const first = await say();
  assert.deepEqual(
    [first.image['parent'], first.image['recipe'].strength, first.decision['meant']],
    [null, null, null],
  );
  const second = await say(first.conversationId);
  assert.deepEqual(second.image['parent'], { id: first.imageId });
  const third = await say(first.conversationId);
  assert.deepEqual(third.image['parent'], { id: first.imageId });
  assert.equal(third.image['recipe'].strength, 1.5);
  assert.deepEqual(worker.drawn.at(-1)!.parent, { guidance: 1.5, latent: { shape: [1, 1, 1], fp16: 'AAA=' } });
  const { meant, ...decided } = third.decision;
  assert.deepEqual(decided, { ...decision, candidates: [] });
  assert.deepEqual(meant, {
    noneProbability: 0.2,
    candidates: [
      { probability: 0.5, image: { id: first.imageId } },
      { probability: 0.3, image: { id: second.imageId } },
    ],
  });
});

test('a first wish is drawn from its words where the package says so; what follows, and what is asked for, from the dialogue', async () => {
  await using worker = work(() => [0.1, 0.9], { ...able, drawsFirstWishFromWords: true });
  await worker.known();
  const { capabilities } = await world.ask('{ capabilities { conditionings firstConditioning } }');
  assert.deepEqual(capabilities, { conditionings: ['GILL', 'TEXT'], firstConditioning: 'TEXT' });
  const drawnFrom = (): string => worker.drawn.at(-1)!.conditioning.kind;
  const first = await say();
  assert.equal(drawnFrom(), 'TEXT');
  const second = await say(first.conversationId);
  assert.deepEqual([drawnFrom(), second.image['parent']], ['GILL', { id: first.imageId }]);
  await say(undefined, { options: { image: { conditioning: 'GILL' } } });
  assert.equal(drawnFrom(), 'GILL');
  await say(first.conversationId, { options: { image: { conditioning: 'TEXT' } } });
  assert.equal(drawnFrom(), 'TEXT');
  await say(undefined, { parts: [{ imageId: first.imageId }, { text: 'make it night' }] });
  assert.equal(drawnFrom(), 'GILL');
});

test('the mapper is told what the newest pictures and the one that is sent were drawn from, where it reads that and drew them itself', async () => {
  const reading: ModelCard = { ...able, mapsFromParent: true, readsImages: true };
  const toldOf = ({ turns }: LlmInput) =>
    turns.map(({ parts }) => parts.flatMap((part) => (part.kind === 'image' ? [part.drawnFrom] : [])));
  let conversationId: string;
  let sent: string;
  let first: Turn;
  {
    await using worker = work((pictures) => [0.1, ...Array<number>(pictures).fill(0.9 / pictures)], reading);
    await worker.known();
    first = await say();
    ({ conversationId } = first);
    // what is kept is in what it was mapped from: the denoiser is not held to the picture as well, which stays the parent
    const second = await say(conversationId);
    assert.deepEqual([second.image['parent'], worker.drawn.at(-1)!.parent], [{ id: first.imageId }, undefined]);
    for (let i = 0; i < limits.maxMeantPictures; i++) await say(conversationId);
    const replies = toldOf(worker.asked.at(-1)!).filter((_, i) => i % 2 === 1);
    assert.deepEqual(
      replies,
      [[undefined], ...Array(limits.maxMeantPictures).fill([conditioning])],
      'the newest twelve',
    );
    // words are encoded by the package too: what came of it is what a later picture keeps
    const words = await say(undefined, { options: { image: { conditioning: 'TEXT' } } });
    await say(words.conversationId);
    assert.deepEqual(toldOf(worker.asked.at(-1)!), [[], [{ shape: [1, 2], fp16: 'AAAAAA==' }], []]);
    sent = words.imageId;
    await say(undefined, { parts: [{ imageId: sent }, { text: 'make it night' }] });
    assert.deepEqual(toldOf(worker.asked.at(-1)!), [[{ shape: [1, 2], fp16: 'AAAAAA==' }]]);
  }
  for (const card of [able, { ...reading, modelDigest: 'e'.repeat(64) }]) {
    await using worker = work(() => [1], card);
    await worker.known();
    for (const more of [{ conversationId }, { parts: [{ imageId: sent }, { text: 'make it night' }] }]) {
      await say(undefined, more);
      assert.ok(toldOf(worker.asked.at(-1)!).flat().every((tensor) => tensor === undefined)); // prettier-ignore
    }
  }
  // repeated by another package, a picture is still what the first one mapped; and whatever is sent is meant, known or not
  await using worker = work((pictures) => [0.1, ...Array<number>(pictures).fill(0.9 / pictures)], {
    ...reading,
    modelDigest: 'f'.repeat(64),
  });
  await worker.known();
  const repeated = await replayed(first.imageId);
  assert.equal(worker.drawn.at(-1)!.conditioning.kind, 'GILL');
  await say(undefined, { parts: [{ imageId: repeated['id'] }, { text: 'make it night' }] });
  assert.deepEqual(toldOf(worker.asked.at(-1)!).flat(), [undefined]);
  const own = await say(undefined, { options: { image: { conditioning: 'GILL' } } });
  await say(own.conversationId);
  assert.deepEqual(toldOf(worker.asked.at(-1)!).flat(), [conditioning]);
  await say(own.conversationId, { parts: [{ imageId: sent }, { text: 'make it night' }] });
  assert.ok(toldOf(worker.asked.at(-1)!).flat().every((tensor) => tensor === undefined)); // prettier-ignore
});

test('a change begins with the noise of what it changes, unless a seed is chosen, another answer is asked for or nothing is said anew', async () => {
  const says = { one: conditioning, two: { shape: [1, 1], fp16: 'AMA=' } };
  let now = says.one;
  await using worker = work(
    () => [0.1, 0.9],
    { ...able, mapsFromParent: true },
    () => now,
  );
  await worker.known();
  const seed = (): string => worker.drawn.at(-1)!.seed;
  const first = await say(undefined, { options: { image: { seed: '3' } } });
  assert.equal(seed(), '3');
  await say(first.conversationId);
  assert.notEqual(seed(), '3', 'the same thing once more is drawn with other noise');
  let last: Turn = first;
  const changed = async (options?: Fields): Promise<string> => {
    const other = await say(undefined, { options: { image: { seed: '5' } } });
    now = now === says.one ? says.two : says.one;
    last = await say(other.conversationId, options && { options });
    return seed();
  };
  assert.equal(await changed(), '5');
  assert.equal(await changed({ image: { seed: '9' } }), '9');
  assert.equal(await changed(), '5');
  const drawn = worker.drawn.length;
  const { regenerateMessage } = await world.ask(
    'mutation($input: RegenerateMessageInput!) { regenerateMessage(input: $input) { userErrors { message } } }',
    { input: { messageId: last.replyId, idempotencyKey: randomUUID() } },
  );
  assert.deepEqual(regenerateMessage.userErrors, []);
  await eventually(() => worker.drawn.length > drawn);
  assert.notEqual(seed(), '5');
});

test('none is meant where none is likelier; words alone, and a model that takes no parent, keep nothing', async () => {
  {
    await using worker = work(() => [0.5, 0.5]);
    await worker.known();
    const { conversationId } = await say();
    const second = await say(conversationId);
    assert.deepEqual([second.image['parent'], worker.drawn.at(-1)!.parent], [null, undefined]);
    assert.equal(second.decision['meant'].noneProbability, 0.5);
  }
  const { defaultParentGuidance: _, ...without } = able;
  for (const [card, options] of [
    [able, { image: { conditioning: 'TEXT' } }],
    [without, {}],
  ] as const) {
    await using worker = work(() => [0.1, 0.9], card);
    await worker.known();
    const { conversationId } = await say();
    const second = await say(conversationId, { options });
    assert.deepEqual([second.image['parent'], worker.drawn.at(-1)!.parent], [null, undefined]);
  }
});

test('a picture that the viewer sends along beats the one that the model means', async () => {
  await using worker = work((pictures) => (pictures === 1 ? [0.9, 0.1] : [0.1, 0.1, 0.8]));
  await worker.known();
  const first = await say(undefined, { options: { image: { takes: 2, seed: '3' } } });
  await say(first.conversationId);
  const [, other] = first.takes;
  const parts = [{ text: 'make it night' }, { imageId: other }];
  const third = await say(first.conversationId, { parts });
  assert.deepEqual(third.image['parent'], { id: other });
});

test('of the pictures that the function tells apart the right one is meant, and only what was finished; the four most probable are shown', async () => {
  await using worker = work((pictures) => [
    0.1,
    ...Array.from({ length: Math.min(5, pictures) }, (_, i) => (i === 0 ? 0.6 : 0.1 - i / 100)),
  ]);
  await worker.known();
  const first = await say(undefined, { options: { image: { takes: 2, seed: '3' } } });
  const turns = [first];
  for (let i = 0; i < 5; i++) turns.push(await say(first.conversationId));
  const seventh = await say(first.conversationId);
  assert.deepEqual(seventh.image['parent'], { id: turns[1]!.imageId });
  const shown = (seventh.decision['meant'] as Fields)['candidates'] as Fields[];
  assert.deepEqual(shown.map(({ image }) => (image as Fields)['id']), turns.slice(1, 5).map(({ imageId }) => imageId)); // prettier-ignore

  // the first take of the picture meant was not drawn, its other one was
  const again = await say(undefined, { options: { image: { takes: 2, seed: '5' } } });
  await world.hands.updateTable('image').set({ status: 'FAILED', file_key: null }).where('id', '=', uuidOf(again.imageId)).execute(); // prettier-ignore
  const next = await say(again.conversationId);
  assert.deepEqual(next.image['parent'], { id: again.takes[1] });
});
