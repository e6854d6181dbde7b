// GILL's own score of a take: what the model sees of it beside what it asked for. A score is an opinion: whatever goes wrong, the
// take stays as it was drawn and has none. Must never hold a finished picture back for longer than `limits.maxScoringMs`.
import { coerceError } from '../../core/app-error.ts';
import { cosine, toVector } from '../../core/embedding.ts';
import { limits } from '../../core/limits.ts';
import { readQuery } from '../../infra/database/take-query.ts';
import type { Pixels } from './compare-pixels.ts';
import type { WorkerParts } from './parts.ts';
import { findSeer, lookAtPixels } from './see-picture.ts';

export interface Score {
  /** -1 to 1; undefined where what is seen cannot be compared. */
  readonly score: number | undefined;
  /** Of looking at it. */
  readonly computeMs: number;
}

/** @returns undefined where there is nothing to compare with, or nothing came of it. @throws only the signal's reason */
export async function scoreTake(
  parts: WorkerParts,
  imageId: string,
  pixels: Pixels,
  signal: AbortSignal,
): Promise<Score | undefined> {
  const ms = parts.scoringMs ?? limits.maxScoringMs;
  const slow = new AbortController();
  const timer = setTimeout(() => slow.abort(new Error(`it took longer than ${ms} ms`)), ms);
  const either = AbortSignal.any([signal, slow.signal]);
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(coerceError(either.reason));
  either.addEventListener('abort', stop, { once: true });
  try {
    // a function that hangs need not hear its signal
    const compared = await Promise.race([compare(parts, imageId, pixels, either), stopped]);
    if (!compared || 'score' in compared) return compared;
    parts.log.info({ imageId, reason: compared.reason }, 'a take has no score');
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    parts.log.warn({ err: coerceError(thrown), imageId }, 'a take has no score');
    return undefined;
  } finally {
    clearTimeout(timer);
    either.removeEventListener('abort', stop);
  }
}

/** Why there is no score. */
interface Unscored {
  readonly reason: string;
}

/** @returns undefined where there is nothing to compare with */
async function compare(
  parts: WorkerParts,
  imageId: string,
  pixels: Pixels,
  signal: AbortSignal,
): Promise<Score | Unscored | undefined> {
  const query = await readQuery(parts.db, imageId);
  if (!query) return undefined;
  const seer = findSeer(parts);
  if (seer.kind === 'unseen') return seer;
  if (query.modelDigest !== seer.card.modelDigest) return { reason: 'another model package asked for it' };
  const sight = await lookAtPixels(parts, seer.card, imageId, pixels, signal);
  if (sight.kind === 'unseen') return sight;
  const { seen, computeMs } = sight;
  if (!seen.embedding) return { reason: 'the model package has no head to find pictures with' };
  return { score: cosine(toVector(query.fp16), toVector(seen.embedding.fp16)), computeMs };
}
