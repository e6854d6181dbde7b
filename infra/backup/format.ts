// What a backup folder holds: rows/<table>.ndjson, files/<key>, and manifest.json, which is written last: a folder without
// one is no backup.
import { z } from 'zod';

/** Every table but `worker`, of processes that live now, `carried_use`, of this day alone, and `migration`, which the program writes. */
export const backupTables = [
  'viewer',
  'api_token',
  'conversation',
  'message',
  'part',
  'image',
  'image_tensor',
  'seen_image',
  'upload',
  'gallery_item',
  'gallery_embedding',
  'job',
  'stream',
  'event',
  'idempotency',
  'usage',
] as const;

/** Keys that are kept; previews expire within a day. */
export const backupPrefixes = ['images/', 'uploads/'];

export const manifestSchema = z.object({
  format: z.literal(1),
  madeAt: z.string(),
  migrations: z.array(z.string()),
  rows: z.record(z.string(), z.number()),
  /** sha256 of each file of rows; backups made before 2026-11-29 have none. */
  rowDigests: z.record(z.string(), z.string()).optional(),
  files: z.record(
    z.string().refine((key) => !key.split('/').some((part) => part === '' || part === '.' || part === '..'), {
      error: 'leads out of the folder',
    }),
    z.object({ bytes: z.number(), sha256: z.string(), contentType: z.string() }),
  ),
  /** Keys that were deleted while the backup was made: rows that name them are of what was deleted since. */
  gone: z.array(z.string()).default([]),
});

export type BackupManifest = z.infer<typeof manifestSchema>;

/** Where rows and files come from, or go to. */
export interface Stores extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly s3: {
    readonly endpoint: string | undefined;
    readonly region: string;
    readonly bucket: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  };
}
