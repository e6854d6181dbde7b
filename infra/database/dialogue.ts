// What a reply is made from: the turns before it, oldest first, its options and what an earlier attempt already wrote.
import { sql, type Kysely } from 'kysely';
import type { FoldedPart, GenerationStatus } from '../../core/message-event.ts';
import type { ReplyOptions } from '../../core/reply-options.ts';
import { foldLog } from './event-log.ts';
import { toPart } from './read-messages.ts';
import type { Database } from './tables.ts';

export interface Dialogue {
  readonly turns: readonly DialogueTurn[];
  readonly instructions: string | null;
  readonly options: ReplyOptions;
  /** Parts that the log of this reply already holds; empty on a first attempt. */
  readonly written: readonly FoldedPart[];
  /** Pictures of the turns that were never finished: failed or cancelled. */
  readonly unfinished: ReadonlySet<string>;
}

export interface DialogueTurn {
  readonly role: 'user' | 'assistant';
  readonly parts: readonly FoldedPart[];
}

/** @param replyId an assistant message; its turns are the path to it, itself excluded */
export async function readDialogue(db: Kysely<Database>, replyId: string): Promise<Dialogue> {
  const { rows } = await sql<{
    role: 'user' | 'assistant';
    kind: 'text' | 'image' | null;
    text: string | null;
    image_id: string | null;
    take_ids: string | null;
    decision: string | null;
    image_status: GenerationStatus | null;
    id: string;
  }>`
    with recursive path as (
      select id, parent_id, role, 0 as depth from message where id = (select parent_id from message where id = ${replyId})
      union all select parent.id, parent.parent_id, parent.role, depth + 1 from message parent join path on parent.id = path.parent_id)
    select path.id, path.role, part.kind, part.text, part.image_id, part.take_ids, part.decision, image.status as image_status
    from path left join part on part.message_id = path.id left join image on image.id = part.image_id order by depth desc, part.part_index`.execute(
    db,
  );
  const turns: { id: string; role: 'user' | 'assistant'; parts: FoldedPart[] }[] = [];
  /** Pictures whose first take has not been drawn, with their other takes. */
  const missing = new Map<string, readonly string[]>();
  for (const row of rows) {
    if (turns.at(-1)?.id !== row.id) turns.push({ id: row.id, role: row.role, parts: [] });
    const { kind, text, image_id: imageId, take_ids: takeIds, decision } = row;
    if (kind === null) continue;
    const part = toPart({ kind, text, imageId, takeIds, decision });
    turns.at(-1)!.parts.push(part);
    // what was found is named by its place in the gallery, and is there
    if (part.kind === 'image' && row.image_status !== null && row.image_status !== 'COMPLETED')
      missing.set(part.imageId, part.takeIds);
  }
  const reply = await db
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select(['message.options', 'conversation.instructions'])
    .where('message.id', '=', replyId)
    .executeTakeFirstOrThrow();
  return {
    turns,
    instructions: reply.instructions,
    options: JSON.parse(reply.options!) as ReplyOptions,
    written: await foldLog(db, replyId),
    unfinished: await withoutAnyTake(db, missing),
  };
}

/** Of several takes one is enough. */
async function withoutAnyTake(
  db: Kysely<Database>,
  missing: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlySet<string>> {
  const takes = [...missing.values()].flat();
  if (takes.length === 0) return new Set(missing.keys());
  const drawn = await db
    .selectFrom('image')
    .select('id')
    .where('id', 'in', takes)
    .where('status', '=', 'COMPLETED')
    .execute();
  const done = new Set(drawn.map(({ id }) => id));
  return new Set([...missing].filter(([, others]) => !others.some((id) => done.has(id))).map(([id]) => id));
}
