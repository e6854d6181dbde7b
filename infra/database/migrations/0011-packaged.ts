// What a picture of the gallery is that came with a model package; null on those that viewers keep.

export const name = '0011-packaged';

export const statements: readonly string[] = [`alter table gallery_item add column origin text`];
