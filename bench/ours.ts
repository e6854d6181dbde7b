// `node ours.ts <work>`: this repository's engine, its rounds and its sampler included. Must never reuse what an earlier round read.
import path from 'node:path';
import { openModelPackage } from '../functions/engine/model-package.ts';
import { createTurns } from '../functions/engine/turns.ts';
import { createContinuousBatch } from '../functions/llm/continuous-batch.ts';
import { openDecoder } from '../functions/llm/decoder.ts';
import { createKeptPositions } from '../functions/llm/kept-positions.ts';
import { loadWeights } from '../functions/llm/load-weights.ts';
import { sampleToken } from '../functions/llm/sample-token.ts';
import { measure, promptOf, workOf, type Measured } from './work.ts';

const work = workOf(process.argv[2]);
const never = new AbortController().signal;
const model = await openModelPackage(path.resolve(import.meta.dirname, '../models/storybook'));
const { weights: name } = model.manifest.lm;
const weights = await loadWeights(
  {
    weightsFile: model.file(name),
    weightsSha256: model.manifest.files[name]!,
    cacheFolder: path.resolve(import.meta.dirname, 'node_modules/.cache'),
  },
  () => undefined,
  never,
);
await using decoder = await openDecoder(weights, work.sequences, work.promptTokens + work.tokens + 1);
await using batch = createContinuousBatch(decoder, createKeptPositions(decoder.arena, 0), createTurns());

async function round(number: number): Promise<Measured> {
  const startedAt = performance.now();
  const arrivals = await Promise.all(
    Array.from({ length: work.sequences }, async (_, sequence) => {
      const times: number[] = [];
      const next = (logits: Float32Array): number[] => {
        const sampling = { temperature: 0, topP: 1, repetitionPenalty: 1, seed: 0n };
        const token = sampleToken(logits, sampling, new Set(), times.length);
        return times.push(performance.now()) < work.tokens ? [token] : [];
      };
      const prompt = promptOf(work, sequence, number);
      await batch.serve(
        { prompt, written: [], positions: work.promptTokens + work.tokens, onAdmitted: () => undefined, next },
        never,
      );
      return times;
    }),
  );
  return measure(arrivals, startedAt);
}

await round(0); // warm
console.log(JSON.stringify(await round(1)));
