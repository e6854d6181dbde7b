// Which earlier picture a message means, how many it asks for, and which words are of which, by its words and those that each picture
// was asked for with (training/networks/pointer.py). Must never need what the language model makes of them: it reads words, and is asked beside it.
import { AppError } from '../../core/app-error.ts';
import { calmText } from '../engine/calm-text.ts';
import { halfToFloat } from '../engine/half.ts';
import type { GgufTensor } from '../engine/gguf.ts';
import { createTensor, openSession } from '../engine/onnx-runtime.ts';
import { readSafetensors } from '../engine/safetensors.ts';
import type { Turns } from '../engine/turns.ts';
import { embeddingRow } from './decoder-graph.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { buildPointer, pointerTables, readPointerShape } from './pointer-graph.ts';

/** A picture of the dialogue by what was said before it. */
export interface AskedPicture {
  /** Of the message that it answers. */
  readonly words: string;
  /** Its place among the pictures of that answer, from 0 on. */
  readonly nth: number;
}

/** What a message asks for. */
export interface Wish {
  /** Shares of one: none of the pictures is meant, then each of the newest `most`. */
  readonly shares: readonly number[];
  /** Pictures that are wanted, one at least. */
  readonly count: number;
  /** Of several: what is said of each, and of all. */
  readonly parts: readonly string[];
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
  tokenizer: Pick<TextTokenizer, 'encodeText' | 'bytesOf'>,
  turns: Turns,
): Promise<Pointer> {
  const { encodeText, bytesOf } = tokenizer;
  const weights = await readSafetensors(path);
  const { embedding, width, most: mostCounted } = readPointerShape(weights);
  if (embeddings.shape[1] !== embedding)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${path} reads rows of ${embedding}, those of the language model have ${embeddings.shape[1]}`,
    );
  const [begin, word, first, last, nth] = pointerTables.map((name) => {
    const { type, shape, data } = weights.get(name)!;
    if (type !== 'float16') throw new AppError('MODEL_UNAVAILABLE', `${path}: "${name}" is ${type}, not float16`);
    return { rows: shape[0]!, values: halfToFloat(data) };
  }) as [Table, Table, Table, Table, Table];
  const session = await openSession(buildPointer(weights));
  /** What some of the ids say: neighbours as they stood, others with a space between. */
  const textOf = (ids: readonly number[], isIn: readonly boolean[]): string => {
    const runs: number[][] = [];
    for (const [i, id] of ids.entries()) {
      if (!isIn[i]) continue;
      if (!isIn[i - 1]) runs.push([]);
      runs.at(-1)!.push(...bytesOf(id));
    }
    return runs.map((run) => new TextDecoder().decode(Uint8Array.from(run)).trim()).join(' ').trim(); // prettier-ignore
  };
  const most = first.rows - 1;
  const mostWords = word.rows - 1;

  /** A segment: what begins it, then its words. */
  const segmentOf = (text: string, marks: readonly [Table, number][], beginsWith: number): Word[] => [
    { id: undefined, marks: [[begin, beginsWith], [word, 0], ...marks] },
    ...encodeText(calmText(text))
      .slice(0, mostWords)
      .map((id, i): Word => ({ id, marks: [[begin, 0], [word, i + 1], ...marks] })),
  ];

  return {
    most,
    point: async (message, pictures, signal) => {
      const newest = pictures.slice(-most);
      const segments = [
        segmentOf(message, [[first, 0], [last, 0], [nth, 0]], 1), // prettier-ignore
        ...newest.map(
          (picture, i) =>
          segmentOf(picture.words, [[first, i + 1], [last, newest.length - i], [nth, Math.min(picture.nth, nth.rows - 1)]], 2), // prettier-ignore
        ),
      ];
      const words = segments.flat();
      const rows = new Float32Array(words.length * embedding); // (T, E)
      const places = new Float32Array(words.length * width); // (T, C)
      for (const [t, { id, marks }] of words.entries()) {
        if (id !== undefined) rows.set(embeddingRow(embeddings, id), t * embedding);
        for (const [table, row] of marks)
          for (let c = 0; c < width; c++) places[t * width + c]! += table.values[row * width + c]!;
      }
      const [scores, counts, parts] = await turns.text(async () => {
        using input = createTensor('float32', [1, words.length, embedding], rows);
        using added = createTensor('float32', [1, words.length, width], places);
        using scored = createTensor('float32', [1, words.length, 1]);
        using counted = createTensor('float32', [1, words.length, mostCounted]);
        using parted = createTensor('float32', [1, words.length, mostCounted + 2]);
        await session.run({ rows: input, places: added }, { scores: scored, counts: counted, parts: parted }, signal);
        return [scored.data.slice(), counted.data.slice(0, mostCounted), parted.data.slice()] as const;
      });
      let at = 0;
      const logits = segments.map((segment) => {
        const logit = scores[at]!;
        at += segment.length;
        return logit;
      });
      const count = 1 + largest(counts);
      const ids = segments[0]!.slice(1).map(({ id }) => id!);
      const partOf = ids.map((_, i) =>
        largest(parts.subarray((i + 1) * (mostCounted + 2), (i + 2) * (mostCounted + 2))),
      );
      const own = (picture: number): string => textOf(ids, partOf.map((part) => part === picture || part === mostCounted + 1)); // prettier-ignore
      return { shares: softmax(logits), count, parts: count === 1 ? [] : Array.from({ length: count }, (_, n) => own(n + 1)) }; // prettier-ignore
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

interface Table {
  readonly rows: number;
  /** Shape (rows, C). */
  readonly values: Float32Array;
}

/** One item of the input: a word, or what begins a segment; and the rows of tables that are added to it. */
interface Word {
  readonly id: number | undefined;
  readonly marks: readonly (readonly [Table, number])[];
}

const largest = (values: Float32Array): number => values.indexOf(Math.max(...values));

function softmax(logits: readonly number[]): readonly number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
