// Logits of an engine that runs in a process of its own: a line of token ids goes in, float32 logits of all their positions come out. Must
// hold no more than one text's logits, which are a hundred megabytes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Ids of a text, and so the most positions that an engine needs. */
export const windowTokens = 512;

/** The engine's side: answers each text until no more come. @param read logits behind each id, shape (ids, V) */
export async function serveLogits(read: (ids: readonly number[]) => Promise<Float32Array>): Promise<never> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { buffer, byteOffset, byteLength } = await read(JSON.parse(line) as number[]);
    if (!process.stdout.write(new Uint8Array(buffer, byteOffset, byteLength))) await once(process.stdout, 'drain');
  }
  process.exit(0); // the engine's threads would keep the process
}

export interface LogitsPipe extends Disposable {
  readonly read: (ids: readonly number[]) => Promise<Float32Array>;
}

/** The asking side. @param command a script that serves logits, with its arguments */
export function openLogitsPipe(command: readonly string[], vocabulary: number): LogitsPipe {
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  return {
    read: async (ids) => {
      child.stdin.write(`${JSON.stringify(ids)}\n`);
      const bytes = new Uint8Array(ids.length * vocabulary * 4);
      for (let at = 0; at < bytes.length;) {
        const { value, done } = await chunks.next();
        if (done) throw new Error(`${command.join(' ')} ended after ${at} of ${bytes.length} bytes`);
        bytes.set(value, at);
        at += value.length;
      }
      return new Float32Array(bytes.buffer);
    },
    [Symbol.dispose]: () => child.kill(),
  };
}
