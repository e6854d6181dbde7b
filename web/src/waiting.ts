// What a person is told while waiting. Every phase has a sentence with the number that matters; none says only "loading".
import { unreachable } from '../../core/app-error.ts';
import type { DrawnPicture, ReplyState } from '../../clients/ts/index.ts';

type Activity = NonNullable<ReplyState['activity']>;
type Progress = NonNullable<DrawnPicture['progress']>;

export interface Waiting {
  readonly sentence: string;
  /** 0 to 1, where it can be known. */
  readonly share: number | undefined;
}

/** Of a picture: also in three words, for small frames. */
export interface PictureWaiting extends Waiting {
  readonly brief: string;
}

export function explainReply(activity: Activity | null): Waiting {
  if (!activity) return { sentence: 'Asking the server', share: undefined };
  const { phase, position, estimatedMs, loadedBytes, totalBytes } = activity;
  switch (phase) {
    case 'QUEUED':
      return {
        sentence: position ? `Waiting: ${countOf(position, 'reply', 'replies')} first` : 'Next in line',
        share: undefined,
      };
    case 'WARMING':
      return {
        sentence: `No worker is running yet; one is being started${secondsLeft(estimatedMs)}`,
        share: undefined,
      };
    case 'LOADING_WEIGHTS':
      return loadedBytes !== null && totalBytes
        ? {
            sentence: `Loading the model: ${megabytes(loadedBytes)} of ${megabytes(totalBytes)} MB`,
            share: loadedBytes / totalBytes,
          }
        : { sentence: 'Loading the model', share: undefined };
    case 'READING':
      return { sentence: `Reading the conversation${secondsLeft(estimatedMs)}`, share: undefined };
    case 'DECODING_TEXT':
      return { sentence: `Writing${secondsLeft(estimatedMs)}`, share: undefined };
    case 'DRAWING':
    case 'DECODING_PIXELS':
    case 'STORING':
      return { sentence: 'Drawing', share: undefined };
    default:
      return unreachable(phase);
  }
}

export function explainPicture({
  status,
  progress,
  failure,
}: Pick<DrawnPicture, 'status' | 'progress' | 'failure'>): PictureWaiting {
  switch (status) {
    case 'QUEUED':
      return { sentence: 'Waiting to be drawn', brief: 'Waiting', share: 0 };
    case 'RUNNING':
      return progress ? explainProgress(progress) : { sentence: 'Beginning to draw', brief: 'Beginning', share: 0 };
    case 'COMPLETED':
      return { sentence: 'Finished', brief: 'Finished', share: 1 };
    case 'FAILED':
      return { sentence: failure?.message ?? 'The picture failed', brief: 'Failed', share: undefined };
    case 'CANCELLED':
      return { sentence: 'Stopped before it was finished', brief: 'Stopped', share: undefined };
    default:
      return unreachable(status);
  }
}

function explainProgress({ phase, step, steps, estimatedMs }: Progress): PictureWaiting {
  // the last two phases are short: the bar stays almost full
  if (phase === 'DECODING_PIXELS') return { sentence: 'Turning it into pixels', brief: 'Pixels', share: 0.97 };
  if (phase === 'STORING') return { sentence: 'Storing the picture', brief: 'Storing', share: 0.99 };
  if (phase === 'QUEUED' || steps === 0) return { sentence: 'Waiting to be drawn', brief: 'Waiting', share: 0 };
  const place = `step ${step} of ${steps}`;
  const share = (0.95 * step) / steps;
  return { sentence: `Drawing: ${place}${secondsLeft(estimatedMs)}`, brief: place, share };
}

function secondsLeft(estimatedMs: number | null): string {
  if (estimatedMs === null || estimatedMs <= 0) return '';
  return estimatedMs < 1_000 ? ', less than a second left' : `, about ${Math.round(estimatedMs / 1_000)} s left`;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

const countOf = (count: number, one: string, many: string): string =>
  count === 1 ? `one ${one} comes` : `${count} ${many} come`;
