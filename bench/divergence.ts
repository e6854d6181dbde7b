// How far other logits are from those of float32, and on which text that is measured: this repository's pages and its dependencies' readmes,
// prose and code. Must be the same text for all engines.
import { readText } from './engine.ts';
import { windowTokens } from './logits-pipe.ts';

/** Fewer only to try something: what is published is measured on all. */
const windows = Number(process.env['BENCH_WINDOWS'] ?? 9);

const ids = readText(
  'docs/{architecture,events,http,models,operations,pictures}.md',
  'node_modules/{graphql,express,kysely,pg,ws,pino,koffi,dataloader}/README.md',
);
const stride = Math.floor((ids.length - windowTokens) / 8);
/** Spread over the text, each read from its own first token. */
export const textWindows: readonly (readonly number[])[] = Array.from({ length: windows }, (_, window) =>
  ids.slice(window * stride, window * stride + windowTokens),
);

/** KL(exact ‖ other) of one position. */
export function compare(exact: Float32Array, other: Float32Array): { divergence: number; agrees: boolean } {
  const [exactSum, otherSum] = [logSumExp(exact), logSumExp(other)];
  let [divergence, exactBest, otherBest] = [0, 0, 0];
  for (let id = 0; id < exact.length; id++) {
    const logP = exact[id]! - exactSum;
    divergence += Math.exp(logP) * (logP - (other[id]! - otherSum));
    if (exact[id]! > exact[exactBest]!) exactBest = id;
    if (other[id]! > other[otherBest]!) otherBest = id;
  }
  return { divergence, agrees: exactBest === otherBest };
}

function logSumExp(logits: Float32Array): number {
  let peak = -Infinity;
  for (const logit of logits) if (logit > peak) peak = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - peak);
  return peak + Math.log(sum);
}
