// Replies of several pictures, behind a recorded function that tells them: where they stand, what each is drawn from, which are found, and
// what a later attempt and the next turn are told.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DiffusionInput, LlmImageEvent, LlmInput, ModelCard } from '../../core/function-contract.ts';
import { foldLog } from '../../infra/database/event-log.ts';
import type { MessageSnapshot } from '../../infra/database/read-messages.ts';
import { eventually } from '../harness/eventually.ts';
import { keepPicture, vectorOf } from '../harness/keep-picture.ts';
import { createWorld, replyOptions, type World } from '../harness/world.ts';
import { recordedCard, recordedDiffusion, recordedLlm, recordedText } from '../recordings/recorded-function.ts';

const card: ModelCard = { ...recordedCard, mapsPictures: true, drawsFirstWishFromWords: true };
const conditioning = { shape: [1, 1], fp16: 'ADw=' };

let world: World;
before(async () => (world = await createWorld()));
after(() => world[Symbol.asyncDispose]());

/** What the pointer says. */
let meant: readonly number[] | undefined;

interface Watched extends AsyncDisposable {
  readonly asked: LlmInput[];
  readonly drawn: DiffusionInput[];
}

function work(
  pictures: number,
  image: Omit<LlmImageEvent, 'type'> = { conditioning },
  before?: (position: number) => Promise<void> | void,
  words?: (index: number) => string,
): Watched {
  const [asked, drawn]: [LlmInput[], DiffusionInput[]] = [[], []];
  const llm = recordedLlm({
    pictures,
    words,
    image: () => ({ ...image, ...(meant && { parent: { probabilities: meant } }) }),
    before: async (position, input) => {
      if (position === 0) asked.push(input);
      await before?.(position);
    },
  });
  const diffusion = recordedDiffusion({
    before: (position, input) => {
      if (position === 0) drawn.push(input);
    },
  });
  const worker = world.work({ llm, diffusion, modelCard: () => card });
  return { asked, drawn, [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose]() };
}

type Asked = Parameters<World['send']>[0];
async function answer(more: Asked = {}): Promise<MessageSnapshot> {
  const { replyId } = await world.send(more);
  await eventually(async () => !['QUEUED', 'RUNNING'].includes((await world.read(replyId)).status));
  const reply = await world.read(replyId);
  assert.equal(reply.status, 'COMPLETED');
  assert.deepEqual(reply.parts, await foldLog(world.db, replyId), 'fold = query');
  return reply;
}
const kinds = ({ parts }: MessageSnapshot): string => parts.map((part) => (part.kind === 'text' ? part.text : '▣')).join(''); // prettier-ignore
const idsOf = ({ parts }: MessageSnapshot): string[] => parts.flatMap((part) => (part.kind === 'image' ? [part.imageId] : [])); // prettier-ignore

test('each stands at its place and is drawn from the dialogue, also where a first wish is drawn from its words', async () => {
  await using worker = work(3);
  const reply = await answer();
  assert.equal(kinds(reply), `${recordedText.before}▣${recordedText.after}▣▣`);
  assert.equal(new Set(idsOf(reply)).size, 3);
  for (const id of idsOf(reply)) assert.equal((await world.drawn(id)).status, 'COMPLETED');
  await eventually(() => worker.drawn.length === 3);
  assert.ok(worker.drawn.every((input) => input.conditioning.kind === 'GILL'));

  const { conversationId } = reply as MessageSnapshot & { conversationId: string };
  await answer({ conversationId });
  const shown = worker.asked.at(-1)!.turns[1]!.parts.map((part) => (part.kind === 'text' ? part.text : '▣'));
  assert.deepEqual(shown, [recordedText.before, '▣', recordedText.after, '▣', '▣']);
});

test('each is drawn from what the message says of it, where that is told and no earlier picture is meant', async () => {
  const own = (pictures: number): Watched => work(pictures, { conditioning }, undefined, (index) => `part ${index}`);
  await using worker = own(2);
  const reply = await answer();
  await eventually(() => worker.drawn.length === 2);
  const said = worker.drawn.map((input) => input.conditioning.kind === 'TEXT' && input.conditioning.text);
  assert.deepEqual(said.toSorted(), ['part 0', 'part 1']);
  const text = await answer({ options: { ...replyOptions, image: { ...replyOptions.image, conditioning: 'TEXT' } } });
  assert.equal(idsOf(text).length, 2);
  await eventually(() => worker.drawn.length === 4);
  assert.ok(worker.drawn.every((input) => input.conditioning.kind === 'TEXT'));
  // what means an earlier picture is only in what the language model has read
  const { conversationId } = reply as MessageSnapshot & { conversationId: string };
  meant = [0.1, 0.2, 0.7];
  await answer({ conversationId });
  meant = undefined;
  await eventually(() => worker.drawn.length === 6);
  const shown = worker.asked.at(-1)!.turns[1]!.parts.flatMap((part) => (part.kind === 'image' ? [part.words] : []));
  assert.deepEqual(shown, ['part 0', 'part 1'], 'the pointer is told which is which');
  assert.ok(worker.drawn.slice(4).every((input) => input.conditioning.kind === 'GILL'));
  const [first] = await Promise.all(idsOf(reply).map((id) => world.drawn(id)));
  assert.equal(first!.recipe.words, 'part 0');
});

test('one alone is drawn where words were asked for and nobody tells whose they are; and one is a first wish still', async () => {
  for (const [pictures, image] of [
    [3, { ...replyOptions.image, conditioning: 'TEXT' as const }],
    [1, replyOptions.image],
  ] as const) {
    // prettier-ignore
    await using worker = work(pictures);
    const reply = await answer({ options: { ...replyOptions, image } });
    assert.equal(kinds(reply), `${recordedText.before}▣${recordedText.after}`);
    await eventually(() => worker.drawn.length === 1);
    assert.equal(worker.drawn[0]!.conditioning.kind, 'TEXT');
  }
});

test('those of the same words have noise of their own, behind the takes of the others', async () => {
  await using _worker = work(2, { conditioning }, undefined, () => 'a fox');
  const reply = await answer({ options: { ...replyOptions, image: { ...replyOptions.image, seed: '7', takes: 2 } } });
  const takes = reply.parts.flatMap((part) => (part.kind === 'image' ? part.takeIds : []));
  const seeds = await Promise.all(takes.map(async (id) => (await world.drawn(id)).recipe.seed));
  assert.deepEqual(seeds, ['7', '8', '9', '10']);
});

test('they share the takes that one may have', async () => {
  for (const [pictures, takes] of [
    [2, 2],
    [3, 1],
  ] as const) {
    await using _worker = work(pictures);
    const reply = await answer({ options: { ...replyOptions, image: { ...replyOptions.image, takes: 4 } } });
    const each = reply.parts.flatMap((part) => (part.kind === 'image' ? [part.takeIds.length] : []));
    assert.deepEqual(each, Array(pictures).fill(takes)); // prettier-ignore
  }
});

test('none is found twice in a reply', async () => {
  const kept = [];
  for (const [title, x] of [['near', 1], ['far', 0.5]] as const) kept.push(await keepPicture(world, { title, embedding: vectorOf(x, 1 - x) })); // prettier-ignore
  const finds = { decision: { drawProbability: 0.1, findProbability: 0.9 }, query: vectorOf(1, 0), conditioning };
  await using worker = work(3, finds);
  const reply = await answer({ options: { ...replyOptions, images: 'AUTO' } });
  assert.deepEqual(idsOf(reply).slice(0, 2), kept);
  await eventually(() => worker.drawn.length === 1);
});

test('a later attempt is told how many are settled, and adds the others alone', async () => {
  const whole = `${recordedText.before}▣${recordedText.after}▣▣`;
  const text = { ...replyOptions, image: { ...replyOptions.image, conditioning: 'TEXT' as const } };
  // it stands still behind the first picture and what is said behind it; and behind the third of four, of which the second came to nothing
  for (const { options, words, count, at, first, settled } of [
    { options: replyOptions, words: undefined, count: 3, at: 15, first: 1, settled: 1 },
    { options: text, words: ['a fox', '', 'a boat', 'a duck'], count: 4, at: 17, first: 2, settled: 3 },
  ]) {
    const held = Promise.withResolvers<void>();
    const wordsOf = words && ((index: number): string => words[index]!);
    let replyId: string;
    let before: readonly string[];
    {
      await using stopped = work(count, { conditioning }, (position) => (position === at ? held.promise : undefined), wordsOf); // prettier-ignore
      ({ replyId } = await world.send({ options }));
      await eventually(async () => idsOf(await world.read(replyId)).length === first);
      before = idsOf(await world.read(replyId));
      const { fence } = await world.db.selectFrom('job').select('fence').where('message_id', '=', replyId).where('kind', '=', 'reply').executeTakeFirstOrThrow(); // prettier-ignore
      await using next = work(count, { conditioning }, undefined, wordsOf);
      await eventually(async () => {
        await world.hands.updateTable('job').set({ lease_until: new Date(0) }).where('fence', '=', fence).execute(); // prettier-ignore
        return (await world.read(replyId)).status === 'COMPLETED';
      });
      const asked = [...next.asked, ...stopped.asked].filter(({ forcedText }) => forcedText);
      assert.deepEqual(asked.map(({ forcedText }) => forcedText!.imagesAnnounced), [settled]); // prettier-ignore
      held.resolve();
    }
    const reply = await world.read(replyId);
    assert.equal(kinds(reply), whole);
    assert.deepEqual([idsOf(reply).slice(0, first), new Set(idsOf(reply)).size], [before, 3]);
    const drawn = await Promise.all(idsOf(reply).map(async (id) => (await world.drawn(id)).recipe.words));
    if (words) assert.deepEqual(drawn, words.filter((each) => each !== '')); // prettier-ignore
  }
});
