// How long a tail waits before it looks by itself. Pure: the last wait in, the next one out. Must never fall so far behind that
// a reader notices: what follows a quiet time is late by at most about a quarter of it.
import type { Topic } from '../../../infra/bus/bus.ts';

export interface Pace {
  readonly fastestMs: number;
  readonly slowestMs: number;
}

/** Bells say when to look; the clock makes up for those that are lost. */
const sweep: Pace = { fastestMs: 1_000, slowestMs: 1_000 };
/** A conversation is watched for hours; nothing is told of it that no bell was rung for. */
const seldom: Pace = { fastestMs: 1_000, slowestMs: 5_000 };
/** Nobody says when: at once while something happens, as text comes in batches about this long, and seldom while nothing does. */
const search: Pace = { fastestMs: 200, slowestMs: 5_000 };
const growth = 1.25;

/** Of a reply and its pictures is also shown what nobody rings for: places in the queue, bytes of weights. */
export function paceFor(hearsOthers: boolean, topic: Topic): Pace {
  if (!hearsOthers) return search;
  return topic.startsWith('conversation:') ? seldom : sweep;
}

/** After a look that found nothing; whatever is found, or rung, begins at `fastestMs` again. */
export const slower = (waitMs: number, { slowestMs }: Pace): number => Math.min(waitMs * growth, slowestMs);
