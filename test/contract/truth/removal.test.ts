// What is removed while work on it still runs: nothing of it may come back, no row and no file, whichever of the two ends last.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { sql } from 'kysely';
import sharp from 'sharp';
import { deleteConversation } from '../../../infra/database/conversations.ts';
import { recordUsage } from '../../../infra/database/finish.ts';
import { claimJob } from '../../../infra/database/jobs.ts';
import { replayImage } from '../../../infra/database/redraw.ts';
import { beginCleaning, createUpload, finishUpload } from '../../../infra/database/uploads.ts';
import { keepSeen, readSeen } from '../../../infra/database/seen-images.ts';
import { createApiToken } from '../../../infra/database/api-tokens.ts';
import { queueMissingEmbeddings } from '../../../infra/database/embeddings.ts';
import { addToGallery, removeFromGallery } from '../../../infra/database/gallery.ts';
import { deleteViewer } from '../../../infra/database/viewers.ts';
import { newId } from '../../../core/ids.ts';
import { mediaKeys, type MediaStore } from '../../../infra/media/media-store.ts';
import { withdrawFiles } from '../../../functions/worker/withdraw-files.ts';
import { silentLog } from '../../../core/log.ts';
import { eventually } from '../../harness/eventually.ts';
import { createWorld, newKey, type World } from '../../harness/world.ts';
import { recordedLlm, recordedSight } from '../../recordings/recorded-function.ts';

/** A store whose writes of pictures wait for `open`; `held` counts those that do. */
function slowStore({ media }: World): MediaStore & { readonly held: () => number; readonly open: () => void } {
  const gate = Promise.withResolvers<void>();
  let held = 0;
  return {
    ...media,
    async put(key, bytes, contentType) {
      if (key.startsWith('images/')) {
        held++;
        await gate.promise;
      }
      await media.put(key, bytes, contentType);
    },
    held: () => held,
    open: () => gate.resolve(),
  };
}

/** Previews and files as sent expire by the bucket's rule. */
const pictureFiles = ({ media }: World): string[] => [...media.files.keys()].filter((key) => key.startsWith('images/'));

const gone = (world: World, table: 'viewer' | 'conversation'): Promise<void> =>
  eventually(async () => (await world.db.selectFrom(table).select('id').execute()).length === 0, 10_000);

const tablesOf = async ({ db }: World): Promise<string[]> =>
  (await db.introspection.getTables())
    .map(({ name }) => name)
    .filter((name) => !['migration', 'worker', 'carried_use'].includes(name)); // the last: see carried-use.test.ts

/** Every row of every table, as text. */
async function rowsOf(world: World): Promise<string[]> {
  const rows: string[] = [];
  for (const table of await tablesOf(world)) {
    const found = await sql<{
      row: string;
    }>`select row_to_json(each)::text as row from ${sql.table(table)} each`.execute(world.db);
    rows.push(...found.rows.map(({ row }) => `${table} ${row}`));
  }
  return rows;
}

const makeDue = ({ hands, bus }: World): Promise<void> =>
  hands
    .updateTable('job')
    .set({ lease_until: null })
    .where('kind', '=', 'delete')
    .execute()
    .then(() => bus.ring('jobs'));

async function cleaning({ db, media, viewerId }: World): Promise<string> {
  const bytes = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#c84' } })
    .jpeg()
    .toBuffer();
  const created = await createUpload(db, {
    viewerId,
    fileName: null,
    contentType: 'image/jpeg',
    byteSize: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    fileKeyOf: (id) => mediaKeys.upload(viewerId, id),
    idempotency: newKey('createUpload'),
  });
  assert.ok(created.outcome === 'created');
  await media.put(mediaKeys.upload(viewerId, created.uploadId), bytes, 'image/jpeg');
  assert.ok(await beginCleaning(db, viewerId, created.uploadId));
  return created.uploadId;
}

test('deleteViewer leaves no row in any table and no file, whatever still ran', async () => {
  await using world = await createWorld();
  const { db, viewerId } = world;
  const store = slowStore(world);
  {
    await using _worker = world.work();
    const { replyId } = await world.send();
    await eventually(async () => (await world.read(replyId)).status === 'COMPLETED');
    const { id: imageId } = await db.selectFrom('image').select('id').executeTakeFirstOrThrow();
    const details = { path: [], title: 'a fox', creator: null, licence: null, sourcePage: null, isSeen: false };
    const add = { viewerId, imageId, ...details, idempotency: newKey('addToGallery') };
    assert.equal((await addToGallery(db, add)).outcome, 'added');
    assert.equal((await replayImage(db, { viewerId, imageId, idempotency: newKey() })).outcome, 'accepted');
    await eventually(
      async () => (await db.selectFrom('image').select('id').where('status', '=', 'COMPLETED').execute()).length === 2,
    );
  }
  await createApiToken(db, { viewerId, name: 'a server', rights: ['read'], expiresAt: null });
  const { imageId } = await db.selectFrom('gallery_item').select('image_id as imageId').executeTakeFirstOrThrow();
  await keepSeen(db, 'a digest', imageId, recordedSight(''));
  // a replay and an upload that are being stored, a picture that is being stored, a reply that is being written, one that waits
  const writing = Promise.withResolvers<void>();
  await using _worker = world.work({
    media: store,
    slots: { reply: 2, image: 2 },
    llm: recordedLlm({
      before: async (position, input) => {
        if (position === 4 && JSON.stringify(input.turns).includes('slowly')) await writing.promise;
      },
    }),
  });
  assert.equal((await replayImage(db, { viewerId, imageId, idempotency: newKey() })).outcome, 'accepted');
  const uploadId = await cleaning(world);
  await world.send();
  await eventually(() => store.held() === 6, 10_000);
  const slow = await world.send({ parts: [{ kind: 'text', text: 'slowly' }] });
  await eventually(async () => (await world.read(slow.replyId)).status === 'RUNNING');
  await world.send({ conversationId: slow.conversationId });
  for (const table of await tablesOf(world)) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db);
    assert.equal(rows.length, table === 'gallery_embedding' ? 0 : 1, `${table} takes part`);
  }

  assert.deepEqual(await deleteViewer(db, viewerId), { outcome: 'deleted' });
  const active = await db.selectFrom('job').select(['kind']).where('state', 'in', ['queued', 'running']).execute();
  assert.deepEqual(active, [{ kind: 'viewer' }], 'everything else ended in the same transaction');
  world.bus.ring('cancel');
  world.bus.ring('jobs');
  await gone(world, 'viewer');
  store.open();
  writing.resolve();
  await eventually(() => pictureFiles(world).length === 0);
  // a worker that died between its write and its end
  await world.media.put(mediaKeys.cleaned(uploadId, 1, 'webp'), new Uint8Array(1), 'image/webp');
  await world.media.put(mediaKeys.picture(imageId, 1), new Uint8Array(1), 'image/png');
  await _worker[Symbol.asyncDispose]();
  assert.ok(!(await rowsOf(world)).join('\n').includes(viewerId), 'what is left names nobody');
  await makeDue(world);
  await using _sweeper = world.work();
  await eventually(async () => (await rowsOf(world)).length === 0);
  assert.deepEqual(pictureFiles(world), []);
});

test('a conversation that is deleted while its picture is stored keeps no file', async () => {
  await using world = await createWorld();
  const store = slowStore(world);
  await using _worker = world.work({ media: store });
  const { conversationId } = await world.send();
  await eventually(() => store.held() === 2);
  const { id: imageId } = await world.db.selectFrom('image').select('id').executeTakeFirstOrThrow();
  await deleteConversation(world.db, { viewerId: world.viewerId, conversationId });
  world.bus.ring('cancel');
  world.bus.ring('jobs');
  await gone(world, 'conversation');
  store.open();
  await eventually(() => pictureFiles(world).length === 0);
  // and where its worker died before it could take them back
  await world.media.put(mediaKeys.picture(imageId, 1), new Uint8Array(1), 'image/png');
  await makeDue(world);
  await eventually(() => pictureFiles(world).length === 0);
  const secondLook = world.db.selectFrom('job').select('id').where('image_id', '=', imageId);
  await eventually(async () => (await secondLook.execute()).length === 0);
});

test('files are taken back only where their picture is gone: a lost answer to a finish removes nothing', async () => {
  await using world = await createWorld();
  await using _worker = world.work();
  const { replyId } = await world.send();
  await eventually(async () => (await world.read(replyId)).status === 'COMPLETED');
  const { id } = await world.db.selectFrom('image').select('id').executeTakeFirstOrThrow();
  const files = [mediaKeys.picture(id, 1), mediaKeys.thumbnail(id, 1)];
  const parts = { db: world.db, media: world.media, log: silentLog };
  await withdrawFiles(parts, id, files);
  assert.deepEqual(pictureFiles(world).sort(), files.sort());
  await withdrawFiles(parts, newId(), files);
  assert.deepEqual(pictureFiles(world), []);
});

test('what was seen of a picture goes with it, also where it was kept while the picture went', async () => {
  await using world = await createWorld();
  const { db, viewerId } = world;
  await using _worker = world.work();
  const { conversationId, replyId } = await world.send();
  await eventually(async () => (await world.read(replyId)).status === 'COMPLETED');
  const { id: imageId } = await db.selectFrom('image').select('id').executeTakeFirstOrThrow();
  const keep = (): Promise<void> => keepSeen(db, 'a digest', imageId, recordedSight(''));
  await keep();
  await keep(); // a second worker was slower
  assert.deepEqual((await readSeen(db, 'a digest', [imageId])).get(imageId), recordedSight(''));
  assert.equal((await readSeen(db, 'another', [imageId])).size, 0);

  await deleteConversation(db, { viewerId, conversationId });
  world.bus.ring('jobs');
  await eventually(async () => {
    await keep();
    return (await db.selectFrom('image').select('id').execute()).length === 0;
  });
  await eventually(async () => (await db.selectFrom('seen_image').select('image_id').execute()).length === 0);
});

test('for an account that is going nothing is counted, cleaned or queued any more', async () => {
  await using world = await createWorld();
  const { db, viewerId } = world;
  const { conversationId } = await world.send();
  const { id } = await db.selectFrom('job').select('id').executeTakeFirstOrThrow();
  const job = (await claimJob(db, id, newId(), 60_000))!;
  const uploadId = await cleaning(world);
  const ingest = await db.selectFrom('job').select('id').where('kind', '=', 'ingest').executeTakeFirstOrThrow();
  const held = (await claimJob(db, ingest.id, newId(), 60_000))!;
  await deleteViewer(db, viewerId);
  await recordUsage(db, job, { computeMs: 5 });
  assert.deepEqual(await db.selectFrom('usage').selectAll().execute(), []);
  const failure = { code: 'UPLOAD_REJECTED', message: 'no', retryable: false } as const;
  assert.equal(await finishUpload(db, held, { state: 'REJECTED', failure }), 'lost');
  await world.hands.updateTable('upload').set({ state: 'AWAITING_FILE' }).where('id', '=', uploadId).execute();
  assert.equal(await beginCleaning(db, viewerId, uploadId), false);
  const outcomes = await Promise.all([
    deleteConversation(db, { viewerId, conversationId }),
    removeFromGallery(db, { viewerId, itemId: newId() }),
  ]);
  for (const each of outcomes) assert.match(each.outcome === 'refused' ? each.message : '', /this account was deleted/);
});

test('nothing more is made findable for an account that is going', async () => {
  await using world = await createWorld();
  const item = { id: newId(), viewer_id: world.viewerId, image_id: newId(), title: 'x', licence: 'x', source_page: '' };
  await world.hands.insertInto('gallery_item').values(item).execute();
  await deleteViewer(world.db, world.viewerId);
  assert.equal(await queueMissingEmbeddings(world.db, 'd'.repeat(64)), 0);
});
