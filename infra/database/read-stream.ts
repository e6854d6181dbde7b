// What tails of messages need at each bell: new events and the newest state, of many messages in the round trips of one.
// Ownership was checked when the subscriber came; a tail belongs to no viewer.
import { sql, type Kysely } from 'kysely';
import type { Activity } from '../../core/activity.ts';
import { AppError } from '../../core/app-error.ts';
import type { GenerationStatus } from '../../core/message-event.ts';
import { toNumberedEvent, type NumberedEvent } from './event-log.ts';
import { readImageStates, toImageState, type ImageState } from './read-images.ts';
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
/** Rows of one answer, or a single message's: whoever comes now reads a whole log, and a thousand may come at once. */
const mostRows = 5_000;

/** @returns in their order; undefined for a message that is gone, its conversation deleted included; an error for one that cannot be read */
export async function readStreams(
  db: Kysely<Database>,
  wanted: readonly WantedStream[],
): Promise<readonly (StreamState | AppError | undefined)[]> {
  if (wanted.length === 0) return [];
  // one message may be wanted twice, behind different events: it is read once, and each is given its own
  const afterOf = new Map<string, number>();
  for (const { messageId, afterN } of wanted)
    afterOf.set(messageId, Math.min(afterN, afterOf.get(messageId) ?? Infinity));
  const heads = await readHeads(db, [...afterOf.keys()]);
  // Heads first, events second: an event appended in between is delivered now instead of at the next bell, which is
  // harmless, while the other order could report a last event that was not read. Pictures last: one that an event says has
  // ended must not be shown in progress behind it.
  const events = await readNewEvents(db, afterOf, heads);
  const unfinished = [...heads.values()].filter(isUnfinished).map(({ id }) => id);
  const waiting = [...heads.values()].filter(({ state }) => state === 'queued').map(({ id }) => id);
  const [images, places] = await Promise.all([readImageStates(db, unfinished), readPlaces(db, waiting)]);
  return wanted.map(({ messageId, afterN }) => {
    const head = heads.get(messageId);
    if (!head) return undefined;
    try {
      const news = (events.get(messageId) ?? []).filter(({ n }) => n > afterN).map(toNumberedEvent);
      const activity = activityOf(head.status, head.state, head.activity);
      return {
        status: head.status,
        lastN: Math.max(head.last_n, news.at(-1)?.n ?? 0),
        events: news,
        activity: activity?.phase === 'QUEUED' ? { ...activity, position: places.get(messageId) ?? 0 } : activity,
        images: (images.get(messageId) ?? []).map(toImageState),
      };
    } catch (thrown) {
      // one broken row must not keep everyone else's tail from looking
      return new AppError('INTERNAL', `message ${messageId} cannot be read`, thrown);
    }
  });
}

const isUnfinished = ({ status }: Head): boolean => status === 'QUEUED' || status === 'RUNNING';

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

/** Replies before each of these that wait: counted once for all, not anew for each. */
async function readPlaces(db: Kysely<Database>, waiting: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (waiting.length === 0) return new Map();
  const { rows } = await sql<{ message_id: string; ahead: string }>`
    select message_id, ahead from (
      select message_id, rank() over (order by created_at) - 1 as ahead from job
      where kind = 'reply' and state in ('queued', 'running')
    ) as unfinished
    where message_id in (${sql.join(waiting)})`.execute(db);
  return new Map(rows.map((row) => [row.message_id, Number(row.ahead)]));
}

interface EventRow {
  readonly message_id: string;
  readonly n: number;
  readonly body: string;
  readonly created_at: Date;
}

/** Of each message, in order. */
async function readNewEvents(
  db: Kysely<Database>,
  afterOf: ReadonlyMap<string, number>,
  heads: ReadonlyMap<string, Head>,
): Promise<ReadonlyMap<string, readonly EventRow[]>> {
  const found = new Map<string, readonly EventRow[]>();
  for (const part of cutByRows(afterOf, heads)) {
    const { rows } = await sql<EventRow>`
      select wanted.message_id, news.n, news.body, news.created_at
      from (values ${sql.join(part.map(([messageId, afterN]) => sql`(${messageId}::uuid, ${afterN}::integer)`))})
          as wanted (message_id, after_n)
        cross join lateral (
          select n, body, created_at from event
          where event.message_id = wanted.message_id and event.n > wanted.after_n
          order by n limit ${sql.lit(allEvents)}
        ) as news`.execute(db);
    for (const [messageId, events] of Map.groupBy(rows, (row) => row.message_id))
      found.set(
        messageId,
        events.sort((a, b) => a.n - b.n),
      );
  }
  return found;
}

/** Messages with new events and what they are wanted behind, in parts of a bounded number of rows. */
function cutByRows(afterOf: ReadonlyMap<string, number>, heads: ReadonlyMap<string, Head>): [string, number][][] {
  const parts: [string, number][][] = [];
  let rows = Infinity;
  for (const [messageId, afterN] of afterOf) {
    const news = (heads.get(messageId)?.last_n ?? 0) - afterN;
    if (news <= 0) continue;
    if (rows + news > mostRows) {
      parts.push([]);
      rows = 0;
    }
    parts.at(-1)!.push([messageId, afterN]);
    rows += news;
  }
  return parts;
}
