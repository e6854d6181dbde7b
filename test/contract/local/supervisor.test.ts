// What `npm start` promises of its parts: one server a folder, an orderly stop that leaves nothing behind, crashed parts
// that come back, and a sentence for what a person can mend.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import pg from 'pg';
import { AppError } from '../../../core/app-error.ts';
import { checkFreeSpace, explainFailure } from '../../../infra/local/explain-failure.ts';
import { isProcessAlive } from '../../../infra/local/operating-system.ts';
import { findRunning } from '../../../infra/local/run-file.ts';
import { startServer } from '../../../infra/local/supervisor.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { eventually as within } from '../../harness/eventually.ts';
import { createStandIns, type StandIns } from '../../harness/stand-in.ts';

/** Starting processes takes long on a busy machine. */
const eventually = (condition: () => boolean | Promise<boolean>) => within(condition, 40_000);
const never = new AbortController().signal;
const withDatabase = async () => {
  const database = await createTestDatabase();
  return { env: { DATABASE_URL: database.url }, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
};
const pidOf = (standIns: StandIns, name: string): number =>
  standIns.journal().findLast((entry) => entry.name === name && entry.what === 'started')!.pid;
const refusal = async (starting: Promise<unknown>, folder: string): Promise<string> => {
  const thrown = await starting.then(
    () => assert.fail('it started'),
    (error: unknown) => error,
  );
  return explainFailure(thrown, folder);
};

describe('one server a folder', () => {
  test('a second start says who runs and where; after a stop the folder is free', async () => {
    await using database = await withDatabase();
    using standIns = createStandIns(database.env);
    {
      await using first = await startServer(standIns.options, never);
      const sentence = await refusal(startServer(standIns.options, never), standIns.dataFolder);
      assert.match(
        sentence,
        new RegExp(`already runs on .*process ${process.pid}.*open ${first.url}.*kill ${process.pid}`),
      );
      assert.equal(findRunning(standIns.dataFolder)?.url, first.url);
    }
    assert.equal(findRunning(standIns.dataFolder), undefined);
    await using again = await startServer(standIns.options, never);
    assert.ok(again.url);
  });

  test('what a dead server left is taken over, whoever has its pid now', async () => {
    await using database = await withDatabase();
    using standIns = createStandIns(database.env);
    mkdirSync(standIns.dataFolder);
    const left = (record: object | string): void =>
      writeFileSync(
        path.join(standIns.dataFolder, 'run.json'),
        typeof record === 'string' ? record : JSON.stringify(record),
      );
    const startedAt = '2026-01-01T00:00:00.000Z';
    const { pid: dead } = spawn(process.execPath, ['-e', '']);
    await eventually(() => !isProcessAlive(dead!));
    for (const record of [
      { pid: dead, processStart: 'x:1', startedAt },
      { pid: process.pid, processStart: 'another boot:1', startedAt },
      '{"pid":12',
    ]) {
      left(record);
      await using server = await startServer(standIns.options, never);
      assert.equal(findRunning(standIns.dataFolder)?.url, server.url);
    }
  });
});

test('parts that the environment names are not embedded', async () => {
  await using database = await withDatabase();
  const s3 = { S3_ENDPOINT: 'http://127.0.0.1:1', S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'k', S3_SECRET_ACCESS_KEY: 's' };
  using standIns = createStandIns({ ...database.env, ...s3 });
  await using server = await startServer(standIns.options, never);
  assert.ok(server.url);
  const names = standIns.journal().map(({ name }) => name);
  assert.deepEqual(names.sort(), ['api', 'worker']);
  assert.deepEqual(
    ['postgres', 's3', 's3.json'].filter((name) => existsSync(path.join(standIns.dataFolder, name))),
    [],
  );
});

describe('life of the parts', () => {
  test('stopped in order: API, worker, S3; nothing stays', async () => {
    await using database = await withDatabase();
    using standIns = createStandIns(database.env);
    await (await startServer(standIns.options, never))[Symbol.asyncDispose]();
    const entries = standIns.journal();
    assert.deepEqual(
      entries.filter(({ what }) => what === 'stopped').map(({ name }) => name),
      ['api', 'worker', 's3'],
    );
    for (const { pid } of entries) assert.equal(isProcessAlive(pid), false);
    assert.equal(existsSync(path.join(standIns.dataFolder, 'run.json')), false);
  });

  test('a crashed part is started again, the others are left alone', async () => {
    await using database = await withDatabase();
    using standIns = createStandIns(database.env);
    await using server = await startServer(standIns.options, never);
    const before = { api: pidOf(standIns, 'api'), worker: pidOf(standIns, 'worker') };
    for (let crash = 0; crash < 2; crash++) {
      const pid = pidOf(standIns, 'worker');
      process.kill(pid, 'SIGKILL');
      await eventually(() => pidOf(standIns, 'worker') !== pid);
    }
    assert.notEqual(pidOf(standIns, 'worker'), before.worker);
    assert.equal(pidOf(standIns, 'api'), before.api);
    assert.ok(server.url);
  });

  test('a part that ignores the end is killed with the second Ctrl-C', async () => {
    await using database = await withDatabase();
    const stubborn = `process.on('SIGTERM', () => 0); process.stdin.resume(); setInterval(() => 0, 1000);
      console.log(JSON.stringify({ type: 'ready', url: 'http://pid.invalid/' + process.pid }));`;
    using standIns = createStandIns(database.env, { api: stubborn });
    const server = await startServer(standIns.options, never);
    const pid = Number(new URL(server.url).pathname.slice(1));
    server.kill();
    await eventually(() => !isProcessAlive(pid) && standIns.journal().every((entry) => !isProcessAlive(entry.pid)));
    await server[Symbol.asyncDispose]();
  });

  test('a part that cannot start stops the start with its own words, and what had started', async () => {
    await using database = await withDatabase();
    const broken = `console.log(JSON.stringify({ level: 'error', time: 1, msg: 'failed', err: { message: 'the model is missing' } })); process.exit(1)`;
    using standIns = createStandIns(database.env, { worker: broken });
    const sentence = await refusal(startServer(standIns.options, never), standIns.dataFolder);
    assert.equal(sentence, 'worker could not start: the model is missing');
    for (const { pid } of standIns.journal()) assert.equal(isProcessAlive(pid), false);
    assert.equal(existsSync(path.join(standIns.dataFolder, 'run.json')), false);
  });

  test('when the supervisor is killed, its parts leave by themselves', async () => {
    await using database = await withDatabase();
    using standIns = createStandIns(database.env);
    const { env, scripts } = standIns.options;
    const script = path.resolve(import.meta.dirname, '../../harness/run-supervisor.ts');
    const supervisor = spawn(process.execPath, [script, JSON.stringify({ env, scripts })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(supervisor.stdout, 'data');
    assert.equal(standIns.journal().length, 3);
    supervisor.kill('SIGKILL');
    await eventually(() => standIns.journal().every(({ pid }) => !isProcessAlive(pid)));
    await using next = await startServer(standIns.options, never);
    assert.ok(next.url);
  });

  test('the embedded PostgreSQL comes back after a crash, on the same port', async () => {
    using standIns = createStandIns({});
    await using server = await startServer(standIns.options, never);
    const postgres = path.join(standIns.dataFolder, 'postgres');
    const { port, password } = JSON.parse(readFileSync(path.join(postgres, 'credentials.json'), 'utf8')) as {
      port: number;
      password: string;
    };
    const pid = (): number =>
      Number(readFileSync(path.join(postgres, 'cluster/postmaster.pid'), 'utf8').split('\n')[0]);
    const before = pid();
    process.kill(before, 'SIGKILL');
    const ask = async (): Promise<boolean> => {
      const client = new pg.Client(`postgres://app:${password}@127.0.0.1:${port}/postgres`);
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query('select * from migration');
        return true;
      } catch {
        return false; // not back yet
      } finally {
        await client.end();
      }
    };
    await eventually(async () => !isProcessAlive(before) && (await ask()));
    assert.notEqual(pid(), before);
    const after = pid();
    await server[Symbol.asyncDispose]();
    // it takes its pid file away a moment before it ends
    await eventually(() => !isProcessAlive(after));
  });
});

describe('sentences for people', () => {
  test('a taken port', async () => {
    await using database = await withDatabase();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    using standIns = createStandIns({ ...database.env, PORT: String(port) });
    const sentence = await refusal(startServer(standIns.options, never), standIns.dataFolder);
    other.close();
    assert.match(sentence, new RegExp(`port ${port} on 127.0.0.1 is taken: .*PORT=\\d+ npm start`));
    assert.deepEqual(standIns.journal(), []);
  });

  test('a folder that cannot be written', async () => {
    using standIns = createStandIns({ DATABASE_URL: 'postgres://127.0.0.1:1/none' });
    mkdirSync(standIns.dataFolder);
    chmodSync(standIns.dataFolder, 0o555);
    const root = process.geteuid?.() === 0;
    if (root) {
      // root writes everywhere, so it steps down while the folder is first used
      chmodSync(standIns.folder, 0o755);
      chownSync(standIns.dataFolder, 0, 0);
      process.seteuid!(65_534);
    }
    let starting: Promise<unknown>;
    try {
      starting = startServer(standIns.options, never);
    } finally {
      if (root) process.seteuid!(0);
    }
    assert.match(
      await refusal(starting, standIns.dataFolder),
      /cannot be written .*make it writable.*GILL_DATA_FOLDER/,
    );
  });

  test('a full disk', { skip: !existsSync('/dev/full') && 'no /dev/full here' }, () => {
    try {
      writeFileSync('/dev/full', 'x');
      assert.fail('/dev/full took a byte');
    } catch (thrown) {
      assert.match(explainFailure(thrown, '/data'), /^the disk that holds \/data is full: free some space/);
    }
    assert.throws(
      () => checkFreeSpace('/data', true, 5_000_000),
      (error) => error instanceof AppError && /4 MB are free/.test(error.message),
    );
    checkFreeSpace('/data', false, 500_000_000);
  });

  test('a file where the folder should be', async () => {
    using standIns = createStandIns({ DATABASE_URL: 'postgres://127.0.0.1:1/none' });
    writeFileSync(standIns.dataFolder, '');
    assert.match(await refusal(startServer(standIns.options, never), standIns.dataFolder), /is not a folder/);
  });
});
