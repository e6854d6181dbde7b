// Keys, values and states of prompts that were read, kept in blocks so that a later prompt with the same beginning copies instead
// of computing: the next turn of a conversation, a branch of it, another reply to the same message. Blocks form a
// tree, so what conversations share is kept once. Must never keep a position that was computed in another way than a prompt
// computes it, and never more bytes than its budget.
import type { KvArena } from './kv-arena.ts';
import type { PromptItem } from './prompt.ts';

export interface KeptPositions {
  /** Copies the longest kept beginning of `items` into a slot, but at most `limit` positions. @returns how many */
  readonly restore: (slot: number, items: readonly PromptItem[], limit: number) => Promise<number>;
  /** Keeps the first positions of a slot, which hold `items`; a rest that fills no block is left out. */
  readonly keep: (slot: number, items: readonly PromptItem[]) => Promise<void>;
  readonly bytes: () => number;
}

/** Positions of a block: what a later prompt may have to compute again at most, less one. */
export const blockItems = 16;
/** Blocks copied before other work of the process gets its turn: about a millisecond. */
const blocksPerTurn = 8;

interface Block {
  readonly parent: Block | undefined;
  readonly key: string;
  readonly children: Map<string, Block>;
  readonly copy: Float32Array;
}

/** @param budgetBytes when it is full, the blocks that were unused for longest go, from the ends of their branches */
export function createKeptPositions(arena: KvArena, budgetBytes: number): KeptPositions {
  const roots = new Map<string, Block>();
  /** From the longest unused to the newest; a parent is never older than its children. */
  const byUse = new Set<Block>();
  let bytes = 0;

  const keyOf = (items: readonly PromptItem[], block: number): string =>
    items
      .slice(block * blockItems, (block + 1) * blockItems)
      .map((item) => (typeof item === 'number' ? item : item.key))
      .join();
  const find = (items: readonly PromptItem[], blocks: number): Block[] => {
    const path: Block[] = [];
    for (let i = 0; i < blocks; i++) {
      const block = (path.at(-1)?.children ?? roots).get(keyOf(items, i));
      if (!block) break;
      path.push(block);
    }
    return path;
  };
  const touch = (path: readonly Block[]): void => {
    for (const block of path.toReversed()) {
      byUse.delete(block);
      byUse.add(block);
    }
  };
  /** @returns whether there is room for so many bytes more; what `path` holds is not given up for it */
  const makeRoom = (wanted: number, path: ReadonlySet<Block>): boolean => {
    for (const block of byUse) {
      if (bytes + wanted <= budgetBytes) return true;
      if (block.children.size > 0 || path.has(block)) continue;
      byUse.delete(block);
      (block.parent?.children ?? roots).delete(block.key);
      bytes -= block.copy.byteLength;
    }
    return bytes + wanted <= budgetBytes;
  };

  return {
    restore: async (slot, items, limit) => {
      const path = find(items, Math.floor(Math.min(items.length, limit) / blockItems));
      touch(path);
      for (const [i, { copy }] of path.entries()) {
        arena.write(slot, i * blockItems, blockItems, copy);
        if ((i + 1) % blocksPerTurn === 0) await eventLoopTurn();
      }
      return path.length * blockItems;
    },
    keep: async (slot, items) => {
      const blocks = Math.floor(items.length / blockItems);
      const path = find(items, blocks);
      const onPath = new Set(path);
      for (let i = path.length; i < blocks; i++) {
        const parent = path.at(-1);
        const key = keyOf(items, i);
        const copy = arena.read(slot, i * blockItems, blockItems);
        const block: Block = { parent, key, children: new Map(), copy };
        if (!makeRoom(block.copy.byteLength, onPath)) break;
        bytes += block.copy.byteLength;
        (parent?.children ?? roots).set(key, block);
        path.push(block);
        onPath.add(block);
        byUse.add(block);
        if ((i + 1) % blocksPerTurn === 0) await eventLoopTurn();
      }
      touch(path);
    },
    bytes: () => bytes,
  };
}

const eventLoopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
