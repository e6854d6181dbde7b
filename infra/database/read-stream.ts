// What tails of messages need at each bell: new events and the newest state, of many messages in the round trips of one.
// Ownership was checked when the subscriber came; a tail belongs to no viewer.
import { sql, type Kysely } from 'kysely';
import type { Activity } from '../../core/activity.ts';
import { AppError } from '../../core/app-error.ts';
import type { GenerationStatus, LoggedEvent } from '../../core/message-event.ts';
import type { NumberedEvent } from './event-log.ts';
import { readImageStates, type ImageState } from './read-images.ts';
import { activityOf } from './read-messages.ts';
import type { Database } from './tables.ts';

export interface WantedStream {
  readonly messageId: string;
  /** Events behind this one are new. */
  readonly afterN: number;
}

export interface StreamState {
  readonly status: GenerationStatus;
  readonly lastN: number;
  readonly events: readonly NumberedEvent[];
  readonly activity: Activity | undefined;
  readonly images: readonly ImageState[];
}

interface Head {
  readonly id: string;
  readonly status: GenerationStatus;
  readonly last_n: number;
  readonly state: string | null;
  readonly activity: string | null;
}

/** More than one message ever has; it makes the database take each message's events by their key. */
const allEvents = 1_000_000;

/** @returns in their order; undefined for a message that is gone, its conversation deleted included; an error for a log that cannot be read */
export async function readStreams(
  db: Kysely<Database>,
  wanted: readonly WantedStream[],
): Promise<readonly (StreamState | AppError | undefined)[]> {
  if (wanted.length === 0) return [];
  const heads = await readHeads(
    db,
    wanted.map(({ messageId }) => messageId),
  );
  // Heads first, events second: an event appended in between is delivered now instead of at the next bell, which is
  // harmless, while the other order could report a last event that was not read.
  const changed = wanted.filter(({ messageId, afterN }) => (heads.get(messageId)?.last_n ?? 0) > afterN);
  const unfinished = wanted.map(({ messageId }) => messageId).filter((id) => isUnfinished(heads.get(id)));
  const someoneWaits = heads.values().some(({ state }) => state === 'queued');
  const [events, images, places] = await Promise.all([
    readNewEvents(db, changed),
    readImageStates(db, unfinished),
    someoneWaits ? readPlaces(db) : new Map<string, number>(),
  ]);
  return wanted.map(({ messageId }) => {
    const head = heads.get(messageId);
    if (!head) return undefined;
    const news = events.get(messageId) ?? [];
    if (news instanceof AppError) return news;
    const activity = activityOf(head.status, head.state, head.activity);
    return {
      status: head.status,
      lastN: Math.max(head.last_n, news.at(-1)?.n ?? 0),
      events: news,
      activity: activity?.phase === 'QUEUED' ? { ...activity, position: places.get(messageId) ?? 0 } : activity,
      images: isUnfinished(head) ? (images.get(messageId) ?? []) : [],
    };
  });
}

const isUnfinished = (head: Head | undefined): boolean => head?.status === 'QUEUED' || head?.status === 'RUNNING';

async function readHeads(db: Kysely<Database>, ids: readonly string[]): Promise<ReadonlyMap<string, Head>> {
  const { rows } = await sql<Head>`
    select message.id, message.status, stream.last_n, job.state, job.activity
    from message
      join conversation on conversation.id = message.conversation_id and conversation.deleted_at is null
      join stream on stream.message_id = message.id
      left join job on job.message_id = message.id and job.kind = 'reply'
    where message.id in (${sql.join(ids)})`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Replies before each one that waits: counted once for all, not anew for each. */
async function readPlaces(db: Kysely<Database>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ message_id: string; ahead: string }>`
    select message_id, ahead from (
      select message_id, state, rank() over (order by created_at) - 1 as ahead from job
      where kind = 'reply' and state in ('queued', 'running')
    ) as unfinished
    where state = 'queued'`.execute(db);
  return new Map(rows.map((row) => [row.message_id, Number(row.ahead)]));
}

async function readNewEvents(
  db: Kysely<Database>,
  wanted: readonly WantedStream[],
): Promise<ReadonlyMap<string, NumberedEvent[] | AppError>> {
  if (wanted.length === 0) return new Map();
  const { rows } = await sql<{ message_id: string; n: number; body: string; created_at: Date }>`
    select wanted.message_id, news.n, news.body, news.created_at
    from (values ${sql.join(wanted.map(({ messageId, afterN }) => sql`(${messageId}::uuid, ${afterN}::integer)`))})
        as wanted (message_id, after_n)
      cross join lateral (
        select n, body, created_at from event
        where event.message_id = wanted.message_id and event.n > wanted.after_n
        order by n limit ${sql.lit(allEvents)}
      ) as news`.execute(db);
  const byMessage = Map.groupBy(rows, (row) => row.message_id);
  return new Map(
    byMessage.entries().map(([messageId, events]): [string, NumberedEvent[] | AppError] => {
      try {
        const read = events.map(({ n, body, created_at: at }) => ({ n, body: JSON.parse(body) as LoggedEvent, at }));
        return [messageId, read.sort((a, b) => a.n - b.n)];
      } catch (thrown) {
        // one broken row must not keep everyone else's tail from looking
        return [messageId, new AppError('INTERNAL', `the log of message ${messageId} cannot be read`, thrown)];
      }
    }),
  );
}
