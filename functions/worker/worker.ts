// Claims jobs while slots are free, runs them, watches that their fences hold, and hands back what it cannot finish. Must
// never write for a job whose fence is lost, and never lose a job: whatever goes wrong, the row says who is to go on.
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { coerceError, unreachable } from '../../core/app-error.ts';
import { limits } from '../../core/limits.ts';
import type { Failure } from '../../core/reply-options.ts';
import { markFailed, outsideSpans, type Span } from '../../core/tracing.ts';
import { finishEmbedding, queueMissingEmbeddings } from '../../infra/database/embeddings.ts';
import { finishPicture, finishReply } from '../../infra/database/finish.ts';
import {
  claimJob,
  claimableJobs,
  handBackJob,
  heldJobs,
  renewLease,
  type ClaimedJob,
} from '../../infra/database/jobs.ts';
import { sweep, sweepUploads } from '../../infra/database/remove.ts';
import type { JobKind } from '../../infra/database/tables.ts';
import { finishUpload } from '../../infra/database/uploads.ts';
import {
  forgetOldWorkers,
  readFleet,
  reportWorker,
  retireWorker,
  type FunctionReport,
} from '../../infra/database/workers.ts';
import { createLearnStart } from './learn-start.ts';
import { lost, type RunOutcome, type WorkerParts } from './parts.ts';
import { canEmbed, runEmbed } from './run-embed.ts';
import { runDelete, runDeleteViewer } from './run-delete.ts';
import { runImage } from './run-image.ts';
import { runIngest } from './run-ingest.ts';
import { runReply } from './run-reply.ts';
import { inJobSpan } from './trace-job.ts';

export interface WorkerTimes {
  /** Looks for jobs at least this often, bell or none. */
  readonly pollMs: number;
  /** Asks whether its fences hold; leases are renewed with every third answer. */
  readonly fenceCheckMs: number;
  readonly reportMs: number;
  readonly sweepMs: number;
  /** Running jobs get this long when the worker is stopped, then they are handed back. */
  readonly stopGraceMs: number;
  /** Rest of a job after its first failed attempt, four times as long after each further one. */
  readonly firstRestMs: number;
}

const mostRestMs = 30_000;

const usedUp: Failure = {
  code: 'DEADLINE_EXCEEDED',
  message: `given up after ${limits.maxAttempts} attempts: each lost its worker or failed`,
  retryable: true,
};

export const defaultTimes: WorkerTimes = {
  pollMs: 1_000,
  fenceCheckMs: 250,
  reportMs: 2_000,
  sweepMs: 60_000,
  stopGraceMs: 2_000,
  firstRestMs: 500,
};

export interface WorkerOptions extends WorkerParts {
  readonly slots: { readonly reply: number; readonly image: number };
  readonly times?: Partial<WorkerTimes>;
}

/** Why a run is aborted from here. Both count as an abort for the functions. */
class Interrupted extends Error {
  override readonly name = 'AbortError';
  readonly why: 'fenceLost' | 'stopping';
  constructor(why: 'fenceLost' | 'stopping') {
    super(why);
    this.why = why;
  }
}

interface Running {
  readonly job: ClaimedJob;
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

export function startWorker(options: WorkerOptions): AsyncDisposable {
  const { db, bus, log } = options;
  const times = { ...defaultTimes, ...options.times };
  const workerId = randomUUID();
  const learned = createLearnStart(db);
  const running = new Map<string, Running>();
  const timers: NodeJS.Timeout[] = [];
  const loopDelay = monitorEventLoopDelay({ resolution: 1 });
  loopDelay.enable();
  let stopping = false;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  /** It changes while something is awaited, which the compiler cannot know. */
  const isStopping = (): boolean => stopping;

  // ---------------------------------------------------------------- claiming

  function freeKinds(): JobKind[] {
    const taken = (kind: JobKind): number => [...running.values()].filter(({ job }) => job.kind === kind).length;
    const kinds: JobKind[] = [];
    if (options.llm.health().state === 'ready' && taken('reply') < options.slots.reply) kinds.push('reply');
    if (options.diffusion.health().state === 'ready' && taken('image') < options.slots.image) kinds.push('image');
    // one at a time bounds what decoding may take
    if (taken('ingest') < 1) kinds.push('ingest');
    if (canEmbed(options) && taken('embed') < 1) kinds.push('embed');
    if (taken('delete') < 1) kinds.push('delete');
    if (taken('viewer') < 1) kinds.push('viewer');
    return kinds;
  }

  /**
   * Kinds whose function cannot be loaded here, and that no other worker can run or will soon: whoever waits for them is told
   * instead of waiting for ever.
   */
  async function hopelessKinds(): Promise<JobKind[]> {
    const broken = (
      [
        ['reply', 'llm', options.llm],
        ['image', 'diffusion', options.diffusion],
      ] as const
    ).filter(([, , { health }]) => health().state === 'failed');
    if (broken.length === 0) return [];
    const { workers } = await readFleet(db);
    return broken
      .filter(([, name]) =>
        workers.every(({ functions }) =>
          functions.every((each) => each.name !== name || each.health.state === 'failed'),
        ),
      )
      .map(([kind]) => kind);
  }

  /** One look at a time; a bell during a look makes another one. */
  function look(): Promise<void> {
    lookAgain = true;
    looking ??= outsideSpans(lookWhileRung).finally(() => (looking = undefined));
    return looking;
  }

  async function lookWhileRung(): Promise<void> {
    try {
      while (lookAgain && !isStopping()) {
        lookAgain = false;
        for (const kind of freeKinds()) {
          for (const id of await claimableJobs(db, [kind], workerId, 8)) {
            if (isStopping() || !freeKinds().includes(kind)) break;
            const job = await claimJob(db, id, workerId, options.leaseMs);
            if (job) start(job);
          }
        }
        for (const kind of await hopelessKinds())
          for (const id of await claimableJobs(db, [kind], workerId, 8)) {
            const job = await claimJob(db, id, workerId, options.leaseMs);
            if (job) await inJobSpan(job, () => giveUp(job, unavailable(kind)));
          }
      }
    } catch (thrown) {
      log.warn({ err: coerceError(thrown) }, 'looking for jobs failed');
    }
  }

  // ---------------------------------------------------------------- running

  function start(job: ClaimedJob): void {
    learned.onClaim(job);
    const controller = new AbortController();
    const done = inJobSpan(job, (span) => supervise(job, controller.signal, span)).finally(() => {
      running.delete(job.id);
      if (!stopping) void look();
    });
    running.set(job.id, { job, controller, done });
  }

  /** Never throws: the last resort for a job is its lease running out. */
  async function supervise(job: ClaimedJob, signal: AbortSignal, span: Span): Promise<void> {
    const fields = {
      jobId: job.id,
      kind: job.kind,
      messageId: job.messageId,
      imageId: job.imageId,
      attempt: job.attempt,
    };
    const startedAt = performance.now();
    const observeEnd = (outcome: string): void => {
      options.observe?.({ kind: 'jobEnd', job: job.kind, outcome, ms: performance.now() - startedAt });
      span.setAttribute('gill.job.outcome', outcome);
      if (outcome === 'retry' || outcome === 'broken') markFailed(span, outcome);
    };
    if (job.attempt === 1) options.observe?.({ kind: 'claim', job: job.kind, waitedMs: job.waitedMs });
    try {
      const outcome = job.attempt > limits.maxAttempts ? await giveUp(job, usedUp) : await run(job, signal);
      observeEnd(outcome.kind);
      switch (outcome.kind) {
        case 'finished': {
          log.info({ ...fields, ms: Math.round(performance.now() - startedAt) }, `${job.kind} finished`);
          return;
        }
        case 'lost': {
          log.info(fields, `${job.kind} stopped: it was cancelled, deleted or taken over`);
          return;
        }
        case 'retry':
          log.warn({ ...fields, reason: outcome.message }, `${job.kind} failed, to be tried again`);
          await handBackJob(db, job, { restMs: restMs(job) });
          return;
        default:
          return unreachable(outcome);
      }
    } catch (thrown) {
      observeEnd(thrown instanceof Interrupted ? 'lost' : 'broken');
      await afterThrow(job, fields, thrown);
    }
  }

  function restMs({ attempt }: ClaimedJob): number {
    return Math.min(mostRestMs, times.firstRestMs * 4 ** (attempt - 1));
  }

  function run(job: ClaimedJob, signal: AbortSignal): Promise<RunOutcome> {
    switch (job.kind) {
      case 'reply':
        return runReply(options, job, signal);
      case 'image':
        return runImage(options, job, signal);
      case 'ingest':
        return runIngest(options, job, signal);
      case 'embed':
        return runEmbed(options, job, signal);
      case 'delete':
        return runDelete(options, job);
      case 'viewer':
        return runDeleteViewer(options, job);
      default:
        return unreachable(job.kind);
    }
  }

  async function afterThrow(job: ClaimedJob, fields: object, thrown: unknown): Promise<void> {
    if (thrown instanceof Interrupted && thrown.why === 'fenceLost') {
      log.info(fields, `${job.kind} stopped: it was cancelled, deleted or taken over`);
      return;
    }
    const handBack = thrown instanceof Interrupted ? 'free' : { restMs: restMs(job) };
    if (handBack !== 'free') log.error({ ...fields, err: coerceError(thrown) }, `${job.kind} broke, to be tried again`);
    try {
      await handBackJob(db, job, handBack);
      bus.ring('jobs');
    } catch (second) {
      log.error({ ...fields, err: coerceError(second) }, 'could not hand the job back: its lease will run out');
    }
  }

  function unavailable(kind: JobKind): Failure {
    const health = (kind === 'reply' ? options.llm : options.diffusion).health();
    const why = health.state === 'failed' ? health.message : 'it is not loaded';
    return { code: 'MODEL_UNAVAILABLE', message: `no worker can load the model: ${why}`, retryable: true };
  }

  /** The viewer sees a failure instead of waiting for ever. */
  async function giveUp(job: ClaimedJob, failure: Failure): Promise<RunOutcome> {
    const end = { state: 'failed' as const, failure, usage: {} };
    switch (job.kind) {
      case 'reply':
        await finishReply(db, job, job.messageId!, { ...end, events: [] });
        break;
      case 'image':
        await finishPicture(db, job, job.messageId, job.imageId!, end);
        break;
      case 'ingest':
        await finishUpload(db, job, { state: 'REJECTED', failure: { ...failure, retryable: false } });
        break;
      case 'embed':
        await finishEmbedding(db, job, { state: 'failed' });
        break;
      case 'delete':
      case 'viewer':
        return lost; // it is tried for ever: its lease keeps it from spinning
      default:
        return unreachable(job.kind);
    }
    if (job.messageId !== null) bus.ring(`message:${job.messageId}`);
    if (job.imageId !== null) bus.ring(`image:${job.imageId}`);
    bus.ring('jobs');
    return { kind: 'finished' };
  }

  // ---------------------------------------------------------------- watching

  let checks = 0;
  async function checkFences(): Promise<void> {
    if (running.size === 0) return;
    const watched = [...running.values()];
    const held = await heldJobs(
      db,
      watched.map(({ job }) => job),
    );
    for (const { job, controller } of watched) if (!held.has(job.id)) controller.abort(new Interrupted('fenceLost'));
    if (++checks % 3 === 0)
      await Promise.all(
        watched.filter(({ job }) => held.has(job.id)).map(({ job }) => renewLease(db, job, options.leaseMs)),
      );
  }

  async function report(): Promise<void> {
    const busy = (kind: JobKind, slots: number): boolean =>
      [...running.values()].filter(({ job }) => job.kind === kind).length >= slots;
    const functions: FunctionReport[] = [
      { name: 'llm', health: options.llm.health(), busy: busy('reply', options.slots.reply) },
      { name: 'diffusion', health: options.diffusion.health(), busy: busy('image', options.slots.image) },
    ];
    const milliseconds = (nanoseconds: number): number => Math.round(nanoseconds / 1e4) / 100;
    const eventLoopDelayMs = { p99: milliseconds(loopDelay.percentile(99)), max: milliseconds(loopDelay.max) };
    loopDelay.reset(); // each report covers the time since the one before
    await learned.looked;
    const report = { functions, modelCard: options.modelCard(), eventLoopDelayMs, startMs: learned.startMs() };
    await reportWorker(db, workerId, report);
  }

  /** Runs a chore at once and then every so often, never twice at a time; the database may be away for a while. */
  function every(ms: number, what: string, chore: () => Promise<void>): void {
    let underWay = false;
    const go = (): void => {
      if (underWay) return;
      underWay = true;
      chore()
        .catch((thrown: unknown) => log.warn({ err: coerceError(thrown) }, `${what} failed`))
        .finally(() => (underWay = false));
    };
    timers.push(setInterval(go, ms));
    go();
  }

  const onJobs = bus.listen('jobs', () => void look());
  const onCancel = bus.listen(
    'cancel',
    () => void checkFences().catch((thrown: unknown) => log.warn({ err: coerceError(thrown) }, 'fence check failed')),
  );
  every(times.pollMs, 'looking for jobs', look);
  every(times.fenceCheckMs, 'fence check', checkFences);
  every(times.reportMs, 'report', report);
  every(times.sweepMs, 'sweep', async () => {
    await sweep(db);
    await sweepUploads(db, options.media.deleteMany);
    await forgetOldWorkers(db);
    if (canEmbed(options) && (await queueMissingEmbeddings(db, options.modelCard()!.modelDigest)) > 0) await look();
  });

  return {
    async [Symbol.asyncDispose]() {
      stopping = true;
      onJobs[Symbol.dispose]();
      onCancel[Symbol.dispose]();
      clearInterval(timers[0]); // no new jobs; fences are watched until the end
      await looking; // a claim under way still starts its job
      const grace = setTimeout(() => {
        for (const { controller } of running.values()) controller.abort(new Interrupted('stopping'));
      }, times.stopGraceMs);
      await Promise.all([...running.values()].map(({ done }) => done));
      clearTimeout(grace);
      for (const timer of timers) clearInterval(timer);
      loopDelay.disable();
      await retireWorker(db, workerId).catch((thrown: unknown) =>
        log.warn({ err: coerceError(thrown) }, 'could not sign off'),
      );
    },
  };
}
