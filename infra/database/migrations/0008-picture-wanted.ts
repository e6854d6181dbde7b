// How probable the gate found it that a reply wants a picture, also where it said no.

export const name = '0008-picture-wanted';

export const statements: readonly string[] = [`alter table message add column picture_probability double precision`];
