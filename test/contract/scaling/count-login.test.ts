// The login of the controller where the database is reached by the Data API: on a PostgreSQL that asks for passwords, it counts
// and sees nothing else. Aurora itself was not asked.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import pg from 'pg';
import { silentLog } from '../../../core/log.ts';
import { countGrants, countRole, readPassword } from '../../../functions/controller/count-login.ts';
import { applySchema } from '../../../functions/controller/migrate.ts';
import { loadQuery, toLoad } from '../../../infra/scaling/read-load.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { listenOn } from '../../harness/listen-on.ts';

async function ask(url: string, text: string, as?: { readonly password: string }): Promise<Record<string, unknown>[]> {
  const target = new URL(url);
  if (as) [target.username, target.password] = [countRole, as.password];
  const client = new pg.Client({ connectionString: target.href });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

test('it counts what waits and reads no other column; a password that changed holds from the next migration on', async () => {
  await using database = await createTestDatabase();
  const [first, second] = [randomBytes(15).toString('hex'), randomBytes(15).toString('hex')];
  const said: string[] = [];
  const migrate = (password: string): Promise<void> =>
    applySchema(
      async (text) => {
        said.push(text);
        return ask(database.url, text);
      },
      countGrants(password),
      (text) => text,
      silentLog,
    );
  try {
    await migrate(first);
    const as = { password: first };
    assert.deepEqual(toLoad((await ask(database.url, loadQuery, as))[0]), {
      waiting: 0,
      running: 0,
      idleSeconds: 86_400,
    });
    for (const forbidden of [
      'select text from part',
      'select * from message',
      'select id from job',
      "update job set state = 'done'",
      'create table public.mine (id int)',
    ])
      await assert.rejects(ask(database.url, forbidden, as), { code: '42501' }, forbidden);
    await migrate(second);
    await assert.rejects(ask(database.url, 'select 1', as), { code: '28P01' });
    assert.deepEqual(await ask(database.url, 'select 1 as one', { password: second }), [{ one: 1 }]);
    assert.ok(
      !said.some((text) => text.includes(first) || text.includes(second)),
      'the password stands in a statement',
    );
  } finally {
    // a role outlives its database
    await ask(database.url, `drop owned by ${countRole}`);
    await ask(database.url, `drop role ${countRole}`);
  }
});

test('the password is read out of the secret that the stack made', async () => {
  const asked: unknown[] = [];
  await using service = await listenOn((request, response) => {
    asked.push(request.headers['x-amz-target']);
    response.end(
      JSON.stringify({ SecretString: JSON.stringify({ username: countRole, password: 'from the secret' }) }),
    );
  });
  const read = () => Promise.resolve({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' });
  assert.equal(await readPassword('arn:x', 'eu-west-1', { read, endpoint: service.url }), 'from the secret');
  assert.deepEqual(asked, ['secretsmanager.GetSecretValue']);
});
