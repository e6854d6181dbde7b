// What README.md tells to paste, as it stands there: the first query draws, and the first subscription shows a picture's file
// whether it was drawn or found.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { ModelCard } from '../../core/function-contract.ts';
import { addToGallery } from '../../infra/database/gallery.ts';
import { createApiWorld, eventOf, readAll, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { insertPicture } from '../harness/pictures.ts';
import { newKey } from '../harness/world.ts';
import { recordedCard, recordedLlm } from '../recordings/recorded-function.ts';

/** The operations of its code blocks, with the shell's own parts filled in. */
const [firstQuery, firstSubscription] = [
  ...readFileSync('README.md', 'utf8').matchAll(/-d '(\{\n {2}"query": .*?\})'(?: \||\n)/gms),
].map(([, body]) => JSON.parse(body!.replace(/'\$\(.*?\)'/, randomUUID()).replace("'$REPLY'", '$REPLY')) as Operation);

interface Operation {
  readonly query: string;
  readonly variables: Fields;
}

const card: ModelCard = { ...recordedCard, decidesPictures: true, findsPictures: true };
const query = { shape: [2], fp16: Buffer.from(new Float16Array([1, 0]).buffer).toString('base64') };

let world: ApiWorld;
before(async () => {
  world = await createApiWorld();
  const imageId = await insertPicture(world.db, world.viewerId, { alt: 'a penguin', file_key: 'penguin.png' });
  const about = { path: [], title: 'a penguin', creator: null, licence: null, sourcePage: null, isSeen: false };
  const { viewerId, db } = world;
  const added = await addToGallery(db, { viewerId, imageId, ...about, idempotency: newKey('addToGallery') });
  assert.equal(added.outcome, 'added');
  const { modelDigest } = card;
  await db.insertInto('gallery_embedding').values({ item_id: added.itemId, model_digest: modelDigest, fp16: query.fp16 }).execute(); // prettier-ignore
});
after(() => world[Symbol.asyncDispose]());

async function work(): Promise<AsyncDisposable> {
  // a model that would rather find
  const image = { decision: { drawProbability: 0.1, findProbability: 0.9 }, query };
  const worker = world.work({ llm: recordedLlm({ image }), modelCard: () => card, times: { reportMs: 20 } });
  await eventually(async () => (await world.ask('{ capabilities { imagePolicies } }'))['capabilities'].imagePolicies.includes('FIND_ONLY')); // prettier-ignore
  return worker;
}

/** Pastes both, one after the other. @returns the events of the subscription */
async function paste(variables: Fields): Promise<readonly Fields[]> {
  const { sendMessage } = await world.ask(firstQuery!.query, variables);
  assert.deepEqual(sendMessage.userErrors, []);
  const sse = world.doors.find(({ name }) => name === 'sse')!;
  assert.deepEqual(firstSubscription!.variables, { id: '$REPLY' });
  await using stream = sse.subscribe!({ query: firstSubscription!.query, variables: { id: sendMessage.reply.id } });
  return (await readAll(stream)).map(eventOf);
}

const byName = (events: readonly Fields[], name: string) => events.filter((event) => event['__typename'] === name);

test('what is pasted first is drawn, also by a model that would rather find', async () => {
  await using _worker = await work();
  const events = await paste(firstQuery!.variables);
  const [done] = byName(events, 'ImageDoneEvent');
  assert.match(String(done?.['image'].file?.url), /^http/);
});

test('the subscription shows the file of a picture that was found', async () => {
  await using _worker = await work();
  const { input } = firstQuery!.variables;
  const events = await paste({ input: { ...input, idempotencyKey: randomUUID(), options: { images: 'FIND_ONLY' } } });
  const [shown] = byName(events, 'ImageEvent');
  assert.match(String(shown?.['part'].image.file?.url), /^http/);
  assert.deepEqual(byName(events, 'ImageDoneEvent'), []);
});
