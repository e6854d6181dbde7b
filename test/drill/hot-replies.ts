// Replies that are written without a model: rows as a worker leaves them, but for hundreds of replies in one statement, so that
// the database of one machine can take what a hundred workers would write. Must never write what a worker could not have.
import pg from 'pg';
import type { LoggedEvent } from '../../core/message-event.ts';
import { newId } from '../../core/ids.ts';
import type { Bus } from '../../infra/bus/bus.ts';

/** A conversation in which one reply is written after the other. */
export interface Lane {
  readonly viewerId: string;
  readonly conversationId: string;
  replyId: string;
  /** Events so far. */
  written: number;
}

export interface HotReplies extends AsyncDisposable {
  /** Makes viewers and a conversation for each of these names. @returns [viewer, conversation] of each */
  readonly makeConversations: (names: readonly string[]) => Promise<readonly (readonly [string, string])[]>;
  /** Begins the next reply in each. */
  readonly begin: (lanes: readonly Lane[]) => Promise<void>;
  /** Adds a word to each. */
  readonly write: (lanes: readonly Lane[]) => Promise<void>;
  readonly end: (lanes: readonly Lane[]) => Promise<void>;
}

const word = 'word ';
const [textBefore, textAfter] = JSON.stringify({
  type: 'text',
  partIndex: 0,
  offset: -1,
  text: word,
} satisfies LoggedEvent).split('-1');
const done = JSON.stringify({ type: 'done', status: 'COMPLETED' } satisfies LoggedEvent);
const options = JSON.stringify({ maxTokens: 512, images: 'NEVER' });

export function openHotReplies(url: string, bus: Bus): HotReplies {
  const pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'gill-drill' });

  /** @param body of the event, in SQL @param also what else happens in the same transaction: named statements over $1 */
  async function append(
    lanes: readonly Lane[],
    body: string,
    also = '',
    values: readonly unknown[] = [],
  ): Promise<void> {
    await pool.query(
      `with bumped as (
         update stream set last_n = last_n + 1 where message_id = any($1::uuid[]) returning message_id, last_n)${also}
       insert into event (message_id, n, body) select message_id, last_n, ${body} from bumped`,
      [lanes.map(({ replyId }) => replyId), ...values],
    );
    for (const { replyId } of lanes) bus.ring(`message:${replyId}`);
  }

  return {
    async makeConversations(names) {
      const viewers = new Map([...new Set(names)].map((name) => [name, newId()]));
      await pool.query(
        'insert into viewer (id, name) select id, name from unnest($1::uuid[], $2::text[]) as made(id, name)',
        [[...viewers.values()], [...viewers.keys()]],
      );
      const made = names.map((name) => [viewers.get(name)!, newId()] as const);
      await pool.query(
        'insert into conversation (id, viewer_id) select id, viewer_id from unnest($1::uuid[], $2::uuid[]) as made(id, viewer_id)',
        [made.map(([, id]) => id), made.map(([viewerId]) => viewerId)],
      );
      return made;
    },
    async begin(lanes) {
      for (const lane of lanes) [lane.replyId, lane.written] = [newId(), 0];
      const [replies, conversations, viewers] = [
        lanes.map(({ replyId }) => replyId),
        lanes.map(({ conversationId }) => conversationId),
        lanes.map(({ viewerId }) => viewerId),
      ];
      await pool.query(
        `with made as (select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) as made(id, conversation_id, viewer_id, job_id)),
           streams as (insert into stream (message_id, last_n) select id, 0 from made),
           jobs as (insert into job (id, kind, state, viewer_id, conversation_id, message_id, lease_until)
             select job_id, 'reply', 'running', viewer_id, conversation_id, id, now() + interval '1 day' from made)
         insert into message (id, conversation_id, role, status, options)
           select id, conversation_id, 'assistant', 'RUNNING', $5 from made`,
        [replies, conversations, viewers, lanes.map(() => newId()), options],
      );
      for (const id of conversations) bus.ring(`conversation:${id}`);
    },
    async write(lanes) {
      await append(lanes, `'${textBefore}' || (last_n - 1) * ${word.length} || '${textAfter}'`);
      for (const lane of lanes) lane.written++;
    },
    async end(lanes) {
      await append(
        lanes,
        `'${done}'`,
        `, parts as (insert into part (message_id, part_index, kind, text)
             select id, 0, 'text', repeat('${word}', written) from unnest($1::uuid[], $2::int[]) as done(id, written)),
           jobs as (update job set state = 'done', finished_at = now() where message_id = any($1::uuid[])),
           messages as (update message set status = 'COMPLETED', finished_at = now() where id = any($1::uuid[]))`,
        [lanes.map(({ written }) => written)],
      );
      for (const { conversationId } of lanes) bus.ring(`conversation:${conversationId}`);
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
