// `node llama-logits.ts <file>`: logits of node-llama-cpp, for logits-pipe.ts. Its own rounding of activations, keys and values included.
import { getLlama, LlamaLogLevel, type ControlledEvaluateInputItem, type Token } from 'node-llama-cpp';
import { serveLogits, windowTokens } from './logits-pipe.ts';
import { threads } from './work.ts';

/** Positions asked for at once: each answers with a map of the whole vocabulary. */
const together = 32;

const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  logLevel: LlamaLogLevel.error,
  maxThreads: threads,
});
const model = await llama.loadModel({ modelPath: process.argv[2]! });
const context = await model.createContext({ contextSize: windowTokens + 8, batchSize: together, threads });
const sequence = context.getSequence();
let vocabulary = 0;

await serveLogits(async (ids) => {
  await sequence.clearHistory();
  let all = new Float32Array();
  for (let at = 0; at < ids.length; at += together) {
    const items = ids
      .slice(at, at + together)
      .map((id): ControlledEvaluateInputItem => [id as Token, { generateNext: { logits: true } }]);
    for (const [i, result] of (await sequence.controlledEvaluate(items)).entries()) {
      const logits = result?.next.logits;
      if (!logits) throw new Error(`position ${at + i} has no logits`);
      if (all.length === 0) all = new Float32Array(ids.length * (vocabulary = logits.size));
      if (logits.size !== vocabulary) throw new Error(`position ${at + i} has ${logits.size} of ${vocabulary} logits`);
      for (const [token, logit] of logits) all[(at + i) * vocabulary + token] = logit;
    }
  }
  return all;
});
