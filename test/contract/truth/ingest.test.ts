// Uploads of several viewers: they take turns at being cleaned, and one viewer has only so many under way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { limits } from '../../../core/limits.ts';
import { newId } from '../../../core/ids.ts';
import { claimJob, claimableJobs } from '../../../infra/database/jobs.ts';
import { beginCleaning, createUpload } from '../../../infra/database/uploads.ts';
import { ensureViewer } from '../../../infra/database/viewers.ts';
import { createWorld, newKey, type World } from '../../harness/world.ts';

const announce = ({ db }: World, viewerId: string) =>
  createUpload(db, {
    viewerId,
    fileName: null,
    contentType: 'image/png',
    byteSize: 1,
    sha256: '0'.repeat(64),
    fileKeyOf: (id) => `uploads/${viewerId}/${id}`,
    idempotency: newKey('createUpload'),
  });

async function cleaning(world: World, viewerId: string): Promise<void> {
  const made = await announce(world, viewerId);
  assert.ok(made.outcome === 'created');
  assert.ok(await beginCleaning(world.db, viewerId, made.uploadId));
}

test('a viewer with many uploads waits for its turn like everyone else', async () => {
  await using world = await createWorld();
  const { id: bob } = await ensureViewer(world.db, 'bob');
  for (let i = 0; i < 6; i++) await cleaning(world, world.viewerId);
  for (let i = 0; i < 2; i++) await cleaning(world, bob);
  const order: string[] = [];
  for (let i = 0; i < 8; i++) {
    const [id] = await claimableJobs(world.db, ['ingest'], newId(), 1);
    const job = await claimJob(world.db, id!, newId(), 60_000);
    order.push(job!.viewerId === bob ? 'bob' : 'ada');
  }
  assert.deepEqual(order, ['ada', 'bob', 'ada', 'bob', 'ada', 'ada', 'ada', 'ada']);
});

test('uploads that are being cleaned count as unfinished when their form has run out', async () => {
  await using world = await createWorld();
  for (let i = 0; i < limits.maxUnfinishedUploads; i++) await cleaning(world, world.viewerId);
  await sql`update upload set expires_at = now() - interval '1 second'`.execute(world.hands);
  const refusal = await announce(world, world.viewerId);
  assert.ok(refusal.outcome === 'refused' && refusal.code === 'BUSY');
  assert.match(refusal.message, /32 of your uploads are unfinished, the limit is 32/);
});
