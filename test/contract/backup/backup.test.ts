// Backup, wipe, restore: everything opens as before. And what must not happen: half a backup, or one over something else.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { sql } from 'kysely';
import { backup } from '../../../infra/backup/backup.ts';
import type { Stores } from '../../../infra/backup/format.ts';
import { restore } from '../../../infra/backup/restore.ts';
import { createS3MediaStore } from '../../../infra/media/s3-media-store.ts';
import { openDatabase } from '../../../infra/database/connection.ts';
import { migrate } from '../../../infra/database/migrate.ts';
import { readMessages } from '../../../infra/database/read-messages.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { eventually } from '../../harness/eventually.ts';
import { bucket, startTestS3, testIdentity, type TestS3 } from '../../harness/s3.ts';
import { createWorld, type World } from '../../harness/world.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'gill-test-backup-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
let world: World;
let s3: TestS3;
const ended: string[] = [];
before(async () => {
  world = await createWorld();
  s3 = await startTestS3();
  await using media = createS3MediaStore(configurationOf(s3));
  await using _worker = world.work({ media });
  for (let i = 0; i < 3; i++) ended.push((await world.send()).replyId);
  await eventually(async () => {
    const messages = await Promise.all(ended.map((id) => world.read(id)));
    return messages.every(({ status }) => status === 'COMPLETED');
  }, 20_000);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  await s3[Symbol.asyncDispose]();
});

const configurationOf = ({ url }: TestS3) => ({
  endpoint: url,
  publicEndpoint: undefined,
  region: testIdentity.region,
  bucket,
  credentials: testIdentity,
});
const storesOf = (databaseUrl: string, files: TestS3): Stores => ({
  databaseUrl,
  s3: configurationOf(files),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

test('what was said and drawn opens from a restored backup, to the microsecond', async () => {
  const folder = path.join(scratch, 'whole');
  const waiting = await world.send(); // not answered yet: it is answered after the restore
  const made = await backup(storesOf(world.url, s3), folder);
  assert.ok(Object.keys(made.files).length >= 6, 'three pictures and their thumbnails');

  await using database = await createTestDatabase();
  await using files = await startTestS3();
  await restore(storesOf(database.url, files), folder);
  await using handle = openDatabase(database.url, { maxConnections: 4, applicationName: 'test' });
  for (const id of [...ended, waiting.replyId]) {
    const restored = (await readMessages(handle.db, world.viewerId, [id])).get(id);
    assert.deepEqual(restored, await world.read(id));
  }
  const stamps = (db: World['db']) => sql`select id, created_at::text as at from message order by id`.execute(db);
  assert.deepEqual((await stamps(handle.db)).rows, (await stamps(world.db)).rows);
  await using media = createS3MediaStore(configurationOf(files));
  const images = await handle.db
    .selectFrom('image')
    .select(['file_key', 'byte_size'])
    .where('file_key', 'is not', null)
    .execute();
  assert.ok(images.length >= 3);
  for (const { file_key: key, byte_size: size } of images) {
    const { url } = await media.signGet(key!);
    assert.equal((await (await fetch(url)).arrayBuffer()).byteLength, size);
  }
  {
    await using _worker = world.work({ db: handle.db, media });
    await eventually(async () => {
      const message = (await readMessages(handle.db, world.viewerId, [waiting.replyId])).get(waiting.replyId);
      return message?.status === 'COMPLETED';
    }, 10_000);
  }
  await assert.rejects(restore(storesOf(database.url, files), folder), { code: 'CONFLICT', message: /holds rows/ });
  await assert.rejects(backup(storesOf(world.url, s3), folder), { code: 'CONFLICT' });
});

test('what is deleted while a backup is made is left out and named, and comes back as a picture without its file', async () => {
  const folder = path.join(scratch, 'live');
  const [kept, lost] = await world.db
    .selectFrom('image')
    .select(['id', 'file_key', 'thumbnail_key'])
    .where('file_key', 'is not', null)
    .orderBy('file_key')
    .execute();
  const key = lost!.file_key!;
  const saved = await s3.client().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const bytes = await saved.Body!.transformToByteArray();
  // the file goes when the one before it in the list is read
  await using proxy = await startProxy(s3.url, async (target) => {
    if (target.includes(kept!.file_key!)) await s3.client().send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  });
  const made = await backup(storesOf(world.url, { ...s3, url: proxy.url }), folder);
  await s3.client().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentType: 'image/png' }));
  assert.deepEqual(made.gone, [key]);
  assert.equal(made.files[key], undefined);
  await using database = await createTestDatabase();
  await using files = await startTestS3();
  await restore(storesOf(database.url, files), folder);
  await using handle = openDatabase(database.url, { maxConnections: 1, applicationName: 'test' });
  const images = await handle.db.selectFrom('image').select(['id', 'file_key', 'thumbnail_key']).execute();
  const fileOf = (id: string) => images.find((image) => image.id === id);
  assert.equal(fileOf(lost!.id)?.file_key, null);
  assert.equal(fileOf(lost!.id)?.thumbnail_key, lost!.thumbnail_key);
  assert.equal(fileOf(kept!.id)?.file_key, kept!.file_key);
});

/** Passes requests on as they are, after `before`. */
async function startProxy(
  target: string,
  before: (path: string) => Promise<void>,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    void (async () => {
      await before(request.url!);
      const { host: _, ...headers } = request.headers;
      const onward = httpRequest(new URL(request.url!, target), {
        method: request.method!,
        headers: { ...headers, host: request.headers.host! },
      });
      onward.on('response', (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

test('a backup without its manifest, with a damaged file or of a newer version is refused and changes nothing', async () => {
  const folder = path.join(scratch, 'damaged');
  const { files } = await backup(storesOf(world.url, s3), folder);
  await using database = await createTestDatabase();
  {
    await using empty = openDatabase(database.url, { maxConnections: 1, applicationName: 'test' });
    await migrate(empty.db);
  }
  const target = storesOf(database.url, s3);
  const manifest = path.join(folder, 'manifest.json');
  const text = readFileSync(manifest, 'utf8');
  const refusedBy = async (code: string, message: RegExp): Promise<void> => {
    await assert.rejects(restore(target, folder), { code, message });
    await using handle = openDatabase(database.url, { maxConnections: 1, applicationName: 'test' });
    assert.deepEqual(await handle.db.selectFrom('viewer').selectAll().execute(), []);
  };
  rmSync(manifest);
  await refusedBy('INVALID', /no whole backup/);
  writeFileSync(manifest, text.replace('0001-first', '0999-later'));
  await refusedBy('INVALID', /newer version \(0999-later\)/);
  writeFileSync(manifest, text.replace(/"message": \d+/, '"message": 1'));
  await refusedBy('INVALID', /rows\/message.ndjson has \d+ rows/);
  writeFileSync(manifest, text);
  // as many rows, each of them JSON, and one letter another
  const messages = path.join(folder, 'rows/message.ndjson');
  const rows = readFileSync(messages, 'utf8');
  writeFileSync(messages, rows.replace('COMPLETED', 'CANCELLED'));
  assert.notEqual(readFileSync(messages, 'utf8'), rows);
  {
    await using untouched = await createTestDatabase();
    await assert.rejects(restore(storesOf(untouched.url, s3), folder), { message: /rows\/message.ndjson is damaged/ });
    await using handle = openDatabase(untouched.url, { maxConnections: 1, applicationName: 'test' });
    const tables = await sql`select 1 from pg_tables where schemaname = 'public'`.execute(handle.db);
    assert.deepEqual(tables.rows, [], 'something was written before the rows were looked at');
  }
  writeFileSync(messages, rows);
  writeFileSync(
    manifest,
    text.replace(/ "rowDigests": \{/, '$& "none": "",').replace(/"message": "[0-9a-f]{64}",?/, ''),
  );
  await refusedBy('INVALID', /no sha256 of rows\/message.ndjson/);
  writeFileSync(manifest, text);
  writeFileSync(path.join(folder, 'files', Object.keys(files)[0]!), randomBytes(10));
  await refusedBy('INVALID', /is damaged/);
});

test('a bucket that holds something else under a key is left as it is; what a restore left that broke off is gone on with', async () => {
  const folder = path.join(scratch, 'occupied');
  const { files } = await backup(storesOf(world.url, s3), folder);
  const [first, second] = Object.keys(files);
  await using database = await createTestDatabase();
  await using target = await startTestS3();
  const put = (Key: string, Body: Uint8Array | string, ContentType: string) =>
    target.client().send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType }));
  await put(first!, 'of someone else', files[first!]!.contentType);
  await assert.rejects(restore(storesOf(database.url, target), folder), {
    code: 'CONFLICT',
    message: /the bucket holds images\/.* already, with other bytes/,
  });
  const kept = await target.client().send(new GetObjectCommand({ Bucket: bucket, Key: first! }));
  assert.equal(await kept.Body!.transformToString(), 'of someone else');
  await assert.rejects(target.client().send(new GetObjectCommand({ Bucket: bucket, Key: second! })), {
    name: 'NoSuchKey',
  });
  const bytes = readFileSync(path.join(folder, 'files', ...first!.split('/')));
  await put(first!, bytes, files[first!]!.contentType);
  await restore(storesOf(database.url, target), folder);
});

test('the command works on an embedded data folder, and says what is wrong', () => {
  const run = (folder: string, ...args: string[]) =>
    spawnSync(process.execPath, ['infra/backup/run.ts', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], GILL_DATA_FOLDER: path.join(scratch, folder) },
    });
  const target = path.join(scratch, 'whole');
  const restored = run('laptop', 'restore', target);
  assert.equal(restored.status, 0, restored.stderr);
  assert.match(restored.stdout, /\d+ rows and \d+ files, from/);
  const again = run('laptop', 'backup', path.join(scratch, 'again'));
  assert.equal(again.status, 0, again.stderr);
  assert.equal(again.stdout.replace(/in .*/, ''), restored.stdout.replace(/from .*/, ''));
  assert.equal(run('laptop', 'restore', target).status, 1);
  assert.doesNotMatch(restored.stdout, /earlier version/);
  const manifest = path.join(target, 'manifest.json');
  const { rowDigests: _, ...earlier } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
  writeFileSync(manifest, JSON.stringify(earlier));
  const old = run('older', 'restore', target);
  assert.equal(old.status, 0, old.stderr);
  assert.match(old.stdout, /earlier version, which kept no sha256 of rows/);
  assert.match(run('laptop').stderr, /npm run backup -- FOLDER/);
});
