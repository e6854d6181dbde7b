// API tokens of programs that act for a viewer: hashed, with some of the viewer's rights, revocable. Must never keep or
// return a token's text after it was made.
import { sql, type Kysely } from 'kysely';
import { newId } from '../../core/ids.ts';
import { limits } from '../../core/limits.ts';
import { digestOfApiToken, newApiToken } from '../auth/api-token.ts';
import type { Identity, Right } from '../auth/identity.ts';
import { refused, type Refused } from './refused.ts';
import type { Database } from './tables.ts';
import { inTransaction, retrying } from './transaction.ts';
import { holdViewer } from './viewers.ts';

export interface ApiTokenRow {
  readonly id: string;
  readonly name: string;
  readonly rights: readonly Right[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

export interface CreateApiToken {
  readonly viewerId: string;
  readonly name: string;
  readonly rights: readonly Right[];
  readonly expiresAt: Date | null;
}

/** @returns the token's text, once */
export function createApiToken(
  db: Kysely<Database>,
  { viewerId, name, rights, expiresAt }: CreateApiToken,
): Promise<
  { readonly outcome: 'created'; readonly id: string; readonly token: string; readonly createdAt: Date } | Refused
> {
  return inTransaction(db, async (tx) => {
    // the viewer's row makes two creators take turns, and nobody makes one for an account that is going
    const gone = await holdViewer(tx, viewerId);
    if (gone) return gone;
    const { count } = await tx
      .selectFrom('api_token')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('viewer_id', '=', viewerId)
      .executeTakeFirstOrThrow();
    if (Number(count) >= limits.maxApiTokensPerViewer)
      return refused('CONFLICT', `you have ${count} tokens, the limit is ${limits.maxApiTokensPerViewer}: revoke some`);
    const id = newId();
    const token = newApiToken();
    const { created_at: createdAt } = await tx
      .insertInto('api_token')
      .values({
        id,
        viewer_id: viewerId,
        name,
        digest: digestOfApiToken(token),
        rights: rights.join(' '),
        expires_at: expiresAt,
      })
      .returning('created_at')
      .executeTakeFirstOrThrow();
    return { outcome: 'created' as const, id, token, createdAt };
  });
}

export async function revokeApiToken(
  db: Kysely<Database>,
  { viewerId, apiTokenId }: { readonly viewerId: string; readonly apiTokenId: string },
): Promise<{ readonly outcome: 'revoked' } | Refused> {
  const { numDeletedRows } = await retrying(() =>
    db.deleteFrom('api_token').where('id', '=', apiTokenId).where('viewer_id', '=', viewerId).executeTakeFirst(),
  );
  return numDeletedRows === 1n ? { outcome: 'revoked' } : refused('NOT_FOUND', 'there is no such token', 'apiTokenId');
}

export async function listApiTokens(db: Kysely<Database>, viewerId: string): Promise<ApiTokenRow[]> {
  const rows = await db
    .selectFrom('api_token')
    .select(['id', 'name', 'rights', 'created_at', 'expires_at'])
    .where('viewer_id', '=', viewerId)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    rights: row.rights.split(' ') as Right[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }));
}

/** By the database's clock. @returns undefined for a token that is unknown, revoked or expired */
export async function findApiToken(db: Kysely<Database>, token: string): Promise<Identity | undefined> {
  const row = await db
    .selectFrom('api_token')
    .innerJoin('viewer', 'viewer.id', 'api_token.viewer_id')
    .select(['viewer.name', 'api_token.rights', 'api_token.expires_at'])
    .where('api_token.digest', '=', digestOfApiToken(token))
    .where('viewer.deleted_at', 'is', null)
    .where(sql<boolean>`(api_token.expires_at is null or api_token.expires_at > now())`)
    .executeTakeFirst();
  return (
    row && {
      name: row.name,
      rights: new Set(row.rights.split(' ') as Right[]),
      expiresAtMs: row.expires_at?.getTime(),
    }
  );
}
