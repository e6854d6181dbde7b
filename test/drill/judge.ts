// What must hold after any drill, asked of the database itself and of what a user saw.
import { sql } from 'kysely';
import { openDatabase } from '../../infra/database/connection.ts';
import type { Outcome } from './load.ts';

/** @returns a line for every message that never ended, ended twice, or has a gap in its log */
export async function brokenTruths(databaseUrl: string): Promise<string[]> {
  await using handle = openDatabase(databaseUrl, { maxConnections: 1, applicationName: 'gill-drill' });
  const { rows } = await sql<{ problem: string }>`
    select 'unfinished ' || id as problem from message where status in ('QUEUED', 'RUNNING')
    union all select 'gap in ' || message_id from event group by message_id having max(n) <> count(*) or min(n) <> 1
    union all select 'ended ' || count(*) || ' times: ' || message_id from event where body like '%"type":"done"%'
      group by message_id having count(*) <> 1`.execute(handle.db);
  return rows.map(({ problem }) => problem);
}

/** What the events folded to is what the message holds in the end. */
export function isStoredAsStreamed({ parts, final }: Outcome): boolean {
  const streamed = parts.map((part) => (part.kind === 'text' ? part.text : part.imageId));
  const stored = (final['parts'] as { text?: string; image?: { id: string } }[]).map(
    (part) => part.text ?? part.image?.id,
  );
  return JSON.stringify(streamed) === JSON.stringify(stored);
}
