// The loaded networks of a picture: words → tokens, latent → velocity, latent → pixels. Weights are shared by all
// pictures, buffers by none. Must never be used after it was disposed.
import { stat } from 'node:fs/promises';
import type { Observe } from '../../core/observation.ts';
import type { ModelPackage } from '../engine/model-package.ts';
import { halfToFloat } from '../engine/half.ts';
import { createTensor, openSession, type Session, type Tensors } from '../engine/onnx-runtime.ts';
import type { Turns } from '../engine/turns.ts';
import { readSafetensors, type Safetensors } from '../engine/safetensors.ts';
import { AppError } from '../../core/app-error.ts';
import { buildPixelDecoder } from './autoencoder-graph.ts';
import { buildDenoiser } from './denoiser-graph.ts';
import type { Velocity } from './flow-euler.ts';
import { buildTextTower } from './text-tower-graph.ts';
import { openWordRows } from './word-rows.ts';
import { openWordTokenizer } from './word-tokenizer.ts';
import { encodeWords } from './words.ts';

export interface PictureModel extends AsyncDisposable {
  /** Ids of the words of a text, at most as many as the text tower takes; empty when there are none. */
  readonly readWords: (text: string) => number[];
  /** Buffers of one picture. @param guided whether the null condition is evaluated beside the given one */
  readonly startPicture: (guided: boolean) => Picture;
}

/** One picture being drawn. One call at a time; dispose it when no call is under way. */
export interface Picture extends Disposable {
  /** @param ids at least one @returns (L, C), flattened */
  readonly encode: (ids: readonly number[], signal: AbortSignal) => Promise<Float32Array>;
  /** Sets what `velocity` is conditioned on. @param tokens (L, C), flattened */
  readonly condition: (tokens: Float32Array) => void;
  readonly velocity: Velocity;
  /** @param latent (Z, S, S), flattened @returns (3, H, W), flattened, about [−1, 1] */
  readonly decode: (latent: Float32Array, signal: AbortSignal) => Promise<Float32Array>;
  /** Time spent inside the networks so far, without waiting for a turn. */
  readonly computeMs: () => number;
}

/**
 * @param turns which text of the same process takes as well
 * @param onProgress hears the bytes read so far and in all
 * @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it
 */
export async function loadPictureModel(
  model: ModelPackage,
  turns: Turns,
  onProgress: (loadedBytes: number, totalBytes: number) => void,
  observe: Observe = () => undefined,
): Promise<PictureModel> {
  const { lm, picture } = model.manifest;
  const [latentShape, conditionShape] = [picture.latent, picture.conditioning];
  const names = [lm.tokenizer, lm.weights, picture.textTower, picture.denoiser, picture.autoencoder];
  const sizes = new Map(await Promise.all(names.map(async (name) => [name, await sizeOf(model.file(name))] as const)));
  const totalBytes = sizes.values().reduce((sum, size) => sum + size, 0);
  let loadedBytes = 0;
  onProgress(loadedBytes, totalBytes);
  const loaded = (name: string): void => onProgress((loadedBytes += sizes.get(name)!), totalBytes);

  await using resources = new AsyncDisposableStack();
  /** Reads a file of weights and makes a session of it; both its bytes and the graph's are garbage afterwards. */
  const open = async (name: string, build: (weights: Safetensors) => Uint8Array): Promise<Session> => {
    const session = resources.use(await openSession(build(await readSafetensors(model.file(name)))));
    loaded(name);
    return session;
  };

  const encodeWord = await openWordTokenizer(model);
  loaded(lm.tokenizer);
  const wordRows = resources.use(await openWordRows(model.file(lm.weights)));
  loaded(lm.weights);
  let maxIds = 0;
  const textTower = await open(picture.textTower, (weights) => {
    maxIds = weights.get('p')?.shape[0] ?? 0;
    return buildTextTower(weights);
  });
  let nullTokens: Float32Array = new Float32Array(0);
  const denoiser = await open(picture.denoiser, (weights) => {
    nullTokens = nullConditionOf(weights, conditionShape);
    return buildDenoiser(weights, latentShape);
  });
  const decoder = await open(picture.autoencoder, (weights) => buildPixelDecoder(weights, latentShape));

  const owned = resources.move();
  return {
    readWords: (text) => encodeWords(text, encodeWord, maxIds),
    startPicture: (guided) => {
      using stack = new DisposableStack();
      const rows = guided ? 2 : 1;
      const latentLength = product(latentShape);
      const latents = stack.use(createTensor('float32', [rows, ...latentShape]));
      const time = stack.use(createTensor('float32', [rows]));
      const condition = stack.use(createTensor('float32', [rows, ...conditionShape]));
      const velocities = stack.use(createTensor('float32', [rows, ...latentShape]));
      if (guided) condition.data.set(nullTokens, nullTokens.length);
      const [conditional, unconditional] = [
        velocities.data.subarray(0, latentLength),
        velocities.data.subarray(latentLength),
      ];

      let computeMs = 0;
      const run = (session: Session, inputs: Tensors, outputs: Tensors, signal: AbortSignal): Promise<void> =>
        turns.picture(async () => {
          const startedAt = performance.now();
          await session.run(inputs, outputs, signal);
          const ms = performance.now() - startedAt;
          computeMs += ms;
          observe({ kind: 'pictureCall', ms });
        });

      const buffers = stack.move();
      return {
        encode: async (ids, signal) => {
          const words = await wordRows.read(ids); // (words, E)
          using input = createTensor('float32', [1, ids.length, words.length / ids.length], words);
          using output = createTensor('float32', [1, ...conditionShape]);
          await run(textTower, { rows: input }, { tokens: output }, signal);
          return output.data;
        },
        condition: (tokens) => condition.data.set(tokens),
        velocity: async (latent, t, signal) => {
          for (let row = 0; row < rows; row++) latents.data.set(latent, row * latentLength);
          time.data.fill(t);
          await run(denoiser, { latent: latents, time, condition }, { velocity: velocities }, signal);
          return guided ? { conditional, unconditional } : { conditional };
        },
        decode: async (latent, signal) => {
          using input = createTensor('float32', [1, ...latentShape], latent.slice());
          using output = createTensor('float32', [1, 3, picture.height, picture.width]);
          await run(decoder, { latent: input }, { pixels: output }, signal);
          return output.data;
        },
        computeMs: () => computeMs,
        [Symbol.dispose]: () => buffers.dispose(),
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What the denoiser is given in place of a condition, learned with it. */
function nullConditionOf(weights: Safetensors, shape: readonly number[]): Float32Array {
  const tensor = weights.get('null');
  if (tensor?.type !== 'float16' || tensor.data.length !== product(shape))
    throw new AppError('MODEL_UNAVAILABLE', `the denoiser has no half-precision "null" of shape (${shape.join(', ')})`);
  return halfToFloat(tensor.data);
}

const product = (shape: readonly number[]): number => shape.reduce((length, size) => length * size, 1);

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    throw new AppError('MODEL_UNAVAILABLE', `${path} cannot be read`, thrown);
  }
}
