// What a tail of one message needs at each bell, in one round trip: new events and the newest state. Ownership was checked
// when the subscriber came; the tail belongs to no viewer.
import { sql, type Kysely } from 'kysely';
import type { Activity } from '../../core/activity.ts';
import type { GenerationStatus } from '../../core/message-event.ts';
import { readEvents, type NumberedEvent } from './event-log.ts';
import { readImageStates, type ImageState } from './read-images.ts';
import { activityOf } from './read-messages.ts';
import type { Database } from './tables.ts';

export interface StreamState {
  readonly status: GenerationStatus;
  readonly lastN: number;
  readonly events: readonly NumberedEvent[];
  readonly activity: Activity | undefined;
  readonly images: readonly ImageState[];
}

/** @returns undefined when the message is gone, its conversation deleted included */
export async function readStream(
  db: Kysely<Database>,
  messageId: string,
  afterN: number,
): Promise<StreamState | undefined> {
  // Head first, events second: an event appended in between is delivered now instead of at the next bell, which is
  // harmless, while the other order could report a last event that was not read.
  const { rows } = await sql<{
    status: GenerationStatus;
    last_n: number;
    state: string | null;
    activity: string | null;
    ahead: string;
  }>`
    select message.status, stream.last_n, job.state, job.activity,
      case when job.state = 'queued' then
        (select count(*) from job other where other.kind = 'reply' and other.state in ('queued', 'running') and other.created_at < job.created_at)
      else 0 end as ahead
    from message
      join conversation on conversation.id = message.conversation_id and conversation.deleted_at is null
      join stream on stream.message_id = message.id
      left join job on job.message_id = message.id and job.kind = 'reply'
    where message.id = ${messageId}`.execute(db);
  const [head] = rows;
  if (!head) return undefined;
  const events = head.last_n > afterN ? await readEvents(db, messageId, afterN, Number.MAX_SAFE_INTEGER) : [];
  const unfinished = head.status === 'QUEUED' || head.status === 'RUNNING';
  const activity = activityOf(head.status, head.state, head.activity);
  return {
    status: head.status,
    lastN: Math.max(head.last_n, events.at(-1)?.n ?? 0),
    events,
    activity: activity?.phase === 'QUEUED' ? { ...activity, position: Number(head.ahead) } : activity,
    images: unfinished ? await readImageStates(db, messageId) : [],
  };
}
