// Which positions of a cache a prompt can keep. Must never keep what another way of computing would have given: int8
// rounding amplifies the last bit, so positions are kept in whole passes, as the prompt itself would have computed them.
import { chunkItems, type DecoderSlot } from './decoder.ts';
import { copyPositions } from './kv-cache.ts';
import { sameItem, type PromptItem } from './prompt.ts';

/** Passes are counted from the end of the package's prefix, or from 0 in a prompt that begins otherwise. */
function firstPass(prefix: readonly PromptItem[], prompt: readonly PromptItem[]): number {
  return commonItems(prefix, prompt) === prefix.length ? prefix.length : 0;
}

/** How many positions of the slot serve the prompt. The last pass is never among them, since its logits are wanted. */
export function keptPositions(slot: DecoderSlot, prefix: DecoderSlot, prompt: readonly PromptItem[]): number {
  const first = firstPass(prefix.items, prompt);
  const common = Math.min(commonItems(slot.items, prompt), prompt.length - 1);
  return common < first ? 0 : first + Math.floor((common - first) / chunkItems) * chunkItems;
}

/**
 * Leaves in the slot what the prompt can keep, and gives it a copy of the prefix if it holds less.
 * @returns the positions that need not be computed
 */
export function preparePositions(slot: DecoderSlot, prefix: DecoderSlot, prompt: readonly PromptItem[]): number {
  slot.items.length = keptPositions(slot, prefix, prompt);
  const first = firstPass(prefix.items, prompt);
  if (slot.items.length < first) {
    copyPositions(prefix.cache, slot.cache, first);
    slot.items.splice(0, Infinity, ...prefix.items);
  }
  return slot.items.length;
}

/** The slot that keeps the most; of equals the one that would lose least. */
export function closestSlot(
  free: readonly DecoderSlot[],
  prefix: DecoderSlot,
  prompt: readonly PromptItem[],
): DecoderSlot {
  return free.reduce((best, slot) => {
    const gain = keptPositions(slot, prefix, prompt) - keptPositions(best, prefix, prompt);
    return gain > 0 || (gain === 0 && slot.items.length < best.items.length) ? slot : best;
  });
}

function commonItems(a: readonly PromptItem[], b: readonly PromptItem[]): number {
  const most = Math.min(a.length, b.length);
  for (let i = 0; i < most; i++) if (!sameItem(a[i]!, b[i]!)) return i;
  return most;
}
