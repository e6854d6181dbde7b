// Who is measured, how each is started, and how many bytes a token makes it read. All run the served weights; none is told what another is.
import path from 'node:path';
import { servedBytesPerWeight } from './memory.ts';
import { ggufFile } from './prepare.ts';
import { weightsFile, type WorkId } from './work.ts';

export interface Competitor {
  /** Arguments of Node: the script that does a work, with its options. */
  readonly run: (work: WorkId) => readonly string[];
  /** Arguments of Node: the script that serves its logits. Absent: ours. */
  readonly logits?: readonly string[];
  /** Of a weight in the blocks, of one in the embedding, and of a number among keys and values. */
  readonly bytes: readonly [inBlocks: number, inEmbedding: number, inCache: number];
}

const script = (name: string): string => path.join(import.meta.dirname, name);

/** Keys and values lie in half precision, llama.cpp's default. */
const llama = (file: string, inBlocks: number, inEmbedding: number): Competitor => ({
  run: (work) => [script('llama.ts'), work, file],
  logits: [script('llama-logits.ts'), file],
  bytes: [inBlocks, inEmbedding, 2],
});

const transformers = (shape: string, dtype: string, bytes: number): Competitor => ({
  run: (work) => [script('transformers.ts'), work, shape, dtype],
  logits: [script('transformers-logits.ts'), shape, dtype],
  bytes: [bytes, bytes, 4],
});

/** Blocks of 32: 4 bits or 8 a weight, a half for the scale, another for the least in Q4_1. */
const [q4_0, q4_1, q8_0, f16] = [18 / 32, 20 / 32, 34 / 32, 2];

export const ours = 'gill-server';
/** The very same file as ours. */
export const sameFile = 'node-llama-cpp Q4_1';

export const competitors: Readonly<Record<string, Competitor>> = {
  [ours]: { run: (work) => [script('ours.ts'), work], bytes: [servedBytesPerWeight, servedBytesPerWeight, 4] },
  [sameFile]: llama(weightsFile, q4_1, q8_0),
  'node-llama-cpp Q4_0': llama(ggufFile('q4_0'), q4_0, q8_0),
  'node-llama-cpp Q4_0 throughout': llama(ggufFile('q4_0-all'), q4_0, q4_0),
  'node-llama-cpp Q8_0': llama(ggufFile('q8_0'), q8_0, q8_0),
  'node-llama-cpp F16': llama(ggufFile('f16'), f16, f16),
  'transformers.js fp32': transformers('plain', 'fp32', 4),
  'transformers.js q8': transformers('plain', 'q8', 1),
  'transformers.js fp32, fused': transformers('fused', 'fp32', 4),
  'transformers.js q8, fused': transformers('fused', 'q8', 1),
};

export const named = (prefix: string): readonly string[] =>
  Object.keys(competitors).filter((name) => name.startsWith(prefix));
