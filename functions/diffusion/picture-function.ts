// The picture function of docs/http.md: conditioning and seed → steps → pixels. Weights load in the background. Must
// never start a step or the pixel decoder after the signal has fired, nor keep anything of a picture that ended.
import { createHash } from 'node:crypto';
import { AppError, coerceError } from '../../core/app-error.ts';
import { functionError } from '../../core/function-error.ts';
import type { Device } from '../../core/device.ts';
import type {
  DiffusionEvent,
  DiffusionFunction,
  DiffusionInput,
  FunctionHealth,
  ParentPicture,
} from '../../core/function-contract.ts';
import type { Observe } from '../../core/observation.ts';
import { floatToHalf, fromWire, halfBytes, halfToFloat, toWire } from '../engine/half.ts';
import { openModelPackage, type PictureManifest } from '../engine/model-package.ts';
import { gaussianNoise } from '../engine/noise.ts';
import { createTurns, type Turns } from '../engine/turns.ts';
import { releaseFreedMemory } from '../engine/onnx-library.ts';
import { checkPictureInput } from './check-picture-input.ts';
import { guided, rowsFor } from './guidance.ts';
import { checkOffer, sample } from './samplers.ts';
import { loadPictureModel, type Picture, type PictureModel } from './picture-model.ts';
import { latentToRgb, pixelsToRgb, rgbToPixels } from './rgb.ts';

export interface PictureFunctionOptions {
  /** The model package (docs/models.md). */
  readonly modelFolder: string;
  /** Pictures that may be drawn at once; they advance step by step in turn. */
  readonly slots: number;
  /** What the networks run on. Default: the processor. */
  readonly device?: Device | undefined;
  /** Shared with the language function of the same process; default: pictures have the cores to themselves. */
  readonly turns?: Turns;
  readonly observe?: Observe | undefined;
}

interface Loaded {
  readonly manifest: PictureManifest;
  readonly model: PictureModel;
  readonly device: Device;
}

/** Returns at once; `health` tells when the weights are loaded, and `run` is answered with an error until then. */
export function openPictureFunction({
  modelFolder,
  slots,
  device = 'cpu',
  turns = createTurns(),
  observe,
}: PictureFunctionOptions): DiffusionFunction {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let health: FunctionHealth = { state: 'loading', loadedBytes: 0, totalBytes: 0 };
  let loaded: Loaded | undefined;

  const loading = (async () => {
    try {
      const opened = await openModelPackage(modelFolder);
      const onProgress = (loadedBytes: number, totalBytes: number): void => {
        health = { state: 'loading', loadedBytes, totalBytes };
      };
      checkOffer(opened.manifest.picture);
      loaded = {
        manifest: opened.manifest.picture,
        model: await loadPictureModel(opened, { device, turns, onProgress, observe }),
        device,
      };
      await releaseFreedMemory();
      health = { state: 'ready', device };
    } catch (thrown) {
      health = { state: 'failed', message: coerceError(thrown).message };
    }
  })();

  async function run(
    input: DiffusionInput,
    emit: (event: DiffusionEvent) => void,
    callerSignal: AbortSignal,
  ): Promise<void> {
    const signal = AbortSignal.any([callerSignal, stopping.signal]);
    signal.throwIfAborted();
    try {
      if (!loaded) throw new AppError('MODEL_UNAVAILABLE', notReady(health));
      if (running.size >= slots)
        throw new AppError('MODEL_UNAVAILABLE', `all ${slots} slots are drawing: try again when a picture is done`);
      const drawing = draw(loaded, input, emit, signal);
      running.add(drawing);
      try {
        await drawing;
      } finally {
        running.delete(drawing);
      }
    } catch (thrown) {
      if (!(thrown instanceof AppError) || (thrown.code !== 'INVALID' && thrown.code !== 'MODEL_UNAVAILABLE'))
        throw thrown;
      emit(functionError(thrown.code, thrown.message));
    }
  }

  return {
    run,
    health: () => health,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await loading;
      await Promise.allSettled(running);
      await loaded?.model[Symbol.asyncDispose]();
      loaded = undefined;
      health = { state: 'failed', message: 'the picture function is closed' };
    },
  };
}

/** @throws {AppError} INVALID when the input does not fit; the signal's reason when cancelled */
async function draw(
  { manifest, model, device }: Loaded,
  input: DiffusionInput,
  emit: (event: DiffusionEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const problem = checkPictureInput(input, manifest);
  if (problem !== undefined) throw new AppError('INVALID', problem);
  const { sampler, steps, guidance, seed, previews } = input;
  const [channels, height, width] = manifest.latent;
  const byNoise = manifest.parentBy === 'noise';
  const weights = { guidance, parentGuidance: byNoise ? undefined : input.parent?.guidance };

  using picture = model.startPicture(rowsFor(weights));
  const tokens = await conditioningOf(input, model, picture, signal); // (L, C)
  emit({ type: 'conditioning', tensor: toWire(manifest.conditioning, tokens), sha256: digestOf(tokens) });
  const parent = input.parent && (await parentOf(input.parent, picture, signal)); // (Z, S, S)
  if (parent) emit({ type: 'parent', tensor: toWire(manifest.latent, parent), sha256: digestOf(parent) });
  const parentLatent = parent && halfToFloat(parent);
  picture.condition(halfToFloat(tokens), byNoise ? undefined : parentLatent);

  const noise = gaussianNoise(BigInt(seed), channels * height * width); // (Z, S, S)
  const previewSteps = spread(previews, steps);
  const startedAt = performance.now();
  let latent = noise;
  const velocity = guided(picture.predict, manifest.training, weights);
  const noised = byNoise && parentLatent ? { latent: parentLatent, kept: input.parent.guidance } : undefined;
  const options = { steps, seed: BigInt(seed), parent: noised };
  for await (const drawn of sample(sampler, manifest.training, velocity, noise, options, signal)) {
    const { step } = drawn;
    latent = drawn.latent;
    // the pixel decoder takes about as long as a step
    const estimatedMs = Math.round(((performance.now() - startedAt) / step) * (steps - step + 1));
    emit({ type: 'step', step, steps, estimatedMs });
    if (previewSteps.has(step)) {
      const rgb = latentToRgb(manifest.latentToRgb, drawn.estimate, height * width);
      emit({ type: 'preview', step, width, height, rgb: toBase64(rgb) });
    }
  }

  signal.throwIfAborted();
  emit({ type: 'decoding' });
  const rgb = pixelsToRgb(await picture.decode(latent, signal)); // (H, W, 3)
  emit({
    type: 'pixels',
    width: manifest.width,
    height: manifest.height,
    rgb: toBase64(rgb),
    latent: toWire(manifest.latent, floatToHalf(latent)),
  });
  emit({ type: 'usage', imageSteps: steps, computeMs: Math.round(picture.computeMs()), device });
  emit({ type: 'done' });
}

/** In half precision whatever its source, so that what the `conditioning` event tells draws the same picture again. */
async function conditioningOf(
  { conditioning }: DiffusionInput,
  model: PictureModel,
  picture: Picture,
  signal: AbortSignal,
): Promise<Uint16Array> {
  switch (conditioning.kind) {
    case 'GILL':
      return finite(fromWire(conditioning.tensor), 'the conditioning');
    case 'TEXT': {
      const ids = model.readWords(conditioning.text.trim());
      if (ids.length === 0) throw new AppError('INVALID', 'the text holds no word: say in words what to draw');
      return floatToHalf(await picture.encodeWords(ids, signal));
    }
  }
}

/** In half precision as well: what the `parent` event tells is what the denoiser is given. */
async function parentOf(parent: ParentPicture, picture: Picture, signal: AbortSignal): Promise<Uint16Array> {
  if ('latent' in parent) return finite(fromWire(parent.latent), "the parent's latent");
  const pixels = rgbToPixels(Buffer.from(parent.pixels.rgb, 'base64')); // (3, H, W)
  return floatToHalf(await picture.encodePixels(pixels, signal));
}

function finite(halves: Uint16Array, what: string): Uint16Array {
  if (halfToFloat(halves).every(Number.isFinite)) return halves;
  throw new AppError('INVALID', `${what} holds a number that is not finite`);
}

const digestOf = (halves: Uint16Array): string => createHash('sha256').update(halfBytes(halves)).digest('hex');

/** At most `count` of the steps 1 … `steps`, evenly between start and end. */
export function spread(count: number, steps: number): ReadonlySet<number> {
  const places = Array.from({ length: count }, (_, i) => Math.round(((i + 1) * steps) / (count + 1)));
  return new Set(places.filter((step) => step >= 1));
}

function notReady(health: FunctionHealth): string {
  return health.state === 'failed' ? health.message : 'the picture model is still loading: try again in a moment';
}

const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
