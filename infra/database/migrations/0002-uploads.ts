// Pictures that the viewer brings along. A picture that stands in no message has its own id as message_id, one that stands
// in no conversation has it as conversation_id: the columns of 0001 take no null.

export const name = '0002-uploads';

export const statements: readonly string[] = [
  // the picture it becomes has the same id
  `create table upload (
     id uuid primary key, viewer_id uuid not null, state text not null, file_name text, content_type text not null,
     byte_size integer not null, sha256 text not null, file_key text not null, failure text,
     created_at timestamptz not null default now(), expires_at timestamptz not null)`,
  `create index upload_of_viewer on upload (viewer_id, state)`,
  `create index upload_by_age on upload (created_at)`,

  `alter table image add column kind text`,
  `alter table image add column file_name text`,
  `alter table image add column used_at timestamptz`,
  `alter table image add column deleted_at timestamptz`,

  `alter table part add column take_ids text`,
  `create index part_of_image on part (image_id)`,
];
