// Which model package asked for a picture: what another one sees of it cannot be compared with that.

export const name = '0013-query-model';

export const statements: readonly string[] = [`alter table image_tensor add column model_digest text`];
