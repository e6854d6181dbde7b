// PostgreSQL behaving like Aurora DSQL: repeatable read, no statement that DSQL lacks, at most 3,000 written rows and 10 MiB a
// transaction, 1 MiB a column, and 40001 at random, at a statement or at the commit. What it cannot show is DSQL itself.
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { DatabaseHandle, DatabaseOptions } from '../../infra/database/connection.ts';
import {
  maxColumnBytes,
  maxRowsPerTransaction,
  maxTransactionBytes,
  refusedByDsql,
} from '../../infra/database/dsql-dialect.ts';
import { repeatReads } from '../../infra/database/repeat-reads.ts';
import type { Database } from '../../infra/database/tables.ts';

export const dsqlSettings = ["default_transaction_isolation = 'repeatable read'"];

export interface Emulation {
  readonly open: (url: string, options: DatabaseOptions) => DatabaseHandle;
  /** Conflicts that were made up so far. */
  readonly conflicts: () => number;
  /** Every statement of another kind than the rest, for the failure's message. */
  readonly refused: readonly string[];
}

/** @param conflictShare of statements and commits that fail with 40001 */
export function emulateDsql(random: () => number, conflictShare: number): Emulation {
  let conflicts = 0;
  const refused: string[] = [];

  const fail = (code: string, message: string): Promise<never> =>
    Promise.reject(Object.assign(new Error(message), { code }));

  function wrap(client: pg.PoolClient): PostgresPoolClient {
    let writtenRows = 0;
    let writtenBytes = 0;
    let isInTransaction = false;
    let hasRefused = false;
    const query = async (text: string, values: readonly unknown[]): Promise<pg.QueryResult> => {
      const why = refusedByDsql(text);
      if (why.length > 0) {
        refused.push(text);
        return fail('0A000', `${why.join(', ')}: ${text}`);
      }
      const [verb = ''] = text.trimStart().toLowerCase().split(/[\s;]/, 1);
      if (!isInTransaction) [writtenRows, writtenBytes] = [0, 0];
      if (verb === 'begin' || verb === 'start') isInTransaction = true;
      if (verb === 'commit' || verb === 'rollback') isInTransaction = false;
      // once at most, as after a migration
      if (verb === 'select' && !isInTransaction && !hasRefused && random() < conflictShare) {
        hasRefused = true;
        conflicts++;
        return fail('40001', 'schema has been updated by another transaction, please retry (OC001)');
      }
      hasRefused = false;
      const mayConflict = ['insert', 'update', 'delete', 'commit'].includes(verb);
      if (mayConflict && random() < conflictShare) {
        conflicts++;
        // DSQL finds conflicts at the commit: nothing of the transaction is left
        if (verb === 'commit') await client.query('rollback');
        return fail('40001', 'change conflicts with another transaction, please retry (OC000)');
      }
      if (verb !== 'select')
        for (const value of values) {
          const bytes = typeof value === 'string' ? Buffer.byteLength(value) : 0;
          if (bytes > maxColumnBytes) return fail('54000', `a value of ${bytes} bytes is too large for a column`);
          writtenBytes += bytes;
        }
      if (writtenBytes > maxTransactionBytes) return fail('54000', 'transaction size limit exceeded');
      const result = await client.query(text, [...values]);
      if (verb !== 'select') writtenRows += result.rowCount ?? 0;
      if (writtenRows > maxRowsPerTransaction) return fail('54000', 'transaction row limit exceeded');
      return result;
    };
    return repeatReads({ query, release: () => client.release() });
  }

  return {
    refused,
    conflicts: () => conflicts,
    open(url, options) {
      const inner = new pg.Pool({ connectionString: url, max: options.maxConnections });
      inner.on('error', () => undefined);
      const pool: PostgresPool = {
        options: inner.options,
        connect: async () => wrap(await inner.connect()),
        end: () => inner.end(),
      };
      const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
      return { db, [Symbol.asyncDispose]: () => db.destroy() };
    },
  };
}
