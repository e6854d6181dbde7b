// The S3 endpoint's process killed in the middle of an upload: a reader finds the old object or the new one, never a torn
// one, and what was acknowledged is there.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { freePort } from '../../../infra/local/free-port.ts';
import { eventually } from '../../harness/eventually.ts';
import { testIdentity } from '../../harness/s3.ts';

const script = path.resolve(import.meta.dirname, '../../../infra/local/s3/serve.ts');

test('kill -9 during uploads', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gill-test-s3-crash-'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const env = {
    PATH: process.env['PATH'],
    GILL_DATA_FOLDER: folder,
    S3_ENDPOINT: endpoint,
    S3_BUCKET: 'media',
    S3_ACCESS_KEY_ID: testIdentity.accessKeyId,
    S3_SECRET_ACCESS_KEY: testIdentity.secretAccessKey,
  };
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    assert.match(line, /^\{"type":"ready"/);
    return child;
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: testIdentity });
  const before = Buffer.alloc(1_000_000, 'o');
  const after = Buffer.alloc(4_000_000, 'n');
  const temporary = path.join(folder, 's3', 'temporary');

  let child = await start();
  try {
    for (const [name, share, overwrites] of [
      ['overwrite', 0.6, true],
      ['fresh', 0.6, false],
      ['overwritten whole', 1, true],
      ['fresh whole', 1, false],
    ] as const) {
      const at = { Bucket: 'media', Key: `crash/${name}` };
      if (overwrites) await client.send(new PutObjectCommand({ ...at, Body: before }));
      const url = await getSignedUrl(client, new PutObjectCommand(at), { unhoistableHeaders: new Set() });
      const upload = request(url, { method: 'PUT', headers: { 'content-length': after.length } });
      const seen = { acknowledged: false };
      upload.on('response', (answer) => {
        seen.acknowledged = answer.statusCode === 200;
        answer.resume();
      });
      upload.on('error', () => undefined); // the server dies
      upload.write(after.subarray(0, after.length * share));
      // somewhere between the first byte on disk and the answer
      await eventually(() => readdirSync(temporary).length > 0 || seen.acknowledged);
      await kill(child);
      upload.destroy();

      child = await start();
      assert.deepEqual(readdirSync(temporary), [], name);
      const answer = await client.send(new GetObjectCommand(at)).catch((thrown: unknown) => {
        assert.equal((thrown as Error).name, 'NoSuchKey', name);
        return undefined;
      });
      const bytes = answer && Buffer.from(await answer.Body!.transformToByteArray());
      if (seen.acknowledged) assert.ok(bytes?.equals(after), `${name}: acknowledged and lost`);
      if (!bytes) assert.equal(overwrites, false, `${name}: the old object is gone`);
      else {
        assert.ok(bytes.equals(before) || bytes.equals(after), `${name}: torn`);
        assert.equal(answer.ETag, `"${createHash('md5').update(bytes).digest('hex')}"`);
      }
    }
  } finally {
    client.destroy();
    await kill(child);
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the process ends when its parent does', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gill-test-s3-parent-'));
  const env = {
    PATH: process.env['PATH'],
    GILL_DATA_FOLDER: folder,
    S3_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    S3_BUCKET: 'media',
    S3_ACCESS_KEY_ID: testIdentity.accessKeyId,
    S3_SECRET_ACCESS_KEY: testIdentity.secretAccessKey,
  };
  const child = spawn(process.execPath, [script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  await once(createInterface({ input: child.stdout }), 'line');
  child.stdin.end();
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  rmSync(folder, { recursive: true, force: true });
});
