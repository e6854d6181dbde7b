// A picture of the gallery where a reply found it: what is needed to draw one in its place.
import type { Kysely } from 'kysely';
import type { ImageOptions, ReplyOptions } from '../../core/reply-options.ts';
import type { Database } from './tables.ts';

export interface FoundPlace {
  readonly messageId: string;
  readonly partIndex: number;
  /** Of the message that was answered. */
  readonly words: string;
  /** How the reply would have drawn. */
  readonly image: ImageOptions;
}

/** @param messageId the reply; undefined: the newest that shows it @returns undefined where none of the viewer's does */
export async function readFoundPlace(
  db: Kysely<Database>,
  viewerId: string,
  itemId: string,
  messageId?: string,
): Promise<FoundPlace | undefined> {
  const row = await db
    .selectFrom('part')
    .innerJoin('message', 'message.id', 'part.message_id')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select(['message.id', 'message.parent_id', 'message.options', 'part.part_index'])
    .where('part.image_id', '=', itemId)
    .where('message.role', '=', 'assistant')
    .where('conversation.viewer_id', '=', viewerId)
    .where('conversation.deleted_at', 'is', null)
    .$if(messageId !== undefined, (query) => query.where('message.id', '=', messageId!))
    .orderBy('message.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return undefined;
  const asked = await db
    .selectFrom('part')
    .select('text')
    .where('message_id', '=', row.parent_id)
    .where('kind', '=', 'text')
    .orderBy('part_index')
    .execute();
  const { sampler, steps, guidance, seed, width, height } = (JSON.parse(row.options!) as ReplyOptions).image;
  return {
    messageId: row.id,
    partIndex: row.part_index,
    words: asked.map(({ text }) => text ?? '').join('').trim(), // prettier-ignore
    image: { sampler, steps, guidance, seed, width, height },
  };
}
