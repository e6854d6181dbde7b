// Words and pictures → what the dialogue model says, and what its picture is drawn from or found by. Must never read a prompt in
// another layout than the package's mapper was trained on.
import type { DiffusionInput, PromptPart, WireTensor } from '../../core/function-contract.ts';
import { AppError } from '../../core/app-error.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { openPaperReader } from './paper-reader.ts';
import { openSpeak, weightsFolder, type Spoken } from './speak.ts';

/** One message, answered with a picture. */
export type Answer = (parts: readonly PromptPart[], seed: bigint, signal: AbortSignal) => Promise<Spoken>;

/** `paper`: begin token, captions, rows. `served`: prefix, chat template, and the rows behind the reply's first sentence. */
export const layoutOf = ({ manifest }: ModelPackage): 'paper' | 'served' =>
  manifest.gill?.trainedOn === 'captions' ? 'paper' : 'served';

/** @param cacheFolder of repacked weights @throws {AppError} MODEL_UNAVAILABLE when the package does not load */
export async function openGill(
  model: ModelPackage,
  cacheFolder = weightsFolder,
): Promise<AsyncDisposable & { readonly answer: Answer }> {
  await using stack = new AsyncDisposableStack();
  const answer = await open();
  const owned = stack.move();
  return { answer, [Symbol.asyncDispose]: () => owned.disposeAsync() };

  async function open(): Promise<Answer> {
    switch (layoutOf(model)) {
      case 'served': {
        const { speak } = stack.use(await openSpeak(model, { cacheFolder, keeps: 'prefix' }));
        return (parts, seed, signal) => speak([{ role: 'user', parts }], 'ALWAYS', seed, signal);
      }
      case 'paper': {
        const reader = stack.use(await openPaperReader(model, cacheFolder));
        return async (parts, _seed, signal) => {
          const startedAt = performance.now();
          const image = await reader.read(parts, signal);
          return { text: '', image, firstTokenMs: undefined, imageMs: performance.now() - startedAt };
        };
      }
    }
  }
}

/** What a picture that was asked for is drawn from. @throws {AppError} MODEL_UNAVAILABLE when nothing was mapped */
export const mappedOf = ({
  image,
}: Pick<Spoken, 'image'>): Extract<DiffusionInput['conditioning'], { kind: 'GILL' }> => ({
  kind: 'GILL',
  tensor: image?.conditioning ?? missing('mapped nothing for'),
});

/** What it is found by. @throws {AppError} MODEL_UNAVAILABLE when there is none */
export const queryOf = ({ image }: Pick<Spoken, 'image'>): WireTensor => image?.query ?? missing('no query for');

function missing(what: string): never {
  throw new AppError('MODEL_UNAVAILABLE', `the language function has ${what} a picture that was asked for`);
}
