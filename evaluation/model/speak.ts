// One reply from the language function, as the server asks for it. Must never look at more of a dialogue than the server shows it.
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import {
  contractVersion,
  type ImagePolicy,
  type LlmImageEvent,
  type PromptTurn,
} from '../../core/function-contract.ts';
import { silentLog } from '../../core/log.ts';
import { defaultSampling } from '../../core/reply-options.ts';
import { openLanguageFunction } from '../../functions/llm/language-function.ts';
import { untilReady } from './until-ready.ts';

export interface Spoken {
  readonly text: string;
  /** What is told of the reply's picture; undefined where none belongs there. */
  readonly image: LlmImageEvent | undefined;
  /** From the call on; undefined: no word was said. */
  readonly firstTokenMs: number | undefined;
  /** From the call on, to where drawing can begin. */
  readonly imageMs: number | undefined;
}

export type Speak = (
  turns: readonly PromptTurn[],
  images: ImagePolicy,
  seed: bigint,
  signal: AbortSignal,
) => Promise<Spoken>;

const maxTokens = 48;
const kvBytes = 2 ** 28;
/** Repacked weights, for the next run. */
export const weightsFolder = path.join('data', 'weights');

/**
 * Loads the package's language function.
 * @param cacheFolder of its repacked weights
 * @throws {AppError} MODEL_UNAVAILABLE when it does not load
 */
export async function openSpeak(
  modelFolder: string,
  cacheFolder = weightsFolder,
): Promise<AsyncDisposable & { readonly speak: Speak }> {
  const llm = await untilReady(openLanguageFunction({ modelFolder, cacheFolder, slots: 1, kvBytes, log: silentLog }));
  return {
    speak: async (turns, images, seed, signal) => {
      const startedAt = performance.now();
      let text = '';
      let image: LlmImageEvent | undefined;
      let [firstTokenMs, imageMs]: (number | undefined)[] = [];
      const options = { ...defaultSampling, maxTokens, seed: seed.toString(), images };
      await llm.run(
        { contract: contractVersion, turns, options },
        (event) => {
          const sinceMs = performance.now() - startedAt;
          if (event.type === 'error') throw new AppError(event.code, event.message);
          if (event.type === 'text') {
            text += event.text;
            firstTokenMs ??= sinceMs;
          }
          if (event.type === 'image') {
            image = event;
            imageMs = sinceMs;
          }
        },
        signal,
      );
      return { text, image, firstTokenMs, imageMs };
    },
    [Symbol.asyncDispose]: () => llm[Symbol.asyncDispose](),
  };
}
