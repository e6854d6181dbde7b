// How well one of several takes fits what the model asked for.

export const name = '0012-score';

export const statements: readonly string[] = [`alter table image add column score double precision`];
