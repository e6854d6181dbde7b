// Pictures as they are now, with the progress of those that are being drawn. Must never show another viewer's picture or
// one that only deleted conversations show; what came with the model package is everyone's.
import { sql, type Kysely, type Selectable } from 'kysely';
import type { WireTensor } from '../../core/function-contract.ts';
import type { ImageProgress } from '../../core/activity.ts';
import type { GenerationStatus } from '../../core/message-event.ts';
import type { Failure, Recipe, Sameness } from '../../core/reply-options.ts';
import { galleryOwners } from './package-owner.ts';
import { isItemVisible, isVisible } from './picture-use.ts';
import type { Database, ImageTable, TensorName } from './tables.ts';

interface SnapshotBase {
  readonly id: string;
  readonly alt: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly contentType: string | null;
  readonly byteSize: number | null;
  readonly sha256: string | null;
  readonly placeholder: string | null;
  readonly fileKey: string | null;
  readonly thumbnailKey: string | null;
  readonly manifestSha256: string | null;
  readonly createdAt: Date;
}

export interface GeneratedImageSnapshot extends SnapshotBase {
  readonly kind: 'generated';
  readonly status: GenerationStatus;
  readonly recipe: Recipe;
  readonly parentId: string | null;
  readonly replayOfId: string | null;
  readonly sameness: Sameness | null;
  readonly score: number | null;
  readonly progress: ImageProgress | undefined;
  readonly failure: Failure | undefined;
}

export interface UploadedImageSnapshot extends SnapshotBase {
  readonly kind: 'uploaded';
  readonly fileName: string | null;
}

/** Its files and facts are those of the picture that it stands for. */
export interface GalleryImageSnapshot extends SnapshotBase {
  readonly kind: 'gallery';
  readonly title: string;
  readonly creator: string | null;
  readonly licence: string | null;
  readonly sourcePage: string | null;
  /** What it is, where it came with the model package; null where the viewer keeps it. */
  readonly origin: string | null;
}

export type ImageSnapshot = GeneratedImageSnapshot | UploadedImageSnapshot | GalleryImageSnapshot;

export async function readImages(
  db: Kysely<Database>,
  viewerId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ImageSnapshot>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('image')
    .leftJoin('job', 'job.image_id', 'image.id')
    .selectAll('image')
    .select('job.activity as job_activity')
    .where('image.id', 'in', ids)
    .where('image.viewer_id', '=', viewerId)
    .where(isVisible)
    .execute();
  const found = new Map<string, ImageSnapshot>(rows.map((row) => [row.id, toSnapshot(row, row.job_activity)]));
  const others = ids.filter((id) => !found.has(id));
  for (const item of await readItems(db, viewerId, others)) found.set(item.id, item);
  return found;
}

async function readItems(
  db: Kysely<Database>,
  viewerId: string,
  ids: readonly string[],
): Promise<readonly GalleryImageSnapshot[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('gallery_item')
    .innerJoin('image', 'image.id', 'gallery_item.image_id')
    .selectAll('image')
    .select([
      'gallery_item.id as item_id',
      'title',
      'creator',
      'licence',
      'source_page',
      'origin',
      'gallery_item.created_at as kept_at',
    ])
    .where('gallery_item.id', 'in', ids)
    .where('gallery_item.viewer_id', 'in', galleryOwners(viewerId))
    .where('image.deleted_at', 'is', null)
    .where(isItemVisible)
    .execute();
  return rows.map((row) => ({
    kind: 'gallery',
    ...toBase(row),
    id: row.item_id,
    alt: row.title,
    createdAt: row.kept_at,
    title: row.title,
    creator: row.creator,
    licence: row.licence,
    sourcePage: row.source_page,
    origin: row.origin,
  }));
}

function toBase(row: Selectable<ImageTable>): SnapshotBase {
  return {
    id: row.id,
    alt: row.alt,
    width: row.width,
    height: row.height,
    contentType: row.content_type,
    byteSize: row.byte_size,
    sha256: row.sha256,
    placeholder: row.placeholder,
    fileKey: row.file_key,
    thumbnailKey: row.thumbnail_key,
    manifestSha256: row.manifest_sha256,
    createdAt: row.created_at,
  };
}

function toSnapshot(
  row: Selectable<ImageTable>,
  jobActivity: string | null,
): GeneratedImageSnapshot | UploadedImageSnapshot {
  const base = toBase(row);
  switch (row.kind) {
    case 'uploaded':
      return { kind: 'uploaded', ...base, fileName: row.file_name };
    case 'generated':
    case null: {
      const recipe = JSON.parse(row.recipe) as Recipe;
      return {
        kind: 'generated',
        ...base,
        status: row.status,
        recipe,
        parentId: row.parent_id,
        replayOfId: row.replay_of_id,
        sameness: row.sameness,
        score: row.score,
        progress: progressOf(row.status, jobActivity, recipe.steps),
        failure: row.failure === null ? undefined : (JSON.parse(row.failure) as Failure),
      };
    }
  }
}

export function progressOf(
  status: GenerationStatus,
  jobActivity: string | null,
  steps: number,
): ImageProgress | undefined {
  if (status !== 'QUEUED' && status !== 'RUNNING') return undefined;
  return jobActivity === null ? { phase: 'QUEUED', step: 0, steps } : (JSON.parse(jobActivity) as ImageProgress);
}

/** One picture's state inside a message, as a tail of the message needs it. */
export interface ImageState {
  readonly imageId: string;
  readonly progress: ImageProgress | undefined;
}

/** A picture that is being drawn or waits. */
export interface ImageStateRow {
  readonly id: string;
  readonly message_id: string;
  readonly status: GenerationStatus;
  readonly recipe: string;
  readonly activity: string | null;
}

/** Of the pictures that are being drawn or wait, by message, in their order there. */
export async function readImageStates(
  db: Kysely<Database>,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ImageStateRow[]>> {
  if (messageIds.length === 0) return new Map();
  const { rows } = await sql<ImageStateRow>`
    select image.id, image.message_id, image.status, image.recipe, job.activity
    from image left join job on job.image_id = image.id
    where image.message_id in (${sql.join(messageIds)}) and image.status in ('QUEUED', 'RUNNING')
    order by image.part_index, image.take`.execute(db);
  return Map.groupBy(rows, (row) => row.message_id);
}

/** @throws where a row is not what this program writes */
export const toImageState = ({ id, status, recipe, activity }: ImageStateRow): ImageState => ({
  imageId: id,
  progress: progressOf(status, activity, (JSON.parse(recipe) as Recipe).steps),
});

/** A tensor, and whose it is. */
export interface KeptTensor extends WireTensor {
  /** Of the package that made it; undefined where nobody wrote that down. */
  readonly modelDigest: string | undefined;
}

/**
 * What finished pictures of a viewer were drawn from.
 * @param modelDigest of the package that made it: another's tensors mean something else
 */
export async function readConditionings(
  db: Kysely<Database>,
  viewerId: string,
  modelDigest: string,
  imageIds: readonly string[],
): Promise<ReadonlyMap<string, WireTensor>> {
  if (imageIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('image_tensor as tensor')
    .innerJoin('image', 'image.id', 'tensor.image_id')
    .select([
      'tensor.image_id',
      'tensor.shape',
      'tensor.fp16',
      'tensor.model_digest',
      'image.recipe',
      'image.replay_of_id',
    ])
    .where('image.id', 'in', imageIds)
    .where('image.viewer_id', '=', viewerId)
    .where('image.status', '=', 'COMPLETED')
    .where('image.deleted_at', 'is', null)
    .where('tensor.name', '=', 'conditioning')
    .execute();
  // kept before it was written whose it is: then it is of the package that drew the picture, unless that repeated another
  const maker = ({ model_digest: digest, recipe, replay_of_id: repeats }: (typeof rows)[number]): string | undefined =>
    digest ?? (repeats === null ? (JSON.parse(recipe) as Partial<Recipe>).modelDigest : undefined);
  const own = rows.filter((row) => maker(row) === modelDigest);
  return new Map(own.map(({ image_id: id, shape, fp16 }) => [id, { shape: JSON.parse(shape) as number[], fp16 }]));
}

/** What a picture was drawn from or came to; conditioning GILL is there before it is drawn. */
export async function readTensor(
  db: Kysely<Database>,
  imageId: string,
  name: TensorName,
): Promise<WireTensor | undefined> {
  const kept = await readKept(db, imageId, name);
  return kept && { shape: kept.shape, fp16: kept.fp16 };
}

/** The same, and whose it is: functions are not told that. */
export async function readKept(
  db: Kysely<Database>,
  imageId: string,
  name: TensorName,
): Promise<KeptTensor | undefined> {
  const row = await db
    .selectFrom('image_tensor')
    .select(['shape', 'fp16', 'model_digest'])
    .where('image_id', '=', imageId)
    .where('name', '=', name)
    .executeTakeFirst();
  const modelDigest = row?.model_digest ?? undefined;
  return row && { shape: JSON.parse(row.shape) as number[], fp16: row.fp16, modelDigest };
}
