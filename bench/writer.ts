// Writes text without end, as one reply after another at short contexts: what goes on beside a picture. Must never stop for a picture
// longer than the turns that it shares with it say.
import type { Turns } from '../functions/engine/turns.ts';
import { createContinuousBatch } from '../functions/llm/continuous-batch.ts';
import { openDecoder } from '../functions/llm/decoder.ts';
import { createKeptPositions } from '../functions/llm/kept-positions.ts';
import { sampleToken } from '../functions/llm/sample-token.ts';
import { never, openWeights } from './engine.ts';
import { promptOf, works } from './work.ts';

export interface Writer {
  /** Written so far. */
  readonly tokens: () => number;
}

/** Resolves when it writes. It ends with the process. */
export async function openWriter(turns: Turns): Promise<Writer> {
  const work = works['decode-128'];
  const decoder = await openDecoder(await openWeights(), 1, work.promptTokens + work.tokens + 1);
  const batch = createContinuousBatch(decoder, createKeptPositions(decoder.arena, 0), turns);
  const first = Promise.withResolvers<void>();
  let tokens = 0;
  const write = async (): Promise<never> => {
    for (let reply = 0; ; reply++) {
      let written = 0;
      const next = (logits: Float32Array): number[] => {
        const sampling = { temperature: 0, topP: 1, repetitionPenalty: 1, seed: 0n };
        const token = sampleToken(logits, sampling, new Set(), written);
        tokens++;
        first.resolve();
        return ++written < work.tokens ? [token] : [];
      };
      const prompt = promptOf(work, 0, reply);
      const positions = work.promptTokens + work.tokens;
      await batch.serve({ prompt, written: [], positions, onAdmitted: () => undefined, next }, never);
    }
  };
  write().catch(first.reject);
  await first.promise;
  return { tokens: () => tokens };
}
