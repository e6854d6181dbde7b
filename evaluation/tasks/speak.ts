// One reply from the language function, as the server asks for it. Must never look at more of a dialogue than the server shows it.
import { setTimeout } from 'node:timers/promises';
import path from 'node:path';
import { AppError } from '../../core/app-error.ts';
import {
  contractVersion,
  type ImagePolicy,
  type LlmFunction,
  type LlmImageEvent,
  type PromptTurn,
} from '../../core/function-contract.ts';
import { defaultSampling } from '../../core/reply-options.ts';
import { silentLog } from '../../core/log.ts';
import { openLanguageFunction } from '../../functions/llm/language-function.ts';

export interface Spoken {
  readonly text: string;
  /** What is told of the reply's picture; undefined where none belongs there. */
  readonly image: LlmImageEvent | undefined;
}

export type Speak = (
  turns: readonly PromptTurn[],
  images: ImagePolicy,
  seed: bigint,
  signal: AbortSignal,
) => Promise<Spoken>;

const maxTokens = 48;
const pollMs = 50;

/** Loads the package's language function. @throws {AppError} MODEL_UNAVAILABLE when it does not load */
export async function openSpeak(modelFolder: string): Promise<AsyncDisposable & { readonly speak: Speak }> {
  const llm = openLanguageFunction({
    modelFolder,
    cacheFolder: path.join('data', 'weights'),
    slots: 1,
    kvBytes: 2 ** 28,
    log: silentLog,
  });
  await untilReady(llm);
  return {
    speak: async (turns, images, seed, signal) => {
      let text = '';
      let image: LlmImageEvent | undefined;
      const options = { ...defaultSampling, maxTokens, seed: seed.toString(), images };
      await llm.run(
        { contract: contractVersion, turns, options },
        (event) => {
          if (event.type === 'error') throw new AppError(event.code, event.message);
          if (event.type === 'text') text += event.text;
          if (event.type === 'image') image = event;
        },
        signal,
      );
      return { text, image };
    },
    [Symbol.asyncDispose]: () => llm[Symbol.asyncDispose](),
  };
}

async function untilReady(llm: LlmFunction): Promise<void> {
  for (;;) {
    const health = llm.health();
    if (health.state === 'ready') return;
    if (health.state === 'failed') {
      await llm[Symbol.asyncDispose]();
      throw new AppError('MODEL_UNAVAILABLE', health.message);
    }
    await setTimeout(pollMs); // the function tells its state only when asked
  }
}
