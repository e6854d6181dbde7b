// Plain reads that the database wants made again are made again, once; what belongs to a transaction is its own to repeat.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { sqlState } from '../../../infra/database/transaction.ts';
import { createWorld, type World } from '../../harness/world.ts';

let world: World;
before(async () => {
  world = await createWorld([]);
  // a sequence keeps what was taken from it when the statement fails
  await sql`create sequence reads`.execute(world.db);
  await sql`create function refuse_first(refusals bigint) returns bigint language plpgsql as $$
    declare n bigint := nextval('reads');
    begin
      if n <= refusals then raise exception 'schema has been updated' using errcode = '40001'; end if;
      return n;
    end $$`.execute(world.db);
});
after(() => world[Symbol.asyncDispose]());

const read = (refusals: number, db = world.db) =>
  sql<{ n: string }>`select refuse_first(${refusals}) as n`.execute(db).then(({ rows }) => rows[0]!.n);
const restart = () => sql`alter sequence reads restart`.execute(world.db);
const isConflict = (thrown: unknown): boolean => sqlState(thrown) === '40001';

test('a read alone is made again once', async () => {
  assert.equal(await read(1), '2');
  await restart();
  await assert.rejects(read(2), isConflict);
});

test('a read of a transaction is not', async () => {
  await restart();
  await assert.rejects(
    world.db.transaction().execute((tx) => read(1, tx)),
    isConflict,
  );
  assert.equal(await read(1), '2');
});
