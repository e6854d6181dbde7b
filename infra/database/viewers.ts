// Viewers: whoever authentication has named. A viewer exists from its first request on.
import type { Kysely } from 'kysely';
import { newId } from '../../core/ids.ts';
import type { Database } from './tables.ts';

export interface Viewer {
  readonly id: string;
  readonly name: string;
}

/** The viewer of that name, made if this is its first request. */
export async function ensureViewer(db: Kysely<Database>, name: string): Promise<Viewer> {
  const known = await db.selectFrom('viewer').select(['id', 'name']).where('name', '=', name).executeTakeFirst();
  if (known) return known;
  await db
    .insertInto('viewer')
    .values({ id: newId(), name })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  return db.selectFrom('viewer').select(['id', 'name']).where('name', '=', name).executeTakeFirstOrThrow();
}
