// The first schema. One statement per entry: Aurora DSQL runs one DDL statement a transaction. Must never be edited once
// released; later changes are later files. Indexes are made on empty tables, so no ASYNC is needed here.

export const name = '0001-first';

export const statements: readonly string[] = [
  `create table viewer (id uuid primary key, name text not null unique, created_at timestamptz not null default now())`,

  `create table conversation (
     id uuid primary key, viewer_id uuid not null, title text, instructions text, active_leaf_id uuid,
     created_at timestamptz not null default now(), updated_at timestamptz not null default now(), deleted_at timestamptz)`,
  `create index conversation_of_viewer on conversation (viewer_id, updated_at, id)`,

  `create table message (
     id uuid primary key, conversation_id uuid not null, role text not null, parent_id uuid, status text not null,
     options text, failure text, usage text, dropped_turns integer not null default 0,
     created_at timestamptz not null default now(), finished_at timestamptz)`,
  `create index message_of_conversation on message (conversation_id, parent_id, id)`,

  `create table part (
     message_id uuid not null, part_index integer not null, kind text not null, text text, image_id uuid,
     primary key (message_id, part_index))`,

  `create table image (
     id uuid primary key, viewer_id uuid not null, conversation_id uuid not null, message_id uuid not null,
     part_index integer not null, take integer not null, status text not null, recipe text not null, alt text not null,
     width integer, height integer, content_type text, byte_size integer, sha256 text, placeholder text,
     file_key text, thumbnail_key text, failure text,
     created_at timestamptz not null default now(), finished_at timestamptz,
     unique (message_id, part_index, take))`,
  `create index image_of_conversation on image (conversation_id, id)`,

  `create table image_tensor (
     image_id uuid not null, name text not null, shape text not null, fp16 text not null, primary key (image_id, name))`,

  `create table job (
     id uuid primary key, kind text not null, state text not null, viewer_id uuid not null, conversation_id uuid not null,
     message_id uuid, image_id uuid, after_message_id uuid, fence uuid, lease_until timestamptz,
     attempt integer not null default 0, prefer_worker uuid, worker_id uuid, activity text, traceparent text,
     created_at timestamptz not null default now(), claimed_at timestamptz, finished_at timestamptz)`,
  `create index job_by_state on job (state, kind, created_at, id)`,
  `create index job_of_message on job (message_id)`,
  `create index job_of_image on job (image_id)`,
  `create index job_of_viewer on job (viewer_id, state)`,

  `create table stream (message_id uuid primary key, last_n integer not null)`,
  `create table event (
     message_id uuid not null, n integer not null, body text not null, created_at timestamptz not null default now(),
     primary key (message_id, n))`,

  `create table idempotency (
     viewer_id uuid not null, key uuid not null, mutation text not null, digest text not null, result text not null,
     created_at timestamptz not null default now(), primary key (viewer_id, key))`,

  `create table usage (
     id uuid primary key, viewer_id uuid not null, message_id uuid, image_id uuid,
     prompt_tokens integer not null default 0, cached_tokens integer not null default 0,
     output_tokens integer not null default 0, image_steps integer not null default 0,
     compute_ms integer not null default 0, created_at timestamptz not null default now())`,
  `create index usage_of_message on usage (message_id)`,

  `create table worker (id uuid primary key, report text not null, seen_at timestamptz not null)`,
];
