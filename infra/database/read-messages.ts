// Messages as they are now. While a reply is unfinished its parts are the fold of its log, read in one snapshot with the
// cursor; afterwards they are rows. Must never show a message of another viewer or of a deleted conversation.
import { sql, type Kysely } from 'kysely';
import type { Activity } from '../../core/activity.ts';
import {
  foldEvent,
  type FoldedPart,
  type GenerationStatus,
  type ImageDecision,
  type LoggedEvent,
} from '../../core/message-event.ts';
import type { Failure } from '../../core/reply-options.ts';
import type { UsageAmounts } from './finish.ts';
import type { Database } from './tables.ts';

export interface MessageSnapshot {
  readonly id: string;
  readonly conversationId: string;
  readonly role: 'user' | 'assistant';
  readonly parentId: string | null;
  readonly status: GenerationStatus;
  readonly parts: readonly FoldedPart[];
  /** The last event that `parts` includes; 0 on user messages. */
  readonly lastN: number;
  readonly activity: Activity | undefined;
  readonly failure: Failure | undefined;
  readonly usage: (Required<UsageAmounts> & { readonly queueMs: number }) | undefined;
  readonly droppedTurns: number;
  /** The gate's; null where it was not asked, or the text has not ended. */
  readonly pictureProbability: number | null;
  readonly createdAt: Date;
}

/** Snapshots by id; ids that the viewer may not see are absent. */
export async function readMessages(
  db: Kysely<Database>,
  viewerId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MessageSnapshot>> {
  if (ids.length === 0) return new Map();
  // one statement is one snapshot, whatever the isolation level
  const { rows } = await sql<SnapshotRow>`
    select message.id, message.conversation_id, message.role, message.parent_id, message.status, message.failure,
      message.usage, message.dropped_turns, message.picture_probability,
      message.created_at, stream.last_n,
      case when message.status in ('QUEUED', 'RUNNING') and message.role = 'assistant'
        then (select '[' || coalesce(string_agg(event.body, ',' order by event.n), '') || ']' from event where event.message_id = message.id)
      end as events,
      case when message.status not in ('QUEUED', 'RUNNING') or message.role = 'user'
        then (select json_agg(json_build_object('kind', part.kind, 'text', part.text, 'imageId', part.image_id, 'takeIds', part.take_ids, 'decision', part.decision) order by part.part_index)::text
              from part where part.message_id = message.id)
      end as parts,
      (select job.state from job where job.message_id = message.id and job.kind = 'reply') as job_state,
      (select job.activity from job where job.message_id = message.id and job.kind = 'reply') as job_activity
    from message
      join conversation on conversation.id = message.conversation_id
      left join stream on stream.message_id = message.id
    where message.id in (${sql.join(ids)}) and conversation.viewer_id = ${viewerId} and conversation.deleted_at is null`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.id, toSnapshot(row)]));
}

interface SnapshotRow {
  readonly id: string;
  readonly conversation_id: string;
  readonly role: 'user' | 'assistant';
  readonly parent_id: string | null;
  readonly status: GenerationStatus;
  readonly failure: string | null;
  readonly usage: string | null;
  readonly dropped_turns: number;
  readonly picture_probability: number | null;
  readonly created_at: Date;
  readonly last_n: number | null;
  readonly events: string | null;
  readonly parts: string | null;
  readonly job_state: string | null;
  readonly job_activity: string | null;
}

function toSnapshot(row: SnapshotRow): MessageSnapshot {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    role: row.role,
    parentId: row.parent_id,
    status: row.status,
    parts: row.events === null ? rowParts(row.parts) : foldParts(row.events),
    lastN: row.last_n ?? 0,
    activity: activityOf(row.status, row.job_state, row.job_activity),
    failure: row.failure === null ? undefined : (JSON.parse(row.failure) as Failure),
    usage: row.usage === null ? undefined : (JSON.parse(row.usage) as MessageSnapshot['usage']),
    droppedTurns: row.dropped_turns,
    pictureProbability: row.picture_probability,
    createdAt: row.created_at,
  };
}

/** What a waiting viewer is told; a reply whose text is finished waits for its pictures. */
export function activityOf(
  status: GenerationStatus,
  jobState: string | null,
  jobActivity: string | null,
): Activity | undefined {
  if (status !== 'QUEUED' && status !== 'RUNNING') return undefined;
  // a reply that is pictures alone has no job of its own
  if (jobState === 'queued' || status === 'QUEUED') return { phase: 'QUEUED' };
  if (jobState !== 'running') return { phase: 'DRAWING' };
  return jobActivity === null ? { phase: 'READING' } : (JSON.parse(jobActivity) as Activity);
}

const foldParts = (events: string): FoldedPart[] =>
  (JSON.parse(events) as LoggedEvent[]).reduce<FoldedPart[]>(foldEvent, []);

function rowParts(parts: string | null): FoldedPart[] {
  return parts === null ? [] : (JSON.parse(parts) as PartRow[]).map(toPart);
}

export interface PartRow {
  readonly kind: 'text' | 'image';
  readonly text: string | null;
  readonly imageId: string | null;
  /** JSON array. */
  readonly takeIds: string | null;
  /** ImageDecision. */
  readonly decision?: string | null;
}

export function toPart({ kind, text, imageId, takeIds, decision }: PartRow): FoldedPart {
  if (kind === 'text') return { kind, text: text ?? '' };
  return {
    kind,
    imageId: imageId!,
    takeIds: takeIds === null ? [imageId!] : (JSON.parse(takeIds) as string[]),
    ...(decision && { decision: JSON.parse(decision) as ImageDecision }),
  };
}
