// One reply from the language function, as the server asks for it. Must never look at more of a dialogue than the server shows it.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import {
  contractVersion,
  type ImagePolicy,
  type LlmImageEvent,
  type LlmOptions,
  type PromptTurn,
} from '../../core/function-contract.ts';
import { silentLog } from '../../core/log.ts';
import { defaultSampling } from '../../core/reply-options.ts';
import { parseGguf } from '../../functions/engine/gguf.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { readDecoderShape, type Precision } from '../../functions/llm/decoder-graph.ts';
import { positionBytes } from '../../functions/llm/kv-arena.ts';
import { openLanguageFunction } from '../../functions/llm/language-function.ts';
import { openPromptFormat } from '../../functions/llm/prompt.ts';
import { untilReady } from './until-ready.ts';

export interface Spoken {
  readonly text: string;
  /** What is told of the reply's first picture; undefined where none belongs there. */
  readonly image: LlmImageEvent | undefined;
  /** Of all of them. */
  readonly images: readonly LlmImageEvent[];
  /** From the call on; undefined: no word was said. */
  readonly firstTokenMs: number | undefined;
  /** From the call on, to where drawing can begin. */
  readonly imageMs: number | undefined;
  /** CPU time, where the same was read before and is not read again. */
  readonly spentBeforeMs?: number;
}

export type Speak = (
  turns: readonly PromptTurn[],
  images: ImagePolicy,
  seed: bigint,
  signal: AbortSignal,
  more?: Pick<LlmOptions, 'imageBias'> & { readonly maxTokens?: number },
) => Promise<Spoken>;

export interface SpeakOptions {
  /** Of repacked weights; default: where the next run finds them. */
  readonly cacheFolder?: string;
  /**
   * What is not read again: the turns before, as on a server; or the package's prefix alone, so that no condition is told faster
   * because another told the same words before.
   */
  readonly keeps: 'turns' | 'prefix';
  /** Default: int8, as it is served. */
  readonly precision?: Precision | undefined;
}

const maxTokens = 48;
const keptForTurnsBytes = 2 ** 27;
export const weightsFolder = path.join('data', 'weights');

/** Loads the package's language function. @throws {AppError} MODEL_UNAVAILABLE when it does not load */
export async function openSpeak(
  model: ModelPackage,
  { cacheFolder = weightsFolder, keeps, precision }: SpeakOptions,
): Promise<AsyncDisposable & { readonly speak: Speak }> {
  const { contextTokens, weights } = model.manifest.lm;
  const shape = readDecoderShape(parseGguf(await readFile(model.file(weights))));
  const { prefix } = await openPromptFormat(model, shape.width);
  const keptBytes = keeps === 'turns' ? keptForTurnsBytes : prefix.length * positionBytes(shape);
  const kvBytes = contextTokens * positionBytes(shape) + keptBytes;
  const options = { modelFolder: model.folder, cacheFolder, slots: 1, kvBytes, precision, log: silentLog };
  const llm = await untilReady(openLanguageFunction(options));
  return {
    speak: async (turns, images, seed, signal, more) => {
      const startedAt = performance.now();
      let text = '';
      const told: LlmImageEvent[] = [];
      let [firstTokenMs, imageMs]: (number | undefined)[] = [];
      const asked = { ...defaultSampling, maxTokens, seed: seed.toString(), images, ...more };
      await llm.run(
        { contract: contractVersion, turns, options: asked },
        (event) => {
          const sinceMs = performance.now() - startedAt;
          if (event.type === 'error') throw new AppError(event.code, event.message);
          if (event.type === 'text') {
            text += event.text;
            firstTokenMs ??= sinceMs;
          }
          if (event.type === 'image') {
            told.push(event);
            imageMs ??= sinceMs;
          }
        },
        signal,
      );
      return { text, image: told[0], images: told, firstTokenMs, imageMs };
    },
    [Symbol.asyncDispose]: () => llm[Symbol.asyncDispose](),
  };
}
