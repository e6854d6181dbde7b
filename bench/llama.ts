// `node llama.ts <work> <file>`: node-llama-cpp on a GGUF file of the served weights, greedy, its sampler and its batching included.
// Must never be built or fetched here: what the registry ships is what a user gets.
import { getLlama, LlamaLogLevel, type Token } from 'node-llama-cpp';
import { measure, promptOf, threads, workOf, type Measured } from './work.ts';

const work = workOf(process.argv[2]);
const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  logLevel: LlamaLogLevel.error,
  maxThreads: threads,
});
const model = await llama.loadModel({ modelPath: process.argv[3]! });
const context = await model.createContext({
  contextSize: work.promptTokens + work.tokens + 8,
  batchSize: 512,
  threads,
  sequences: work.sequences,
});
const sequences = Array.from({ length: work.sequences }, () => context.getSequence());

async function round(number: number): Promise<Measured> {
  for (const sequence of sequences) await sequence.clearHistory();
  const startedAt = performance.now();
  const arrivals = await Promise.all(
    sequences.map(async (sequence, i) => {
      const times: number[] = [];
      const prompt = promptOf(work, i, number) as Token[];
      for await (const _token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true }))
        if (times.push(performance.now()) >= work.tokens) break;
      return times;
    }),
  );
  return measure(arrivals, startedAt);
}

await round(0); // warm
console.log(JSON.stringify(await round(1)));
process.exit(0); // its threads would keep the process
