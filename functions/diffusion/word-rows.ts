// Embedding rows of the language model, scaled as the text tower was trained: divided by the deviation of the whole
// table. Must never keep the table: a text needs at most a few dozen rows, so they are read from the file.
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../core/app-error.ts';
import { dequantize, parseGguf, type GgufTensor } from '../engine/gguf.ts';

export interface WordRows extends AsyncDisposable {
  /** Rows of these ids in order: (ids, E), flattened. */
  readonly read: (ids: readonly number[]) => Promise<Float32Array>;
}

const tensorName = 'token_embd.weight';
/** Rows between two turns of the event loop while the table is measured: about 2 ms. */
const rowsPerTurn = 512;

/** @throws {AppError} MODEL_UNAVAILABLE when the file is no GGUF with a token embedding */
export async function openWordRows(path: string): Promise<WordRows> {
  const table = parseGguf(await readFile(path)).tensor(tensorName);
  const deviation = await deviationOf(table);
  const { format, shape } = table;
  const [count, width] = shape as readonly [number, number];
  const start = table.bytes.byteOffset;
  const rowBytes = table.bytes.byteLength / count;
  const file: FileHandle = await open(path);

  return {
    read: async (ids) => {
      const bytes = new Uint8Array(ids.length * rowBytes);
      for (const [i, id] of ids.entries()) {
        const row = bytes.subarray(i * rowBytes, (i + 1) * rowBytes);
        const { bytesRead } = await file.read(row, 0, rowBytes, start + id * rowBytes);
        if (bytesRead < rowBytes) throw new AppError('MODEL_UNAVAILABLE', `${path} became shorter while it was open`);
      }
      const rows = dequantize({ name: tensorName, shape: [ids.length, width], format, bytes });
      return rows.map((x) => x / deviation); // (ids, E)
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** Standard deviation over all elements, with n − 1 as PyTorch computes it. */
async function deviationOf(table: GgufTensor): Promise<number> {
  const rows = table.shape[0]!;
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let from = 0; from < rows; from += rowsPerTurn) {
    const chunk = dequantize(table, from, Math.min(rows, from + rowsPerTurn));
    for (const x of chunk) {
      sum += x;
      squares += x * x;
    }
    count += chunk.length;
    await setImmediate();
  }
  return Math.sqrt((squares - (sum * sum) / count) / (count - 1));
}
