// What a worker works with, and how a job can end: shared by the runs of each kind.
import type { Kysely } from 'kysely';
import { AppError } from '../../core/app-error.ts';
import type { DiffusionFunction, LlmFunction, ModelCard, VisionFunction } from '../../core/function-contract.ts';
import type { Log } from '../../core/log.ts';
import type { Observe } from '../../core/observation.ts';
import type { Bus } from '../../infra/bus/bus.ts';
import type { Database } from '../../infra/database/tables.ts';
import type { MediaStore } from '../../infra/media/media-store.ts';
import type { SignPicture } from './sign-picture.ts';
import { retry } from '../../infra/process/retry.ts';

export interface WorkerParts {
  readonly db: Kysely<Database>;
  readonly bus: Bus;
  readonly media: MediaStore;
  readonly llm: LlmFunction;
  readonly diffusion: DiffusionFunction;
  /** Undefined: nothing here sees pictures. */
  readonly vision?: VisionFunction | undefined;
  /** Undefined until the functions are loaded. */
  readonly modelCard: () => ModelCard | undefined;
  /** Puts content credentials into a finished PNG; undefined: files carry none. */
  readonly signPicture?: SignPicture | undefined;
  readonly log: Log;
  readonly observe?: Observe;
  readonly leaseMs: number;
  /** What is computed waits this long for a database or a file store that is away. */
  readonly outageMs: number;
  /** How long a score is waited for; `limits.maxScoringMs` unless it is given. */
  readonly scoringMs?: number;
  /** How long text is gathered before it is written. */
  readonly textBatchMs: number;
}

/**
 * How a run ended. `finished`: everything is written. `lost`: the fence is someone else's, nothing more may be written.
 * `retry`: the function failed in a way that another attempt may mend.
 */
export type RunOutcome =
  { readonly kind: 'finished' } | { readonly kind: 'lost' } | { readonly kind: 'retry'; readonly message: string };

/** Writes a result however often the database goes away meanwhile. A commit whose answer was lost reads as `lost` the next time. */
export function outlasting<T>(parts: WorkerParts, signal: AbortSignal, write: () => Promise<T>): Promise<T> {
  const when = (thrown: unknown): boolean => thrown instanceof AppError && thrown.code === 'DATABASE';
  return retry(write, { what: 'PostgreSQL', signal, log: parts.log, timeoutMs: parts.outageMs, when });
}

export const finished: RunOutcome = { kind: 'finished' };
export const lost: RunOutcome = { kind: 'lost' };
