// The pool of connections to PostgreSQL and the typed query builder over it; where the database is Aurora, each connection
// logs in with a token made of the process's own role. Must be disposed, or the process stays alive.
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { iamLogin } from './iam-login.ts';
import { repeatReads } from './repeat-reads.ts';
import type { Database } from './tables.ts';

export interface DatabaseHandle extends AsyncDisposable {
  readonly db: Kysely<Database>;
}

export interface DatabaseOptions {
  readonly maxConnections: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
}

export function openDatabase(url: string, options: DatabaseOptions): DatabaseHandle {
  const pool = new pg.Pool({
    max: options.maxConnections,
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...(iamLogin(url) ?? { connectionString: url }),
  });
  // a server that goes away kills idle connections too; the next query opens a new one
  pool.on('error', () => undefined);
  const dialect = new PostgresDialect({
    pool: {
      options: pool.options,
      connect: async () => {
        const client = await pool.connect();
        return repeatReads({
          query: (text, values) => client.query(text, [...values]),
          release: () => client.release(),
        });
      },
      end: () => pool.end(),
    },
  });
  const db = new Kysely<Database>({ dialect });
  return { db, [Symbol.asyncDispose]: () => db.destroy() };
}
