// Where a drawn picture comes from: another picture that was drawn again, or a recipe that was repeated.

export const name = '0003-lineage';

export const statements: readonly string[] = [
  `alter table image add column parent_id uuid`,
  `alter table image add column replay_of_id uuid`,
  `alter table image add column sameness text`,
];
