// What a token reads from memory, and how fast this machine reads: together the time below which no engine can decode.
import { createGraph } from '../functions/engine/onnx-graph.ts';
import { createTensor, openSession } from '../functions/engine/onnx-runtime.ts';
import { blockSize } from '../functions/engine/quantize.ts';
import type { DecoderShape } from '../functions/llm/decoder-graph.ts';
import { timed, type Times } from './clock.ts';

/** Our own: int8 and a float32 scale for each block. */
export const servedBytesPerWeight = 1 + 4 / blockSize;

/**
 * All weights that are read for each token. The embedding counts once, as the output's matrix: of the input's a row is read.
 * @param inBlocks bytes of a weight in the blocks @param inEmbedding of one in the embedding
 */
export function decoderBytes(
  { layers, width, heads, keyValueHeads, headWidth, hiddenWidth, vocabulary }: DecoderShape,
  inBlocks = servedBytesPerWeight,
  inEmbedding = inBlocks,
): number {
  const attention = (heads + 2 * keyValueHeads) * headWidth * width + heads * headWidth * width;
  return inBlocks * layers * (attention + 3 * width * hiddenWidth) + inEmbedding * vocabulary * width;
}

/**
 * Bytes a millisecond that ONNX Runtime's threads read from memory, at best: the largest of half a gigabyte.
 * @param msOf by which clock
 */
export async function readBandwidth(msOf: (times: Times) => number): Promise<number> {
  const [rows, columns] = [512, 2 ** 18];
  const graph = createGraph();
  graph.input('x', 'float32', [rows, columns]);
  const axis = graph.initializer('axis', 'int64', [1], BigInt64Array.of(1n));
  graph.op('ReduceMax', ['x', axis], { keepdims: { int: 0 } }, { outputs: ['y'] });
  graph.output('y', 'float32', [rows]);
  await using session = await openSession(graph.toModel(), { spinMicroseconds: 20 });
  using x = createTensor('float32', [rows, columns], new Float32Array(rows * columns).fill(1));
  using y = createTensor('float32', [rows]);
  const times = [];
  for (let i = 0; i < 5; i++) times.push(msOf(await timed(1, () => session.run({ x }, { y }))));
  return (rows * columns * 4) / Math.min(...times);
}
