// What an image encoder made of a picture: one row for each model package that has seen it.

export const name = '0010-seen';

export const statements: readonly string[] = [
  `create table seen_image (
     image_id uuid not null, model_digest text not null, rows_shape text not null, rows_fp16 text not null,
     embedding_fp16 text, primary key (image_id, model_digest))`,
];
