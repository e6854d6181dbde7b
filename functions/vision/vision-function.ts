// The vision function (docs/http.md): a picture → the rows that stand for it in a prompt, and the vector that a gallery finds
// it by. Weights load in the background. Must never bring a picture to another size: how is the caller's to say.
import { stat } from 'node:fs/promises';
import { AppError, coerceError } from '../../core/app-error.ts';
import type { Device } from '../../core/device.ts';
import { functionError } from '../../core/function-error.ts';
import type { FunctionHealth, VisionEvent, VisionFunction, VisionInput } from '../../core/function-contract.ts';
import { floatToHalf, toWire } from '../engine/half.ts';
import { openModelPackage } from '../engine/model-package.ts';
import { releaseFreedMemory } from '../engine/resident-memory.ts';
import { createTensor, openSession, type Session } from '../engine/onnx-runtime.ts';
import { readSafetensors } from '../engine/safetensors.ts';
import { createTurns, type Turns } from '../engine/turns.ts';
import { buildVision, readVisionShape, type VisionShape } from './image-side-graph.ts';
import type { Size } from './trunk-graph.ts';

export interface VisionFunctionOptions {
  /** The model package (docs/models.md). */
  readonly modelFolder: string;
  /** What the network runs on. Default: the processor. */
  readonly device?: Device | undefined;
  /** Shared with the other functions of the same process; default: seeing has the cores to itself. */
  readonly turns?: Turns;
}

interface Loaded {
  readonly session: Session;
  readonly shape: VisionShape;
  /** Of the pictures that it sees, in pixels. */
  readonly size: Size;
}

type State =
  | { readonly kind: 'loading'; readonly totalBytes: number }
  | { readonly kind: 'ready'; readonly loaded: Loaded }
  | { readonly kind: 'failed'; readonly message: string };

/** Returns at once; `health` tells when the weights are loaded, and `run` is answered with an error until then. */
export function openVisionFunction({
  modelFolder,
  device = 'cpu',
  turns = createTurns(),
}: VisionFunctionOptions): VisionFunction {
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
  let state: State = { kind: 'loading', totalBytes: 0 };

  const loading = load(modelFolder, device, (totalBytes) => (state = { kind: 'loading', totalBytes })).then(
    (loaded) => {
      state = { kind: 'ready', loaded };
    },
    (thrown: unknown) => {
      state = { kind: 'failed', message: coerceError(thrown).message };
    },
  );

  const health = (): FunctionHealth => {
    switch (state.kind) {
      case 'loading':
        return { state: 'loading', loadedBytes: 0, totalBytes: state.totalBytes };
      case 'ready':
        return { state: 'ready', device };
      case 'failed':
        return { state: 'failed', message: state.message };
    }
  };

  const run: VisionFunction['run'] = async (input, emit, signal) => {
    signal.throwIfAborted();
    closing.signal.throwIfAborted();
    switch (state.kind) {
      case 'loading':
        emit(functionError('MODEL_UNAVAILABLE', 'the image encoder is still loading: try again in a moment'));
        return;
      case 'failed':
        emit(functionError('MODEL_UNAVAILABLE', state.message));
        return;
      case 'ready': {
        const seeing = see(state.loaded, turns, input, emit, AbortSignal.any([signal, closing.signal]));
        running.add(seeing);
        try {
          await seeing;
        } finally {
          running.delete(seeing);
        }
      }
    }
  };

  return {
    run,
    health,
    [Symbol.asyncDispose]: async () => {
      closing.abort(new AppError('MODEL_UNAVAILABLE', 'the vision function is shutting down'));
      await Promise.allSettled([loading, ...running]);
      const last: State = state; // the loading changed it
      state = { kind: 'failed', message: 'the vision function is closed' };
      if (last.kind === 'ready') await last.loaded.session[Symbol.asyncDispose]();
    },
  };
}

async function load(folder: string, device: Device, onSize: (totalBytes: number) => void): Promise<Loaded> {
  const model = await openModelPackage(folder);
  const { name, gill, picture } = model.manifest;
  if (gill?.vision === undefined)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `the package "${name}" has no image encoder: model.json has no gill.vision`,
    );
  const path = model.file(gill.vision);
  try {
    onSize((await stat(path)).size);
  } catch (thrown) {
    throw new AppError('MODEL_UNAVAILABLE', `${path} cannot be read`, thrown);
  }
  const weights = await readSafetensors(path);
  const size = { width: picture.width, height: picture.height };
  const session = await openSession(buildVision(weights, size), { device });
  await releaseFreedMemory();
  return { session, shape: readVisionShape(weights), size };
}

async function see(
  { session, shape, size }: Loaded,
  turns: Turns,
  { picture }: VisionInput,
  emit: (event: VisionEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const bytes = Buffer.from(picture.rgb, 'base64');
  const problem = whyUnfit(picture, bytes.length, size);
  if (problem !== undefined) {
    emit(functionError('INVALID', problem));
    return;
  }
  using rgb = createTensor('uint8', [1, size.height, size.width, 3], Uint8Array.from(bytes));
  using rows = createTensor('float32', [1, shape.rows, shape.width]);
  using embedding = shape.embedding === undefined ? undefined : createTensor('float32', [1, shape.embedding]);
  let computeMs = 0;
  // someone waits for the reply that reads it, so it goes with the text
  await turns.text(async () => {
    const startedAt = performance.now();
    await session.run({ rgb }, { rows, ...(embedding && { embedding }) }, signal);
    computeMs = Math.round(performance.now() - startedAt);
  });
  emit({
    type: 'seen',
    rows: toWire([shape.rows, shape.width], floatToHalf(rows.data)),
    ...(embedding && { embedding: toWire([embedding.data.length], floatToHalf(embedding.data)) }),
  });
  emit({ type: 'usage', computeMs });
  emit({ type: 'done' });
}

/** @returns a sentence with both sizes, or undefined */
function whyUnfit(given: Size, byteLength: number, { width, height }: Size): string | undefined {
  if (given.width !== width || given.height !== height)
    return `the picture is ${given.width} × ${given.height} pixels, but this model sees ${width} × ${height} only`;
  const expected = width * height * 3;
  if (byteLength !== expected)
    return `${width} × ${height} pixels take ${expected} bytes of RGB, but ${byteLength} came`;
  return undefined;
}
