// The eight dialogues that GILL was shown with (Koh et al. 2023, figures 1 and 5 to 8), in the storybook's world and through the public
// API: bundled weights, real sockets, PostgreSQL and S3. What pictures show is read by the pixel oracle. Seeds are fixed, so that
// a small model's luck is the same each time. GILL_CONTACT_SHEET=FOLDER writes every picture there, under its dialogue.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createClient, type Client } from '../../clients/ts/index.ts';
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
const diffusion = openPictureFunction({ modelFolder, slots: 1 });
const vision = openVisionFunction({ modelFolder });
const card = readModelCard(model);
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

const kinds = (scene: SeenScene | undefined): string[] => scene?.things.map(({ kind }) => kind) ?? [];
const has = (scene: SeenScene | undefined, kind: string, colour?: string): boolean =>
  scene?.things.some((each) => each.kind === kind && (colour === undefined || each.colour === colour)) ?? false;
const told = (scene: SeenScene | undefined): string => JSON.stringify(scene);

test('1. a picture is refined over turns; what was not mentioned stays, and thanks get no picture', async () => {
  const first = await say('I want to paint a dog in the mountains. Can you help me find some inspiration?', { options: { images: 'DRAW_ONLY' } }); // prettier-ignore
  assert.ok(has(first.shown, 'dog') && first.shown?.place === 'mountains', told(first.shown));
  const { conversationId } = first;
  const unsure = await say("I'm not sure.", { conversationId });
  assert.deepEqual([unsure.kind, unsure.text.length > 0], [undefined, true]);
  const night = await say('Can you make it at night?', { conversationId });
  assert.equal(night.shown?.time, 'night', told(night.shown));
  assert.ok(has(night.shown, 'dog') && night.shown.place === 'mountains', told(night.shown));
  const snow = await say('And now in the snow.', { conversationId });
  assert.equal(snow.shown?.place, 'snow', told(snow.shown));
  assert.ok(has(snow.shown, 'dog') && snow.shown.time === 'night', told(snow.shown));
  const thanks = await say('Thanks!', { conversationId });
  assert.equal(thanks.kind, undefined);
});
