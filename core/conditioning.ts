// What pictures are drawn from, compared: whether one says anything that the other does not. A picture that changes another begins
// with its noise, and must never come out the same where somebody asked for another one.
import { toVector } from './embedding.ts';
import type { WireTensor } from './function-contract.ts';

/** A token says something else when it differs by more than this share of its mean square; two wordings of a scene differ by less. */
const differs = 0.1;

/** Whether any token of `now` says something else than that of `then`; both (L, C), and whatever is not comparable differs. */
export function saysOtherThings(now: WireTensor, then: WireTensor): boolean {
  const [a, b] = [toVector(now.fp16), toVector(then.fp16)];
  const width = now.shape.at(-1) ?? 0;
  if (a.length !== b.length || !(width > 0) || a.length % width !== 0) return true;
  for (let from = 0; from < a.length; from += width) {
    let [apart, size] = [0, 0];
    for (let i = from; i < from + width; i++) {
      apart += (a[i]! - b[i]!) ** 2;
      size += b[i]! ** 2;
    }
    if (apart > differs * size) return true;
  }
  return false;
}
