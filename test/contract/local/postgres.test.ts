// The embedded PostgreSQL: first starts that race, a server that outlived its parent, a port that someone took, and
// sentences instead of a long wait.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import pg from 'pg';
import { isProcessAlive } from '../../../infra/local/operating-system.ts';
import { startPostgres } from '../../../infra/local/postgres.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gill-test-embedded-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const signal = new AbortController().signal;
const options = { folder, settings: ['fsync=off'] };
const credentialsFile = path.join(folder, 'credentials.json');

async function answer(url: string): Promise<string> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: string }>(`select current_user as answer`);
    return rows[0]!.answer;
  } finally {
    await client.end();
  }
}

test('two first starts at once share one server; the password is its owner’s alone', async () => {
  const [one, two] = await Promise.all([startPostgres(options, signal), startPostgres(options, signal)]);
  assert.equal(one.url, two.url);
  assert.equal(one.pid, two.pid);
  assert.equal(await answer(one.url), 'app');
  assert.equal(statSync(credentialsFile).mode & 0o077, 0);
  // as after a crash of the parent: the server is still there and is adopted
  const adopted = await startPostgres(options, signal);
  assert.deepEqual([adopted.how, adopted.pid], ['adopted', one.pid]);
  await adopted[Symbol.asyncDispose]();
  assert.equal(isProcessAlive(one.pid), false);
});

test('a port that someone else took since then is given up for another', async () => {
  const { port } = JSON.parse(readFileSync(credentialsFile, 'utf8')) as { port: number };
  const stranger = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  await once(stranger, 'listening');
  try {
    await using server = await startPostgres(options, signal);
    assert.notEqual(Number(new URL(server.url).port), port);
    assert.equal(await answer(server.url), 'app');
  } finally {
    stranger.close();
  }
});

test('a server that cannot start says why at once', async () => {
  const startedAt = performance.now();
  await assert.rejects(
    startPostgres({ folder, settings: ['shared_buffers=much'] }, signal),
    /PostgreSQL refuses to start: .*shared_buffers/,
  );
  writeFileSync(path.join(folder, 'cluster', 'PG_VERSION'), '9.6\n');
  await assert.rejects(startPostgres(options, signal), /PostgreSQL refuses to start: .*incompatible/);
  assert.ok(performance.now() - startedAt < 30_000);
});
