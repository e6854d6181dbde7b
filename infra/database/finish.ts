// The ends of a message: text finished, picture finished, cancelled. Whoever ends last writes the final part rows and the
// done event. Must never leave a message terminal with something of it still running, or running with nothing left.
import { sql, type Kysely, type Transaction } from 'kysely';
import { newId } from '../../core/ids.ts';
import type { LoggedEvent, TerminalStatus } from '../../core/message-event.ts';
import type { Failure, Recipe, Sameness } from '../../core/reply-options.ts';
import { append, foldLog, heldOrRollback, lostOr } from './event-log.ts';
import { endJob, type ClaimedJob, type Fenced } from './jobs.ts';
import type { Database, TensorName } from './tables.ts';
import { inTracedTransaction, inTransaction } from './transaction.ts';
import { holdViewer } from './viewers.ts';

export interface UsageAmounts {
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  readonly outputTokens?: number;
  readonly imageSteps?: number;
  readonly computeMs?: number;
}

export type ReplyEnd =
  | {
      readonly state: 'done';
      readonly events: readonly LoggedEvent[];
      readonly droppedTurns: number;
      /** The gate's, where it was asked. */
      readonly pictureProbability?: number | undefined;
      readonly usage: UsageAmounts;
    }
  | {
      readonly state: 'failed';
      readonly events: readonly LoggedEvent[];
      readonly failure: Failure;
      readonly usage: UsageAmounts;
    };

/** Ends the reply's text. The message completes here unless a picture is still being drawn. */
export function finishReply(db: Kysely<Database>, job: ClaimedJob, messageId: string, end: ReplyEnd): Promise<Fenced> {
  return inTracedTransaction(db, 'finishReply', async (tx) => {
    await append(tx, messageId, end.events);
    heldOrRollback(await endJob(tx, job, end.state));
    await insertUsage(tx, job, end.usage);
    if (end.state === 'done') {
      await tx
        .updateTable('message')
        .set({ dropped_turns: end.droppedTurns, picture_probability: end.pictureProbability ?? null })
        .where('id', '=', messageId)
        .execute();
    } else {
      await tx
        .updateTable('message')
        .set({ failure: JSON.stringify(end.failure) })
        .where('id', '=', messageId)
        .execute();
    }
    await completeIfLast(tx, messageId);
    return 'held' as const;
  }).catch(lostOr);
}

export interface StoredPicture {
  readonly width: number;
  readonly height: number;
  readonly contentType: string;
  readonly byteSize: number;
  readonly sha256: string;
  readonly placeholder: string;
  readonly fileKey: string;
  readonly thumbnailKey: string;
  readonly recipe: Recipe;
  /** Of the C2PA manifest inside the file. */
  readonly manifestSha256?: string | undefined;
  /** Of a replay. */
  readonly sameness?: Sameness | undefined;
  /** Of one of several takes: how well it fits what the model asked for, -1 to 1. */
  readonly score?: number | undefined;
  readonly tensors: readonly {
    readonly name: TensorName;
    readonly shape: readonly number[];
    readonly fp16: string;
    /** Of a `conditioning`: the package that made it. */
    readonly modelDigest?: string | undefined;
  }[];
}

export type PictureEnd =
  | { readonly state: 'done'; readonly picture: StoredPicture; readonly usage: UsageAmounts }
  | { readonly state: 'failed'; readonly failure: Failure; readonly usage: UsageAmounts };

/**
 * Ends a picture whose files already lie in S3. A failed picture fails itself, not its message.
 * @param messageId null for a replay, which stands in none
 */
export function finishPicture(
  db: Kysely<Database>,
  job: ClaimedJob,
  messageId: string | null,
  imageId: string,
  end: PictureEnd,
): Promise<Fenced> {
  return inTracedTransaction(db, 'finishPicture', async (tx) => {
    if (messageId !== null) await append(tx, messageId, [{ type: 'imageDone', imageId }]);
    heldOrRollback(await endJob(tx, job, end.state));
    await insertUsage(tx, job, end.usage);
    if (end.state === 'done') {
      const { picture } = end;
      await tx
        .updateTable('image')
        .set({
          status: 'COMPLETED',
          finished_at: sql`now()`,
          recipe: JSON.stringify(picture.recipe),
          width: picture.width,
          height: picture.height,
          content_type: picture.contentType,
          byte_size: picture.byteSize,
          sha256: picture.sha256,
          placeholder: picture.placeholder,
          file_key: picture.fileKey,
          thumbnail_key: picture.thumbnailKey,
          manifest_sha256: picture.manifestSha256 ?? null,
          sameness: picture.sameness ?? null,
          score: picture.score ?? null,
        })
        .where('id', '=', imageId)
        .execute();
      const tensors = picture.tensors.map(({ name, shape, fp16, modelDigest }) => ({
        image_id: imageId,
        name,
        shape: JSON.stringify(shape),
        fp16,
        model_digest: modelDigest ?? null,
      }));
      // conditioning GILL is there from the start, and is what was given
      await tx
        .insertInto('image_tensor')
        .values(tensors)
        .onConflict((conflict) => conflict.columns(['image_id', 'name']).doNothing())
        .execute();
    } else {
      await tx
        .updateTable('image')
        .set({ status: 'FAILED', finished_at: sql`now()`, failure: JSON.stringify(end.failure) })
        .where('id', '=', imageId)
        .execute();
    }
    if (messageId !== null) await completeIfLast(tx, messageId);
    return 'held' as const;
  }).catch(lostOr);
}

/** Ends a message and all its unfinished pictures. The caller holds the lock of `append`. Returns the events it appended. */
export async function cancelWithin(tx: Transaction<Database>, messageId: string): Promise<void> {
  await cancelJobs(tx, 'message_id', messageId);
  const images = await cancelImageRows(tx, 'message_id', messageId);
  await append(
    tx,
    messageId,
    images.map((imageId) => ({ type: 'imageDone', imageId }) as const),
  );
  await close(tx, messageId, 'CANCELLED');
}

/** Ends one picture. The caller holds the lock of `append`. */
export async function cancelPictureWithin(
  tx: Transaction<Database>,
  messageId: string,
  imageId: string,
): Promise<void> {
  await cancelJobs(tx, 'image_id', imageId);
  await cancelImageRows(tx, 'id', imageId);
  await append(tx, messageId, [{ type: 'imageDone', imageId }]);
  await completeIfLast(tx, messageId);
}

/** Ends a picture that stands in no message. @returns whether it was unfinished */
export async function cancelReplayWithin(tx: Transaction<Database>, imageId: string): Promise<boolean> {
  await cancelJobs(tx, 'image_id', imageId);
  return (await cancelImageRows(tx, 'id', imageId)).length > 0;
}

/** Compute that nobody holds a fence for any more is counted as well: cancelled, or lost to another worker. */
export async function recordUsage(db: Kysely<Database>, job: ClaimedJob, usage: UsageAmounts): Promise<void> {
  await inTransaction(db, async (tx) => {
    // nobody's fence is held here, so an account that is going is asked for itself: nothing may be left of it
    if (await holdViewer(tx, job.viewerId)) return;
    await insertUsage(tx, job, usage);
    // a cancel ended the message before its compute was counted: the count is brought up to date, everything else stays
    if (job.messageId === null) return;
    const ended = await tx
      .selectFrom('message')
      .select('id')
      .where('id', '=', job.messageId)
      .where('status', 'not in', ['QUEUED', 'RUNNING'])
      .executeTakeFirst();
    if (!ended) return;
    const sum = JSON.stringify(await sumUsage(tx, job.messageId));
    await tx.updateTable('message').set({ usage: sum }).where('id', '=', job.messageId).execute();
  });
}

async function cancelJobs(tx: Transaction<Database>, column: 'message_id' | 'image_id', id: string): Promise<void> {
  await tx
    .updateTable('job')
    .set({ state: 'cancelled', fence: null, lease_until: null, activity: null, finished_at: sql`now()` })
    .where(column, '=', id)
    .where('state', 'in', ['queued', 'running'])
    .execute();
}

async function cancelImageRows(tx: Transaction<Database>, column: 'message_id' | 'id', id: string): Promise<string[]> {
  const rows = await tx
    .updateTable('image')
    .set({ status: 'CANCELLED', finished_at: sql`now()` })
    .where(column, '=', id)
    .where('status', 'in', ['QUEUED', 'RUNNING'])
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}

/** Under the lock of `append`, so that of two finishers the second sees the first. */
async function completeIfLast(tx: Transaction<Database>, messageId: string): Promise<void> {
  const jobs = await tx.selectFrom('job').select(['kind', 'state']).where('message_id', '=', messageId).execute();
  if (jobs.some((job) => job.state === 'queued' || job.state === 'running')) return;
  const failed = jobs.some((job) => job.kind === 'reply' && job.state === 'failed');
  await close(tx, messageId, failed ? 'FAILED' : 'COMPLETED');
}

async function close(tx: Transaction<Database>, messageId: string, status: TerminalStatus): Promise<void> {
  await append(tx, messageId, [{ type: 'done', status }]);
  const parts = await foldLog(tx, messageId);
  if (parts.length > 0) {
    await tx
      .insertInto('part')
      .values(
        parts.map((part, index) => ({
          message_id: messageId,
          part_index: index,
          kind: part.kind,
          text: part.kind === 'text' ? part.text : null,
          image_id: part.kind === 'image' ? part.imageId : null,
          decision: part.kind === 'image' && part.decision ? JSON.stringify(part.decision) : null,
          take_ids: part.kind === 'image' ? JSON.stringify(part.takeIds) : null,
        })),
      )
      // a found picture's row is there already, and is the same
      .onConflict((conflict) => conflict.columns(['message_id', 'part_index']).doNothing())
      .execute();
  }
  await tx
    .updateTable('message')
    .set({ status, finished_at: sql`now()`, usage: JSON.stringify(await sumUsage(tx, messageId)) })
    .where('id', '=', messageId)
    .execute();
}

/** Amounts of every attempt and picture, and the wait before the first claim. */
async function sumUsage(
  tx: Transaction<Database>,
  messageId: string,
): Promise<Required<UsageAmounts> & { queueMs: number }> {
  const { rows } = await sql<Record<keyof UsageAmounts | 'queueMs', string | number>>`
    select coalesce(sum(prompt_tokens), 0) as "promptTokens", coalesce(sum(cached_tokens), 0) as "cachedTokens",
      coalesce(sum(output_tokens), 0) as "outputTokens", coalesce(sum(image_steps), 0) as "imageSteps",
      coalesce(sum(compute_ms), 0) as "computeMs",
      (select coalesce(extract(epoch from min(coalesce(claimed_at, finished_at) - created_at)) * 1000, 0) from job
        where message_id = ${messageId} and kind = 'reply') as "queueMs"
    from usage where message_id = ${messageId}`.execute(tx);
  const sums = rows[0]!;
  return {
    promptTokens: Number(sums.promptTokens),
    cachedTokens: Number(sums.cachedTokens),
    outputTokens: Number(sums.outputTokens),
    imageSteps: Number(sums.imageSteps),
    computeMs: Number(sums.computeMs),
    queueMs: Math.round(Number(sums.queueMs)),
  };
}

async function insertUsage(db: Kysely<Database>, job: ClaimedJob, usage: UsageAmounts): Promise<void> {
  await db
    .insertInto('usage')
    .values({
      id: newId(),
      viewer_id: job.viewerId,
      message_id: job.messageId,
      image_id: job.imageId,
      prompt_tokens: usage.promptTokens ?? 0,
      cached_tokens: usage.cachedTokens ?? 0,
      output_tokens: usage.outputTokens ?? 0,
      image_steps: usage.imageSteps ?? 0,
      compute_ms: Math.round(usage.computeMs ?? 0),
    })
    .execute();
}
