// How much of one viewer waits, runs, or is still to come: a reply counts with the takes of one picture before their jobs are made. What a
// running reply then inserts is not asked about again: where the model shows several pictures there may be `maxPicturesPerReply` for one.
import type { Kysely, Transaction } from 'kysely';
import { limits } from '../../core/limits.ts';
import type { ReplyOptions } from '../../core/reply-options.ts';
import { refused, type Refused } from './refused.ts';
import type { Database } from './tables.ts';

/** The reply itself and the takes of one picture; where the model shows several, the others count from when they come. */
export const jobsOf = (options: ReplyOptions): number => 1 + picturesOf(options);

const picturesOf = ({ images, image }: ReplyOptions): number => (images === 'NEVER' ? 0 : (image.takes ?? 1));

/**
 * The caller holds the viewer, so that two requests take turns.
 * @param adding jobs that the request would make, those of its pictures included
 */
export async function tooMuchUnfinished(
  tx: Transaction<Database>,
  viewerId: string,
  conversationId: string | undefined,
  adding: number,
): Promise<Refused | undefined> {
  const { jobs, replies } = await readUnfinished(tx, viewerId);
  if (jobs + adding > limits.maxUnfinishedJobsPerViewer)
    return refused(
      'BUSY',
      `${jobs} replies and pictures of yours are unfinished and this adds ${adding}, the limit is ${limits.maxUnfinishedJobsPerViewer}: wait, or cancel some`,
    );
  const here = replies.filter((place) => place === conversationId).length;
  if (here < limits.maxUnfinishedReplies) return undefined;
  return refused(
    'BUSY',
    `${here} replies of this conversation are unfinished, the limit is ${limits.maxUnfinishedReplies}: wait, or cancel some`,
  );
}

/** Replies and pictures of the viewer that wait, run, or are still to come. */
export const countUnfinished = async (db: Kysely<Database>, viewerId: string): Promise<number> =>
  (await readUnfinished(db, viewerId)).jobs;

async function readUnfinished(
  db: Kysely<Database>,
  viewerId: string,
): Promise<{ readonly jobs: number; /** Conversations of the replies. */ readonly replies: readonly string[] }> {
  const rows = await db
    .selectFrom('job')
    .leftJoin('message', (join) => join.onRef('message.id', '=', 'job.message_id').on('job.kind', '=', 'reply'))
    .select(['job.kind', 'job.conversation_id', 'message.options'])
    .select((of) =>
      // those of a reply that has drawn already are counted by themselves, and come no more once they have ended
      of
        .selectFrom('job as drawing')
        .whereRef('drawing.message_id', '=', 'job.message_id')
        .where('drawing.kind', '=', 'image')
        .select(of.fn.countAll<string>().as('count'))
        .as('made'),
    )
    .where('job.viewer_id', '=', viewerId)
    .where('job.kind', 'in', ['reply', 'image'])
    .where('job.state', 'in', ['queued', 'running'])
    .execute();
  const replies = rows.filter(({ kind }) => kind === 'reply');
  const toCome = replies.reduce((sum, { options, made }) => {
    const promised = options === null ? 0 : picturesOf(JSON.parse(options) as ReplyOptions);
    return sum + Math.max(0, promised - Number(made));
  }, 0);
  return { jobs: rows.length + toCome, replies: replies.map((row) => row.conversation_id) };
}
