// What the model asked for when it wanted a picture: kept with each take, and with a redraw of the same words, since it is what
// their takes are compared with.
import type { Kysely } from 'kysely';
import type { WireTensor } from '../../core/function-contract.ts';
import { readKept } from './read-images.ts';
import type { Database } from './tables.ts';

/** A vector of the model package that asked: another one's embeddings cannot be compared with it. */
export interface TakeQuery extends WireTensor {
  readonly modelDigest: string;
}

/** @returns undefined also where the picture is the only one of its place: it has nobody to be compared with */
export async function readQuery(db: Kysely<Database>, imageId: string): Promise<TakeQuery | undefined> {
  const query = await keptQuery(db, imageId);
  if (!query) return undefined;
  const other = await db
    .selectFrom('image')
    .innerJoin('image as other', (join) =>
      join
        .onRef('other.message_id', '=', 'image.message_id')
        .onRef('other.part_index', '=', 'image.part_index')
        .onRef('other.id', '<>', 'image.id'),
    )
    .select('other.id')
    .where('image.id', '=', imageId)
    .executeTakeFirst();
  return other && query;
}

/** Also of a picture that is alone. */
export async function keptQuery(db: Kysely<Database>, imageId: string): Promise<TakeQuery | undefined> {
  const query = await readKept(db, imageId, 'query');
  if (!query?.modelDigest) return undefined; // kept before it was written whose it is
  return { ...query, modelDigest: query.modelDigest };
}
