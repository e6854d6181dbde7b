// One attempt at a picture: recipe in, progress and previews on the way, files in S3, then the row. The row completes last,
// so a picture that shows as finished can always be opened.
import { limits } from '../../core/limits.ts';
import type { ImageProgress } from '../../core/activity.ts';
import type { Device } from '../../core/device.ts';
import type { DiffusionEvent, DiffusionInput, FunctionError, ParentPicture } from '../../core/function-contract.ts';
import type { Failure, Recipe } from '../../core/reply-options.ts';
import { beginPicture } from '../../infra/database/begin.ts';
import { finishPicture, recordUsage, type PictureEnd, type UsageAmounts } from '../../infra/database/finish.ts';
import { writeActivity, type ClaimedJob, type Fenced } from '../../infra/database/jobs.ts';
import { readImages, readTensor, type GeneratedImageSnapshot } from '../../infra/database/read-images.ts';
import { mediaKeys } from '../../infra/media/media-store.ts';
import { encodePreview } from './encode-picture.ts';
import { finished, lost, outlasting, type RunOutcome, type WorkerParts } from './parts.ts';
import { readParent } from './parent-picture.ts';
import { scoreTake } from './score-take.ts';
import { storePicture, type GivenTensors } from './store-picture.ts';
import { withdrawFiles } from './withdraw-files.ts';

const previewsPerPicture = 4;

export async function runImage(parts: WorkerParts, job: ClaimedJob, signal: AbortSignal): Promise<RunOutcome> {
  const imageId = job.imageId!;
  /** Null for a replay, which stands in no message. */
  const { messageId } = job;
  const ring = (): void => {
    parts.bus.ring(`image:${imageId}`);
    if (messageId !== null) parts.bus.ring(`message:${messageId}`);
  };
  const image = (await readImages(parts.db, job.viewerId, [imageId])).get(imageId);
  if (image?.kind !== 'generated') return lost;
  if ((await beginPicture(parts.db, job, imageId)) === 'lost') return lost;
  const { recipe } = image;

  // progress is state: only the newest matters, so a write that is under way swallows those that come meanwhile
  let progress: ImageProgress = { phase: 'DRAWING', step: 0, steps: recipe.steps };
  let showing: Promise<void> | undefined;
  let shown: ImageProgress | undefined;
  const show = (change: Partial<ImageProgress>): void => {
    progress = { ...progress, ...change };
    showing ??= (async () => {
      while (shown !== progress) {
        shown = progress;
        await writeActivity(parts.db, job, shown, parts.leaseMs);
        ring();
      }
    })().finally(() => (showing = undefined));
    showing.catch(() => undefined); // awaited below; the fence check ends a run that can no longer write
  };
  show({});

  const startedAt = performance.now();
  let usage: UsageAmounts = {};
  let device: Device | undefined;
  let error: FunctionError | undefined;
  const given: { -readonly [name in keyof GivenTensors]?: GivenTensors[name] } = {};
  let pixels: Extract<DiffusionEvent, { type: 'pixels' }> | undefined;
  const previews: Promise<void>[] = [];

  const onEvent = (event: DiffusionEvent): void => {
    switch (event.type) {
      case 'conditioning':
      case 'parent':
        given[event.type] = { tensor: event.tensor, sha256: event.sha256 };
        return;
      case 'step':
        // a run that is stopped says no more what it took
        usage = { imageSteps: event.step, computeMs: Math.round(performance.now() - startedAt) };
        return show({ step: event.step, estimatedMs: event.estimatedMs });
      case 'preview':
        previews.push(storePreview(parts, job, imageId, event).then((previewKey) => show({ previewKey })));
        previews
          .at(-1)!
          .catch((thrown: unknown) => parts.log.warn({ err: thrown, imageId }, 'a preview was not stored'));
        return;
      case 'decoding':
        return show({ phase: 'DECODING_PIXELS' });
      case 'pixels':
        pixels = event;
        return;
      case 'usage':
        usage = { imageSteps: event.imageSteps, computeMs: event.computeMs };
        device = event.device;
        return;
      case 'error':
        error = event;
        return;
      case 'done':
        return;
    }
  };

  const files = [mediaKeys.picture(imageId, job.attempt), mediaKeys.thumbnail(imageId, job.attempt)];
  const withdraw = (): Promise<void> => withdrawFiles(parts, imageId, files);

  let end: PictureEnd;
  try {
    const input = inputOf(recipe, await conditioningOf(parts.db, image), await readParent(parts, job.viewerId, image));
    await parts.diffusion.run(input, onEvent, signal);
    if (error?.retryable && job.attempt < limits.maxAttempts) {
      await recordUsage(parts.db, job, usage);
      return { kind: 'retry', message: error.message };
    }
    const { conditioning, parent } = given;
    if (!error && !(pixels && conditioning)) throw new Error('the picture function ended without pixels');
    await Promise.allSettled(previews);
    show({ phase: 'STORING' });
    if (error) {
      end = { state: 'failed', failure: failureOf(error), usage };
    } else {
      const { width, height, rgb } = pixels!;
      const drawn = { ...pixels!, device };
      const picture = await storePicture(parts, signal, job, image, drawn, { conditioning: conditioning!, parent });
      const compared = await scoreTake(parts, imageId, { width, height, rgb: Buffer.from(rgb, 'base64') }, signal);
      end = {
        state: 'done',
        picture: { ...picture, score: compared?.score },
        usage: addMs(usage, compared?.computeMs),
      };
    }
    signal.throwIfAborted();
  } catch (thrown) {
    await withdraw();
    await recordUsage(parts.db, job, usage);
    throw thrown;
  } finally {
    // no progress may be written behind the end
    await Promise.allSettled([showing, ...previews]);
  }
  let outcome: Fenced = 'lost';
  try {
    outcome = await outlasting(parts, signal, () => finishPicture(parts.db, job, messageId, imageId, end));
  } finally {
    if (outcome === 'lost') await withdraw();
  }
  ring();
  parts.bus.ring(`conversation:${job.conversationId}`);
  parts.bus.ring('jobs'); // the message may be terminal now, and a reply may have waited for that
  return outcome === 'held' ? finished : lost;
}

const addMs = (usage: UsageAmounts, ms = 0): UsageAmounts => ({ ...usage, computeMs: (usage.computeMs ?? 0) + ms });

function inputOf(
  recipe: Recipe,
  conditioning: DiffusionInput['conditioning'],
  parent: ParentPicture | undefined,
): DiffusionInput {
  const { sampler, steps, guidance, seed, width, height } = recipe;
  return {
    contract: 2,
    conditioning,
    ...(parent && { parent }),
    sampler,
    steps,
    guidance,
    seed,
    width,
    height,
    previews: previewsPerPicture,
  };
}

/** A replay is drawn from what its original was drawn from. */
async function conditioningOf(
  db: WorkerParts['db'],
  { id, replayOfId, recipe }: GeneratedImageSnapshot,
): Promise<DiffusionInput['conditioning']> {
  if (recipe.conditioning === 'TEXT') return { kind: 'TEXT', text: recipe.words };
  const tensor = await readTensor(db, replayOfId ?? id, 'conditioning');
  if (!tensor) throw new Error(`the conditioning of picture ${replayOfId ?? id} is gone`);
  return { kind: 'GILL', tensor };
}

async function storePreview(
  parts: WorkerParts,
  job: ClaimedJob,
  imageId: string,
  preview: Extract<DiffusionEvent, { type: 'preview' }>,
): Promise<string> {
  const key = mediaKeys.preview(imageId, job.attempt, preview.step);
  await parts.media.put(
    key,
    await encodePreview(Buffer.from(preview.rgb, 'base64'), preview.width, preview.height),
    'image/webp',
  );
  return key;
}

function failureOf(error: FunctionError): Failure {
  const code = error.code === 'MODEL_UNAVAILABLE' ? 'MODEL_UNAVAILABLE' : 'INTERNAL';
  return { code, message: error.message, retryable: error.retryable };
}
