// What waits and what runs, from the truth itself. Only SQL that PostgreSQL and Aurora DSQL share.
import type { Load } from './desired-workers.ts';

/** How long ago nothing is remembered: long enough to count as asleep. */
const longIdleSeconds = 86_400;

/** Attempts after which work that nobody waits for keeps no worker: it is tried on whenever one is awake for something else. */
const patientAttempts = 5;

/**
 * Whether a job is worth a worker. Somebody waits for replies, pictures and uploads. A kept picture is made findable within the
 * hour, or when there is a worker that can. What is deleted is hidden at once, and its rows and files go with the next worker
 * that is awake, or have one woken after six hours.
 */
const counts = `(kind in ('reply', 'image', 'ingest') or coalesce(attempt, 0) <= ${patientAttempts} and (
      kind = 'embed' and created_at > now() - interval '1 hour'
      or kind in ('delete', 'viewer') and (state = 'running' or created_at < now() - interval '6 hours')))`;

/** All that the query below reads: who only counts need be shown nothing else. */
export const loadColumns = {
  job: ['state', 'kind', 'attempt', 'created_at', 'lease_until', 'after_message_id', 'finished_at'],
  message: ['id', 'status'],
} as const;

/**
 * One row: waiting, running, idle. A job that rests after a failed attempt is claimable before the controller looks again, so it
 * waits; one that is to be done minutes from now does not yet. Nor does a reply behind another one: no further worker could
 * take it, and the one before it is counted.
 */
export const loadQuery = `
  select count(case when (state = 'queued' and (lease_until is null or lease_until < now() + interval '1 minute')
      or state = 'running' and (lease_until is null or lease_until < now()))
      and not exists (
        select 1 from message before where before.id = job.after_message_id and before.status in ('QUEUED', 'RUNNING'))
      then 1 end) as waiting,
    count(case when state = 'running' and lease_until >= now() then 1 end) as running,
    (select extract(epoch from now() - max(finished_at)) from job) as idle
  from job where state in ('queued', 'running') and ${counts}`;

/** Numbers come as text from pg, and as numbers or text from others. */
export function toLoad(row: Readonly<Record<string, unknown>> | undefined): Load {
  const idle = row?.['idle'];
  return {
    waiting: Number(row?.['waiting'] ?? 0),
    running: Number(row?.['running'] ?? 0),
    idleSeconds: idle === null || idle === undefined ? longIdleSeconds : Math.max(0, Number(idle)),
  };
}
