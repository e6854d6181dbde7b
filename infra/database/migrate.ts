// Brings the schema up to date. Safe when several processes start at once: statements that another one has already run
// are recognised. Must never edit or drop what it did not make.
import { sql, type Kysely } from 'kysely';
import * as first from './migrations/0001-first.ts';
import * as uploads from './migrations/0002-uploads.ts';
import * as lineage from './migrations/0003-lineage.ts';
import * as gallery from './migrations/0004-gallery.ts';
import * as provenance from './migrations/0005-provenance.ts';
import * as decisions from './migrations/0006-decisions.ts';
import * as accounts from './migrations/0007-accounts.ts';
import * as pictureWanted from './migrations/0008-picture-wanted.ts';
import * as served from './migrations/0009-served.ts';
import * as seen from './migrations/0010-seen.ts';
import * as packaged from './migrations/0011-packaged.ts';
import * as score from './migrations/0012-score.ts';
import * as queryModel from './migrations/0013-query-model.ts';
import * as carriedUse from './migrations/0014-carried-use.ts';
import type { Database } from './tables.ts';
import { retrying, sqlState } from './transaction.ts';

const migrations: readonly { name: string; statements: readonly string[] }[] = [
  first,
  uploads,
  lineage,
  gallery,
  provenance,
  decisions,
  accounts,
  pictureWanted,
  served,
  seen,
  packaged,
  score,
  queryModel,
  carriedUse,
];

/** Duplicate table, index or column, and the catalogue races of two creators. */
const alreadyThere = new Set(['42P07', '42701', '23505']);

/** Every statement of every migration, in order: what a schema that is up to date was made by. */
export const schemaStatements = (): readonly string[] => migrations.flatMap(({ statements }) => statements);

/** @returns names of the migrations this call applied */
export async function migrate(db: Kysely<Database>): Promise<readonly string[]> {
  await tolerant(
    db,
    `create table if not exists migration (name text primary key, applied_at timestamptz not null default now())`,
  );
  const applied: string[] = [];
  for (const { name, statements } of migrations) {
    const { rows } = await sql<{ name: string }>`select name from migration where name = ${name}`.execute(db);
    if (rows.length > 0) continue;
    // one statement a transaction, as Aurora DSQL wants it; a start killed half-way goes on where it was
    for (const statement of statements) await tolerant(db, statement);
    const { numAffectedRows } = await retrying(() =>
      sql`insert into migration (name) values (${name}) on conflict do nothing`.execute(db),
    );
    if (numAffectedRows === 1n) applied.push(name);
  }
  return applied;
}

async function tolerant(db: Kysely<Database>, statement: string): Promise<void> {
  try {
    await sql.raw(statement).execute(db);
  } catch (thrown) {
    if (!alreadyThere.has(sqlState(thrown) ?? '')) throw thrown;
  }
}
