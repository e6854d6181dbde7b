// What deleted accounts had used of a day's budget, under a digest that names nobody.

export const name = '0014-carried-use';

export const statements: readonly string[] = [
  `create table carried_use (digest text primary key, compute_ms bigint not null, until timestamptz not null)`,
];
