// One attempt at making a kept picture findable: the image encoder looks at it, and what it made is kept with its place in the
// gallery. A picture that cannot be seen stays in the gallery, found by its title alone.
import { finishEmbedding, type EmbeddingEnd } from '../../infra/database/embeddings.ts';
import { writeActivity, type ClaimedJob } from '../../infra/database/jobs.ts';
import { finished, lost, outlasting, type RunOutcome, type WorkerParts } from './parts.ts';
import { seePicture } from './see-picture.ts';

/** Whether jobs of this kind can be run here now. */
export const canEmbed = ({ vision, modelCard }: WorkerParts): boolean =>
  vision !== undefined && modelCard()?.readsImages === true;

export async function runEmbed(parts: WorkerParts, job: ClaimedJob, signal: AbortSignal): Promise<RunOutcome> {
  const imageId = job.imageId!;
  const card = parts.modelCard();
  if (!card) return { kind: 'retry', message: 'no picture can be seen here' };
  if ((await writeActivity(parts.db, job, { phase: 'READING' }, parts.leaseMs)) === 'lost') return lost;
  const sight = await seePicture(parts, job.viewerId, imageId, signal);
  signal.throwIfAborted();
  if (sight.kind === 'unseen' && sight.retryable) return { kind: 'retry', message: sight.reason };
  const embedding = sight.kind === 'seen' ? sight.seen.embedding : undefined;
  if (!embedding) {
    const reason = sight.kind === 'unseen' ? sight.reason : 'the model package has no head to find pictures with';
    parts.log.warn({ imageId, reason }, 'a picture of the gallery cannot be found by what it shows');
  }
  const end: EmbeddingEnd = embedding
    ? { state: 'done', modelDigest: card.modelDigest, fp16: embedding.fp16 }
    : { state: 'failed' };
  return (await outlasting(parts, signal, () => finishEmbedding(parts.db, job, end))) === 'held' ? finished : lost;
}
