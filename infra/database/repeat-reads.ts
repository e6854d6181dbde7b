// A connection whose plain reads are made again once where the database asks for it: Aurora DSQL answers the first statement
// after a migration with a conflict (OC001), also a read that is no part of a transaction. Must never repeat anything else.
import type { PostgresPoolClient } from 'kysely';
import { sqlState } from './transaction.ts';

const conflictStates = new Set(['40001', 'OC001']);
type Query = (text: string, values: readonly unknown[]) => Promise<unknown>;

/** @param client asked as the dialect asks: a text and its values */
export function repeatReads(client: { readonly query: Query; readonly release: () => void }): PostgresPoolClient {
  let isInTransaction = false;
  const query: Query = async (text, values) => {
    const [verb = ''] = text.trimStart().toLowerCase().split(/[\s;]/, 1);
    if (verb === 'begin' || verb === 'start') isInTransaction = true;
    if (verb === 'commit' || verb === 'rollback') isInTransaction = false;
    try {
      return await client.query(text, values);
    } catch (thrown) {
      if (isInTransaction || verb !== 'select' || !conflictStates.has(sqlState(thrown) ?? '')) throw thrown;
      return client.query(text, values);
    }
  };
  // the dialect's client is overloaded for cursors, which nothing here uses
  return { query: query as PostgresPoolClient['query'], release: () => client.release() };
}
