// Pictures that a viewer keeps to be found: each stands for a picture that is there already, under an id of its own.

export const name = '0004-gallery';

export const statements: readonly string[] = [
  `create table gallery_item (
     id uuid primary key, viewer_id uuid not null, image_id uuid not null, title text not null, creator text, licence text,
     source_page text, created_at timestamptz not null default now(), removed_at timestamptz)`,
  `create index gallery_of_viewer on gallery_item (viewer_id, id)`,
  `create index gallery_of_image on gallery_item (image_id)`,
];
