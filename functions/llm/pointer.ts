// Which earlier picture a message means, how many it asks for, and which words are of which, by its words and those that each picture
// was asked for with (training/networks/pointer.py). Must never need what the language model makes of them: it reads words, and is
// asked before it.
import { AppError } from '../../core/app-error.ts';
import { calmText } from '../engine/calm-text.ts';
import type { GgufTensor } from '../engine/gguf.ts';
import { halfToFloat } from '../engine/half.ts';
import { createTensor, openSession } from '../engine/onnx-runtime.ts';
import { readSafetensors } from '../engine/safetensors.ts';
import type { Turns } from '../engine/turns.ts';
import { embeddingRow } from './decoder-graph.ts';
import { buildPointer, pointerTables, readPointerShape } from './pointer-graph.ts';
import { layOutPointer, saidRows, type AskedPicture, type Words } from './pointer-input.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { readParts, type WishParts } from './wish-parts.ts';

/** What a message asks for. */
export interface Wish extends WishParts {
  /** Shares of one: none of the pictures is meant, then each of the newest `most`. */
  readonly shares: readonly number[];
}

export interface Pointer extends AsyncDisposable {
  /** Pictures among which one is meant; of more the newest count. */
  readonly most: number;
  /** @param pictures oldest first @throws the signal's reason */
  readonly point: (message: string, pictures: readonly AskedPicture[], signal: AbortSignal) => Promise<Wish>;
}

/**
 * @param embeddings of the language model, shape (V, E) @param tokenizer of the same vocabulary @param turns which others of the process take as well
 * @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it
 */
export async function openPointer(
  path: string,
  embeddings: GgufTensor,
  { encodeText, bytesOf }: Pick<TextTokenizer, 'encodeText' | 'bytesOf'>,
  turns: Turns,
): Promise<Pointer> {
  const weights = await readSafetensors(path);
  const { embedding, width, most: mostCounted } = readPointerShape(weights);
  if (embeddings.shape[1] !== embedding)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${path} reads rows of ${embedding}, those of the language model have ${embeddings.shape[1]}`,
    );
  const tables = pointerTables.map((name) => {
    const { type, shape, data } = weights.get(name)!;
    if (type !== 'float16') throw new AppError('MODEL_UNAVAILABLE', `${path}: "${name}" is ${type}, not float16`);
    return { count: shape[0]!, values: halfToFloat(data) }; // (count, C)
  });
  checkTables(path, tables.map(({ count }) => count)); // prettier-ignore
  const [mostWords, most, mostInReply] = [1, 2, 4].map((table) => tables[table]!.count - 1) as [number, number, number];
  const session = await openSession(buildPointer(weights));

  const wordsOf = (text: string): Words & { readonly pieces: readonly Uint8Array[]; readonly isCut: boolean } => {
    const all = encodeText(calmText(text));
    const ids = all.slice(0, mostWords);
    const pieces = ids.map(bytesOf);
    const names = pieces.map((piece) => new TextDecoder().decode(piece).trim().toLowerCase());
    return { ids, names, pieces, isCut: all.length > ids.length };
  };

  return {
    most,
    point: async (message, pictures, signal) => {
      const asked = wordsOf(message);
      const newest = pictures.slice(-most);
      const segments = layOutPointer(
        asked,
        newest.map(({ words, nth }) => ({ ...wordsOf(words), nth: Math.min(nth, mostInReply) })),
      );
      const items = segments.flat();
      const rows = new Float32Array(items.length * embedding); // (T, E)
      const places = new Float32Array(items.length * width); // (T, C)
      for (const [t, item] of items.entries()) {
        if (item.id !== undefined) rows.set(embeddingRow(embeddings, item.id), t * embedding);
        for (const [table, row] of item.rows.entries())
          for (let c = 0; c < width; c++) places[t * width + c]! += tables[table]!.values[row * width + c]!;
      }
      const outputs = [1, mostCounted, mostCounted + 2] as const;
      const [scores, counts, parts] = await turns.text(async () => {
        using input = createTensor('float32', [1, items.length, embedding], rows);
        using added = createTensor('float32', [1, items.length, width], places);
        using scored = createTensor('float32', [1, items.length, outputs[0]]);
        using counted = createTensor('float32', [1, items.length, outputs[1]]);
        using parted = createTensor('float32', [1, items.length, outputs[2]]);
        await session.run({ rows: input, places: added }, { scores: scored, counts: counted, parts: parted }, signal);
        return [scored.data.slice(), counted.data.slice(0, mostCounted), parted.data.slice()] as const;
      });
      const begins = segments.map((_, i) => segments.slice(0, i).reduce((sum, { length }) => sum + length, 0));
      const of = asked.ids.map((_, i) => largest(parts.subarray((i + 1) * outputs[2], (i + 2) * outputs[2])));
      return {
        shares: softmax(begins.map((at) => scores[at]!)),
        ...readParts(1 + largest(counts), { text: message, ...asked, of, all: mostCounted + 1 }),
      };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Every row that an input asks for is there. @throws {AppError} MODEL_UNAVAILABLE */
function checkTables(path: string, [begin, word, first, last, nth, said]: readonly number[]): void {
  if (begin === 3 && word! > 1 && first! > 1 && last === first && nth! > 0 && said === saidRows) return;
  throw new AppError('MODEL_UNAVAILABLE', `${path}: the rows of ${pointerTables.join(', ')} do not fit each other`);
}

const largest = (values: Float32Array): number => values.indexOf(Math.max(...values));

function softmax(logits: readonly number[]): readonly number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
