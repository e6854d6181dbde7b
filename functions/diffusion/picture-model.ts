// The loaded networks of a picture: words → tokens, latent → velocity, latent ↔ pixels. Weights are shared by all
// pictures, buffers by none. Must never be used after it was disposed.
import { stat } from 'node:fs/promises';
import type { Device } from '../../core/device.ts';
import type { Observe } from '../../core/observation.ts';
import type { ModelPackage } from '../engine/model-package.ts';
import { halfToFloat } from '../engine/half.ts';
import { createTensor, openSession, type Session, type Tensor, type Tensors } from '../engine/onnx-runtime.ts';
import type { Turns } from '../engine/turns.ts';
import { readSafetensors, type Safetensors } from '../engine/safetensors.ts';
import { AppError } from '../../core/app-error.ts';
import { buildPixelDecoder, buildPixelEncoder } from './autoencoder-graph.ts';
import { buildDenoiser, preciseNodes, takesParent } from './denoiser-graph.ts';
import type { Predict, Predictions, Row } from './guidance.ts';
import { buildTextTower } from './text-tower-graph.ts';
import { openWordRows } from './word-rows.ts';
import { openWordTokenizer } from './word-tokenizer.ts';

export interface PictureModel extends AsyncDisposable {
  /** Ids of a text, the first ones that the text tower takes; empty when there are none. */
  readonly readWords: (text: string) => readonly number[];
  /** Buffers of one picture. @param rows what is predicted in each call, `told` first */
  readonly startPicture: (rows: readonly Row[]) => Picture;
}

/** One picture being drawn. One call at a time; dispose it when no call is under way. */
export interface Picture extends Disposable {
  /** @param ids at least one @returns (L, C), flattened */
  readonly encodeWords: (ids: readonly number[], signal: AbortSignal) => Promise<Float32Array>;
  /** @param pixels (3, H, W), flattened, [−1, 1] @returns (Z, S, S), flattened. Only where the package takes parents. */
  readonly encodePixels: (pixels: Float32Array, signal: AbortSignal) => Promise<Float32Array>;
  /** Sets what `predict` is given. @param tokens (L, C), flattened @param parent (Z, S, S), flattened; undefined: none */
  readonly condition: (tokens: Float32Array, parent: Float32Array | undefined) => void;
  readonly predict: Predict;
  /** @param latent (Z, S, S), flattened @returns (3, H, W), flattened, about [−1, 1] */
  readonly decode: (latent: Float32Array, signal: AbortSignal) => Promise<Float32Array>;
  /** Time spent inside the networks so far, without waiting for a turn. */
  readonly computeMs: () => number;
}

export interface PictureModelOptions {
  /** What the networks run on. Default: the processor. */
  readonly device?: Device;
  /** Which text of the same process takes as well. */
  readonly turns: Turns;
  /** Hears the bytes read so far and in all. */
  readonly onProgress?: (loadedBytes: number, totalBytes: number) => void;
  readonly observe?: Observe | undefined;
}

/** @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it */
export async function loadPictureModel(
  model: ModelPackage,
  { device = 'cpu', turns, onProgress = () => undefined, observe = () => undefined }: PictureModelOptions,
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
  /** Makes sessions of a file's weights; both its bytes and the graphs' are garbage afterwards. */
  const open = async (name: string, ...builders: ((weights: Safetensors) => Uint8Array)[]): Promise<Session[]> => {
    const weights = await readSafetensors(model.file(name));
    const sessions: Session[] = [];
    for (const build of builders)
      sessions.push(resources.use(await openSession(build(weights), { device, notOnWebGpu: preciseNodes })));
    loaded(name);
    return sessions;
  };

  const encodeWord = await openWordTokenizer(model);
  loaded(lm.tokenizer);
  const wordRows = resources.use(await openWordRows(model.file(lm.weights)));
  loaded(lm.weights);
  let maxIds = 0;
  const [textTower] = await open(picture.textTower, (weights) => {
    maxIds = weights.get('p')?.shape[0] ?? 0;
    return buildTextTower(weights);
  });
  let nullTokens: Float32Array = new Float32Array(0);
  let hasParent = false as boolean; // set in a callback, which the compiler does not follow
  const [denoiser] = await open(picture.denoiser, (weights) => {
    nullTokens = nullConditionOf(weights, conditionShape);
    hasParent = takesParent(weights);
    return buildDenoiser(weights, latentShape);
  });
  const byNoise = picture.parentGuidance !== undefined && picture.parentBy === 'noise';
  if (picture.parentGuidance !== undefined && !hasParent && !byNoise)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      'model.json has picture.parentGuidance, but the denoiser has no "ip.weight": leave it out, or say "noise" under picture.parentBy',
    );
  const [decoder, encoder] = await open(
    picture.autoencoder,
    (weights) => buildPixelDecoder(weights, latentShape, picture.height),
    ...(hasParent || byNoise
      ? [(weights: Safetensors) => buildPixelEncoder(weights, latentShape, picture.height)]
      : []),
  );

  const owned = resources.move();
  return {
    readWords: (text) => encodeWord(text).slice(0, maxIds),
    startPicture: (rows) => {
      using stack = new DisposableStack();
      const [latentLength, conditionLength] = [product(latentShape), product(conditionShape)];
      const create = (...shape: number[]): Tensor<'float32'> =>
        stack.use(createTensor('float32', [rows.length, ...shape]));
      const [latents, time, condition, velocities] = [
        create(...latentShape),
        create(),
        create(...conditionShape),
        create(...latentShape),
      ];
      // zeros where there is no parent
      const parents = hasParent ? create(...latentShape) : undefined;
      const predictions = Object.fromEntries(
        rows.map((row, i) => [row, velocities.data.subarray(i * latentLength, (i + 1) * latentLength)]),
      ) as Predictions;

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
        encodeWords: async (ids, signal) => {
          const words = await wordRows.read(ids); // (words, E)
          using input = createTensor('float32', [1, ids.length, words.length / ids.length], words);
          using output = createTensor('float32', [1, ...conditionShape]);
          await run(textTower!, { rows: input }, { tokens: output }, signal);
          return output.data;
        },
        encodePixels: async (pixels, signal) => {
          if (!encoder) throw new AppError('INTERNAL', 'this package encodes no pixels');
          using input = createTensor('float32', [1, 3, picture.height, picture.width], pixels);
          using output = createTensor('float32', [1, ...latentShape]);
          await run(encoder, { pixels: input }, { latent: output }, signal);
          return output.data;
        },
        condition: (tokens, parent) => {
          for (const [i, row] of rows.entries()) {
            condition.data.set(row === 'told' ? tokens : nullTokens, i * conditionLength);
            if (parent && row !== 'alone') parents?.data.set(parent, i * latentLength);
          }
        },
        predict: async (latent, t, signal) => {
          for (let row = 0; row < rows.length; row++) latents.data.set(latent, row * latentLength);
          time.data.fill(t);
          const inputs = { latent: latents, time, condition, ...(parents && { parent: parents }) };
          await run(denoiser!, inputs, { velocity: velocities }, signal);
          return predictions;
        },
        decode: async (latent, signal) => {
          using input = createTensor('float32', [1, ...latentShape], latent.slice());
          using output = createTensor('float32', [1, 3, picture.height, picture.width]);
          await run(decoder!, { latent: input }, { pixels: output }, signal);
          return output.data;
        },
        computeMs: () => computeMs,
        [Symbol.dispose]: () => buffers.dispose(),
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What the denoiser is given in place of a condition, learned with it, (L, C), flattened. @throws {AppError} MODEL_UNAVAILABLE when it is of another shape */
export function nullConditionOf(weights: Safetensors, shape: readonly number[]): Float32Array {
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
