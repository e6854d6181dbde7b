// When a viewer's upload was last taken up: read for every waiting upload, so that viewers take turns.

export const name = '0009-served';

export const statements: readonly string[] = [`create index job_served on job (viewer_id, kind, claimed_at)`];
