// The eight dialogues that GILL was shown with (Koh et al. 2023, figures 1 and 5 to 8), in the storybook's world and through the public
// API: bundled weights, real sockets, PostgreSQL and S3. What pictures show is read by the pixel oracle. Seeds are fixed, so that
// a small model's luck is the same each time. GILL_CONTACT_SHEET=FOLDER writes every picture there, under its dialogue.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createClient, type Client, type PictureDecision } from '../../clients/ts/index.ts';
import { silentLog } from '../../core/log.ts';
import { openPictureFunction } from '../../functions/diffusion/picture-function.ts';
import { openModelPackage, readModelCard } from '../../functions/engine/model-package.ts';
import { openLanguageFunction } from '../../functions/llm/language-function.ts';
import { openVisionFunction } from '../../functions/vision/vision-function.ts';
import { installGallery } from '../../functions/worker/install-gallery.ts';
import { createS3MediaStore, type S3MediaStore } from '../../infra/media/s3-media-store.ts';
import type { ReplyOptions } from '../../schema/generated/client-types.ts';
import { createApiWorld, type ApiWorld } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { bucket, startTestS3, testIdentity, type TestS3 } from '../harness/s3.ts';
import { openSceneReader, type SceneReader, type SeenScene } from '../harness/scene-reader.ts';

const modelFolder = 'models/storybook';
const model = await openModelPackage(modelFolder);
const llm = openLanguageFunction({
  modelFolder,
  cacheFolder: path.join('node_modules', '.cache', 'gill-weights'),
  slots: 2,
  kvBytes: 2 ** 29,
  log: silentLog,
});
const diffusion = openPictureFunction({ modelFolder, slots: 2 });
const vision = openVisionFunction({ modelFolder });
const card = readModelCard(model);
/** Of the package's gallery: an orange lion in the snow, and a green rabbit in the city. */
const [lion, rabbit] = ['157.webp', '129.webp'] as const;
const sheetFolder = process.env['GILL_CONTACT_SHEET'];

let s3: TestS3;
let media: S3MediaStore;
let world: ApiWorld;
let worker: AsyncDisposable;
let client: Client;
let reader: SceneReader;
before(async () => {
  s3 = await startTestS3();
  const credentials = testIdentity;
  media = createS3MediaStore({ endpoint: s3.url, publicEndpoint: undefined, region: 'us-east-1', bucket, credentials });
  world = await createApiWorld({}, media);
  reader = await openSceneReader();
  const functions = [llm, diffusion, vision];
  await eventually(() => functions.every((each) => each.health().state !== 'loading'), 90_000);
  assert.deepEqual(functions.map((each) => each.health().state), ['ready', 'ready', 'ready']); // prettier-ignore
  worker = world.work({ llm, diffusion, vision, media, modelCard: () => card });
  client = createClient({ url: world.server.url });
});
after(async () => {
  await client[Symbol.asyncDispose]();
  await worker[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  await media[Symbol.asyncDispose]();
  await s3[Symbol.asyncDispose]();
  for (const each of [llm, diffusion, vision, reader]) await each[Symbol.asyncDispose]();
});

interface Answer {
  readonly conversationId: string;
  readonly text: string;
  /** Undefined where the reply has no picture. */
  readonly shown: SeenScene | undefined;
  readonly kind: 'GeneratedImage' | 'UploadedImage' | 'GalleryImage' | undefined;
  readonly imageId: string | undefined;
  readonly decision: PictureDecision | null | undefined;
}

let pictures = 0;
/** Says something in a dialogue and reads the whole answer, with the oracle's view of its picture. */
async function say(
  said: Parameters<Client['send']>[0],
  { conversationId, options = {} }: { conversationId?: string | undefined; options?: ReplyOptions } = {},
): Promise<Answer> {
  const drawing = { seed: '3', ...options.image };
  const all = { seed: '1', ...options, image: drawing };
  using reply = await client.send(said, { ...(conversationId !== undefined && { conversationId }), options: all });
  const ended = await reply.finished();
  assert.equal(ended.status, 'COMPLETED', JSON.stringify(ended.failure));
  const part = ended.parts.find((each) => each.kind === 'image');
  const text = ended.parts.map((each) => (each.kind === 'text' ? each.text : '')).join('');
  let shown: SeenScene | undefined;
  if (part) {
    const file = new Uint8Array(await (await fetch(part.image.file!.url)).arrayBuffer());
    shown = await reader.read(file);
    await keepForSheet(said, text, file);
  }
  return {
    conversationId: reply.conversationId,
    text,
    shown,
    kind: part?.image.__typename,
    imageId: part?.image.id,
    decision: part?.decision,
  };
}

async function keepForSheet(said: Parameters<Client['send']>[0], text: string, file: Uint8Array): Promise<void> {
  if (sheetFolder === undefined) return;
  await mkdir(sheetFolder, { recursive: true });
  const name = String(++pictures).padStart(2, '0');
  await writeFile(path.join(sheetFolder, `${name}.png`), file);
  const words = typeof said === 'string' ? said : said.map((each) => (typeof each === 'string' ? each : '[picture]')).join(' '); // prettier-ignore
  await writeFile(path.join(sheetFolder, `${name}.txt`), `${words}\n${text}\n`);
}

/** A picture of the package's gallery as a file that somebody sends. */
const photograph = async (file: string): Promise<Blob> =>
  new Blob([await readFile(model.file(`gallery/${file}`))], { type: 'image/webp' });

const has = (scene: SeenScene | undefined, kind: string, colour?: string): boolean =>
  scene?.things.some((each) => each.kind === kind && (colour === undefined || each.colour === colour)) ?? false;
const told = (scene: SeenScene | undefined): string => JSON.stringify(scene);

test('1. a picture is refined over turns; what was not mentioned stays, and thanks get no picture', async (context) => {
  let kept = 0;
  // the oracle does not know every dog of a model of this size: of three dialogues with noise of their own one may be lost
  for (const seed of ['3', '4', '5']) {
    const drawn = { options: { image: { seed } } };
    const first = await say('I want to paint a dog in the mountains. Can you help me find some inspiration?', { options: { images: 'ALWAYS', image: { seed } } }); // prettier-ignore
    assert.equal(first.shown?.place, 'mountains', told(first.shown));
    const { conversationId } = first;
    const unsure = await say("I'm not sure.", { conversationId });
    assert.deepEqual([unsure.kind, unsure.text.length > 0], [undefined, true]);
    const night = await say('Can you make it at night?', { conversationId, ...drawn });
    assert.deepEqual([night.shown?.time, night.shown?.place], ['night', 'mountains'], told(night.shown));
    const beach = await say('Now on the beach.', { conversationId, ...drawn });
    assert.deepEqual([beach.shown?.time, beach.shown?.place], ['night', 'beach'], told(beach.shown));
    if ([first, night, beach].every(({ shown }) => has(shown, 'dog'))) kept++;
    context.diagnostic(`${told(first.shown)} → ${told(night.shown)} → ${told(beach.shown)}`);
    const thanks = await say('Thanks!', { conversationId });
    assert.equal(thanks.kind, undefined);
  }
  assert.ok(kept >= 2, `the dog stays in ${kept} of 3 dialogues`);
});

test('2. a sentence and a picture answer a picture that was sent, of a thing that nobody typed', async () => {
  const answer = await say([await photograph(lion), 'Show me this on the beach at night.']);
  assert.ok(answer.text.length > 0);
  assert.equal(answer.kind, 'GeneratedImage');
  assert.ok(has(answer.shown, 'lion'), told(answer.shown));
  assert.deepEqual([answer.shown?.place, answer.shown?.time], ['beach', 'night'], told(answer.shown));
});

test('3. single wishes, from the dialogue and from their words alone, with the same noise', async (context) => {
  const wishes = [
    ['a pink flamingo in the mountains at sunset', 'flamingo', 'own', 'mountains', 'sunset'],
    ['a blue car in the city at night', 'car', 'blue', 'city', 'night'],
    ['a green dinosaur on the beach', 'dinosaur', 'own', 'beach', 'day'],
    ['a yellow duck on a farm', 'duck', 'yellow', 'farm', 'day'],
  ] as const;
  for (const conditioning of ['GILL', 'TEXT'] as const) {
    let right = 0;
    for (const [wish, kind, colour, place, time] of wishes) {
      const { shown } = await say(wish, { options: { images: 'DRAW_ONLY', image: { conditioning } } });
      if (has(shown, kind, colour) && shown?.place === place && shown.time === time) right++;
      else context.diagnostic(`${conditioning}: ${wish}: ${told(shown)}`);
    }
    context.diagnostic(`${conditioning}: ${right} of ${wishes.length} right in all that was asked`);
    assert.ok(right >= (conditioning === 'TEXT' ? 3 : 2), `${conditioning}: ${right} of ${wishes.length}`);
  }
});

test('4. a picture that was sent, but in other colours', async (context) => {
  let [right, kept] = [0, 0];
  for (const colour of ['yellow', 'blue', 'red']) {
    const { shown } = await say([await photograph(rabbit), `A picture of this but in ${colour}.`], { options: { images: 'DRAW_ONLY' } }); // prettier-ignore
    if (has(shown, 'rabbit')) kept++;
    if (has(shown, 'rabbit', colour)) right++;
    else context.diagnostic(`${colour}: ${told(shown)}`);
  }
  // the model of this size keeps the thing and often misses the colour
  assert.deepEqual([kept, right >= 1], [3, true], `${kept} rabbits, ${right} of them in the colour`);
});

test('5. the last sentence of a story says "it", and the picture knows who, whatever was answered between', async (context) => {
  const story = ['Once upon a time there was a green frog in the forest.', 'It met a red car.', 'Night has come.'];
  const last = 'Then they found themselves on the beach. Draw it.';
  for (const seed of ['1', '2']) {
    let conversationId: string | undefined;
    const options = { images: 'NEVER', seed } as const;
    for (const sentence of story) ({ conversationId } = await say(sentence, { conversationId, options }));
    const drawn = { images: 'DRAW_ONLY', seed } as const;
    const { shown } = await say(last, { conversationId, options: drawn });
    assert.ok(has(shown, 'frog') && has(shown, 'car'), told(shown));
    assert.deepEqual([shown?.place, shown?.time], ['beach', 'night'], told(shown));
    const plain = await say(last, { conversationId, options: { ...drawn, image: { conditioning: 'TEXT' } } });
    context.diagnostic(`from the dialogue ${told(shown)}; from the last words ${told(plain.shown)}`);
    assert.ok(!has(plain.shown, 'frog'), 'the words alone cannot know it');
  }
});

test('talk of something else is not drawn, and what was told since the last picture is', async () => {
  const talk = await say('Can horses swim?', { options: { images: 'NEVER' } });
  const cat = await say('Draw an orange cat in the snow.', { conversationId: talk.conversationId, options: { images: 'DRAW_ONLY' } }); // prettier-ignore
  assert.ok(has(cat.shown, 'cat') && cat.shown?.things.length === 1, told(cat.shown));
  const fox = await say('Draw a red fox in the forest.', { options: { images: 'DRAW_ONLY' } });
  const { conversationId } = fox;
  await say('What do cats eat?', { conversationId, options: { images: 'NEVER' } });
  const night = await say('Now make it night.', { conversationId, options: { images: 'DRAW_ONLY' } });
  assert.ok(has(night.shown, 'fox', 'red') && !has(night.shown, 'cat'), told(night.shown));
  assert.deepEqual([night.shown?.place, night.shown?.time], ['forest', 'night'], told(night.shown));
  await say('There is a penguin in the mountains.', { conversationId, options: { images: 'NEVER' } });
  await say('It is snowing.', { conversationId, options: { images: 'NEVER' } });
  const penguin = await say('Draw a picture of that.', { conversationId, options: { images: 'DRAW_ONLY' } });
  assert.ok(has(penguin.shown, 'penguin'), told(penguin.shown));
  assert.equal(penguin.shown?.place, 'mountains', told(penguin.shown));
});

test('6. ten questions and answers become a picture', async () => {
  const rounds = [
    ['is it day or night', 'it is night'],
    ['is it raining', 'no'],
    ['where is it', 'in the mountains'],
    ['how many things are there', 'one'],
    ['what is it', 'a penguin'],
    ['what colour is it', 'blue'],
    ['are there any people', 'no'],
    ['is there anything in the sky', 'no'],
    ['is it a photo', 'no, it is from a picture book'],
    ['is the penguin big', 'not very'],
  ];
  const told10 = rounds.map(([question, answer]) => `Q: ${question}?\nA: ${answer}`).join('\n');
  const { shown } = await say(`${told10}\nDraw it.`, { options: { images: 'ALWAYS', image: { conditioning: 'GILL' } } }); // prettier-ignore
  assert.ok(has(shown, 'penguin'), told(shown));
  assert.deepEqual([shown?.place, shown?.time], ['mountains', 'night'], told(shown));
});

test('7. what is in a picture is said in words, and no picture answers', async (context) => {
  const question = 'What is in this picture?';
  const answers = await Promise.all(
    [lion, rabbit].map(async (file) => say([await photograph(file), question], { options: { maxTokens: 24 } })),
  );
  for (const { text, kind } of answers) {
    context.diagnostic(text);
    assert.equal(kind, undefined);
  }
  assert.match(answers[0]!.text, /lion/i);
  assert.match(answers[1]!.text, /rabbit/i);
});

test('8. found or drawn is told with both probabilities; without a gallery it is drawn; nothing is shown twice', async (context) => {
  const wish = 'Find me a picture of a giraffe in the city.';
  /** Choice and decider, where both probabilities are told. */
  const decided = ({ decision }: Answer) => {
    const { drawProbability, findProbability } = decision!;
    assert.ok(Math.abs(drawProbability! + findProbability! - 1) < 1e-6, JSON.stringify(decision));
    return [decision!.choice, decision!.decidedBy];
  };
  const none = await say(wish, { options: { images: 'FIND_ONLY' } });
  assert.equal(none.kind, undefined);
  const drawn = await say(wish, { options: { images: 'ALWAYS' } });
  assert.equal(drawn.kind, 'GeneratedImage');
  // "find me" is heard, and nothing is there
  assert.deepEqual(decided(drawn), ['DRAW', 'POLICY'], JSON.stringify(drawn.decision));
  await installGallery({ db: world.db, media, log: silentLog }, model, AbortSignal.timeout(60_000));
  const first = await say(wish, { options: { images: 'FIND_ONLY' } });
  assert.equal(first.kind, 'GalleryImage');
  assert.deepEqual(decided(first), ['FIND', 'VIEWER']);
  const second = await say('Another one, please.', { conversationId: first.conversationId, options: { images: 'FIND_ONLY' } }); // prettier-ignore
  assert.equal(second.kind, 'GalleryImage');
  assert.notEqual(second.imageId, first.imageId);
  context.diagnostic(`found: ${told(first.shown)}`);
  assert.ok(has(first.shown, 'giraffe') || first.shown?.place === 'city', told(first.shown));
});

test('9. a wish for two pictures has two, each of its own words; and a later turn means the one that it counts', async (context) => {
  const wish = 'Draw a fox in the forest. Then draw a yellow duck on the beach at night.';
  using reply = await client.send(wish, { options: { seed: '1', image: { seed: '3' } } });
  const ended = await reply.finished();
  const parts = ended.parts.filter((each) => each.kind === 'image');
  const text = ended.parts.map((each) => (each.kind === 'text' ? each.text : '')).join('');
  const shown: SeenScene[] = [];
  for (const { image } of parts) {
    assert.ok(image.file, JSON.stringify(image));
    const file = new Uint8Array(await (await fetch(image.file.url)).arrayBuffer());
    shown.push(await reader.read(file));
    await keepForSheet(wish, text, file);
  }
  context.diagnostic(shown.map(told).join(' and '));
  assert.equal(parts.length, 2, text);
  assert.ok(has(shown[0], 'fox') && has(shown[1], 'duck', 'yellow'), shown.map(told).join());
  assert.deepEqual(shown.map(({ place, time }) => [place, time]), [['forest', 'day'], ['beach', 'night']]); // prettier-ignore
  const { conversationId } = reply;
  const again = await say('The first one, but at sunset.', { conversationId });
  assert.ok(has(again.shown, 'fox') && again.shown?.time === 'sunset', told(again.shown));
});
