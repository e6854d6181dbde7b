// Why a picture of a reply was drawn or found, and what finding compares.

export const name = '0006-decisions';

export const statements: readonly string[] = [
  `alter table part add column decision text`,
  `create table gallery_embedding (
     item_id uuid not null, model_digest text not null, fp16 text not null, primary key (item_id, model_digest))`,
];
