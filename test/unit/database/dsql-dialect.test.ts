// Nothing that this program says to its database is unknown to Aurora DSQL: the migrations as DSQL is told them, and every
// query that is written as SQL. That the lint finds what it should is shown with statements of both kinds.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { refusedByDsql, toDsql } from '../../../infra/database/dsql-dialect.ts';
import { schemaStatements } from '../../../infra/database/migrate.ts';
import { applySchema, grants } from '../../../functions/controller/migrate.ts';
import { silentLog } from '../../../core/log.ts';
import { loadQuery } from '../../../infra/scaling/read-load.ts';

const root = path.resolve(import.meta.dirname, '../../..');

test('every migration is in the dialect, one statement each, and builds its indexes in the background', () => {
  const statements = schemaStatements().map(toDsql);
  assert.ok(statements.length > 10);
  for (const statement of statements) {
    assert.deepEqual(refusedByDsql(statement), [], statement);
    assert.ok(!statement.includes(';'), 'DSQL takes one statement a transaction');
    if (/index/i.test(statement.slice(0, 30))) assert.match(statement, /^\s*create (unique )?index async /i);
  }
});

test('every query written as SQL is in the dialect', () => {
  const files = globSync('{infra,functions}/**/*.ts', { cwd: root }).filter(
    (file) => !/infra\/(local|backup)\/|postgres-bus\.ts|dsql-dialect\.ts/.test(file), // these speak to PostgreSQL alone
  );
  const queries = files.flatMap((file) =>
    [...readFileSync(path.join(root, file), 'utf8').matchAll(/\bsql(?:<[^`]*>)?`([^`]*)`/g)].map(([, text]) => ({
      file,
      text: text!,
    })),
  );
  assert.ok(queries.length > 30, `only ${queries.length} queries were found`);
  for (const { file, text } of queries) assert.deepEqual(refusedByDsql(text), [], `${file}: ${text}`);
});

for (const statement of [
  'select id from job for update skip locked',
  'listen gill_bell',
  `select pg_notify('bell', 'jobs')`,
  'savepoint one',
  'truncate job',
  'create table a (id serial primary key)',
  'create table a (id uuid references b (id))',
  'create table a (body jsonb)',
  'create table a (name text collate "de_DE")',
  'create index open_jobs on job (id) where state = 1',
  'create index newest on job (created_at desc)',
  'create sequence ids',
  'create trigger t after insert on job execute function f()',
  'create temporary table t (id uuid)',
  'select pg_advisory_xact_lock(1)',
  'alter table job alter column state set not null',
  'alter table job add column tries integer not null default 0',
  'set transaction isolation level serializable',
])
  test(`refused: ${statement}`, () => assert.notDeepEqual(refusedByDsql(statement), []));

test('what only looks like it is let through', () => {
  for (const statement of [
    `update job set state = 'truncate; listen to savepoint'`,
    'alter table job add column tries integer',
    loadQuery,
    'select * from job where created_at < now() order by created_at desc limit 1',
    'select state from job for update',
    'insert into job (id) values ($1) on conflict (id) do nothing',
  ])
    assert.deepEqual(refusedByDsql(statement), [], statement);
});

test('a schema half made is gone on with, and any other failure stops', async () => {
  const run: string[] = [];
  const half = (statement: string) => {
    run.push(statement);
    if (run.length < 4) return Promise.reject(Object.assign(new Error('relation exists'), { code: '42P07' }));
    return Promise.resolve([]);
  };
  const arn = 'arn:aws:iam::111122223333:role/api';
  await applySchema(half, grants('dsql', [arn]), toDsql, silentLog);
  assert.equal(run.length, schemaStatements().length + 4);
  assert.ok(run.includes(`aws iam grant gill to '${arn}'`));
  const broken = () => Promise.reject(Object.assign(new Error('no such type'), { code: '42704' }));
  await assert.rejects(applySchema(broken, [], toDsql, silentLog), /no such type/);
});

test('a schema that was changed a moment ago is no failure: the statement is said again', async () => {
  const run: string[] = [];
  const conflicting = (statement: string) => {
    run.push(statement);
    if (run.length % 3 !== 0)
      return Promise.reject(Object.assign(new Error('schema has been updated'), { code: '40001' }));
    return Promise.resolve([]);
  };
  await applySchema(conflicting, [], toDsql, silentLog);
  assert.equal(run.length, schemaStatements().length * 3);
});
