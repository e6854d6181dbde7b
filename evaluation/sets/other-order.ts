// Controls need a wrong order that is the same at every run. Must never give back the order it got.
import { createHash } from 'node:crypto';
import { philox } from '../../functions/engine/noise.ts';

/** @param values two or more @param name decides the order */
export function inOtherOrder<T>(values: readonly T[], name: string): T[] {
  const out = [...values];
  const key = createHash('sha256').update(name).digest().readUInt32LE();
  for (let i = out.length - 1; i > 0; i--) {
    const [word] = philox([i, 0, 0, 0], [key, 0]);
    const j = word % (i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out.every((value, i) => value === values[i]) ? [...out.slice(1), out[0]!] : out;
}
