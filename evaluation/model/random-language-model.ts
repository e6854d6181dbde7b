// The package with a language model that has learned nothing: the same shapes, every matrix drawn anew with the deviation that it
// had; its norms and all other files are the package's. Must never be another one at the next run: the numbers follow from the
// tensors' names.
import { createCipheriv, createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { dequantize, parseGguf, type Gguf, type GgufTensor } from '../../functions/engine/gguf.ts';
import { floatToHalf, halfBytes } from '../../functions/engine/half.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { readDecoderShape } from '../../functions/llm/decoder-graph.ts';
import { changePackage, type ChangedPackage } from './changed-package.ts';

const weightsName = 'random.gguf';

/** In a folder that goes when it is disposed. */
export interface RandomLanguageModel extends ChangedPackage {
  /** For repacked weights. */
  readonly cacheFolder: string;
}

/** @param own whose shapes it takes */
export async function makeRandomLanguageModel(own: ModelPackage): Promise<RandomLanguageModel> {
  const weights = await readFile(own.file(own.manifest.lm.weights));
  scramble(parseGguf(weights));
  const changed = await changePackage(
    own,
    (manifest) => ({ ...manifest, lm: { ...manifest.lm, weights: weightsName } }),
    { [weightsName]: weights },
  );
  return { ...changed, cacheFolder: path.join(changed.model.folder, 'weights') };
}

/** In place: tensors are views into the file. */
function scramble(gguf: Gguf): void {
  const matrices = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'];
  const { layers } = readDecoderShape(gguf);
  const blocks = Array.from({ length: layers }, (_, l) => matrices.map((name) => `blk.${l}.${name}.weight`));
  for (const name of ['token_embd.weight', ...blocks.flat()]) drawAnew(gguf.tensor(name));
}

/** Deviations of numbers that are drawn evenly from 2ⁿ steps. */
const deviationOf16 = Math.sqrt((16 ** 2 - 1) / 12);
const deviationOf256 = Math.sqrt((256 ** 2 - 1) / 12);

/** Evenly around 0. */
export function drawAnew(tensor: GgufTensor): void {
  const { name, format, bytes } = tensor;
  const deviation = deviationOf(dequantize(tensor));
  bytes.set(randomBytes(name, bytes.length));
  switch (format) {
    case 'Q4_1': {
      const step = deviation / deviationOf16;
      const head = halfBytes(floatToHalf(Float32Array.of(step, -7.5 * step)));
      for (let at = 0; at < bytes.length; at += 20) bytes.set(head, at);
      return;
    }
    case 'Q8_0': {
      const head = halfBytes(floatToHalf(Float32Array.of(deviation / deviationOf256)));
      for (let at = 0; at < bytes.length; at += 34) bytes.set(head, at);
      return;
    }
    case 'F32': {
      const words = new Uint32Array(Uint8Array.from(bytes).buffer);
      const width = deviation * Math.sqrt(12);
      bytes.set(new Uint8Array(Float32Array.from(words, (word) => (word / 2 ** 32 - 0.5) * width).buffer));
    }
  }
}

function deviationOf(values: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return Math.sqrt(squares / values.length - (sum / values.length) ** 2);
}

/** AES in counter mode over zeros: hundreds of megabytes a second. */
function randomBytes(name: string, length: number): Uint8Array {
  const key = createHash('sha256').update(name).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
