// API tokens, accounts that are being deleted, and what a viewer has used since a moment.

export const name = '0007-accounts';

export const statements: readonly string[] = [
  `alter table viewer add column deleted_at timestamptz`,

  `create table api_token (
     id uuid primary key, viewer_id uuid not null, name text not null, digest text not null unique, rights text not null,
     created_at timestamptz not null default now(), expires_at timestamptz)`,
  `create index api_token_of_viewer on api_token (viewer_id, id)`,

  `create index usage_of_viewer on usage (viewer_id, created_at)`,
];
