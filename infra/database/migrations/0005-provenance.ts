// The digest of the C2PA manifest that a drawn picture's file carries.

export const name = '0005-provenance';

export const statements: readonly string[] = [`alter table image add column manifest_sha256 text`];
