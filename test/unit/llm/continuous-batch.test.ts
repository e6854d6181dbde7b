// The rounds of the engine over a stand-in network whose next token is a function of everything its slot holds: a
// position lost, moved, shared wrongly or read twice changes the reply.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Observation } from '../../../core/observation.ts';
import { createTurns } from '../../../functions/engine/turns.ts';
import { createContinuousBatch, type Feed, type ToldSpans } from '../../../functions/llm/continuous-batch.ts';
import type { Decoder } from '../../../functions/llm/decoder.ts';
import { createKeptPositions } from '../../../functions/llm/kept-positions.ts';
import { createKvArena, type KvArena } from '../../../functions/llm/kv-arena.ts';
import type { PromptItem } from '../../../functions/llm/prompt.ts';

const never = new AbortController().signal;
const vocabulary = 97;
const shape = {
  layers: 1,
  keyValueHeads: 1,
  headWidth: 1,
  width: 1,
  heads: 1,
  hiddenWidth: 1,
  vocabulary,
  ropeBase: 1,
  normEpsilon: 1,
  trainedTokens: 256,
};
const add = (hash: number, value: number): number => (hash * 31 + value + 7) % 9973;
const tokenOf = (hash: number): number => hash % vocabulary;

type Pass =
  | { readonly kind: 'read'; readonly slot: number; readonly items: number }
  | { readonly kind: 'step'; readonly slots: readonly number[] };

/**
 * @param beforeStep runs before each batched pass and may make it fail
 * @param positions of all slots together; default: all of every slot
 * @param capacity of a slot
 */
function createWorld(
  slots: number,
  keptBytes = 1e6,
  beforeStep: (passes: readonly Pass[]) => void = () => undefined,
  positions?: number,
  capacity = 256,
) {
  const passes: Pass[] = [];
  const forgotten: { readonly slot: number; readonly first: number }[] = [];
  const real = createKvArena(shape, slots, capacity);
  const arena: KvArena = {
    ...real,
    // what was given back reads as something else
    forget: async (slot, first) => {
      forgotten.push({ slot, first });
      await turn();
      arena.write(slot, first, capacity - first, new Float32Array(3 * (capacity - first)).fill(-1));
    },
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const put = (slot: number, length: number, items: readonly PromptItem[]): Float32Array => {
    const values = items.map((item) => (typeof item === 'number' ? item : item.values[0]!));
    arena.write(slot, length, items.length, Float32Array.from([...values, ...values, ...values])); // key, value, state
    const total = length + items.length;
    const hash = arena.read(slot, 0, total).subarray(0, total).reduce(add, 1);
    const logits = new Float32Array(vocabulary);
    logits[tokenOf(hash)] = 1;
    return logits;
  };
  /** Written over by the next pass, as the network's are. */
  const states = new Float32Array(256);
  /** A state is what its position holds, so that it tells where it was read. */
  const statesOf = (items: readonly PromptItem[]): Float32Array => {
    states.set(items.map((item) => (typeof item === 'number' ? item : item.values[0]!)));
    return states.subarray(0, items.length);
  };
  const decoder: Decoder = {
    arena,
    read: async (slot, length, items, signal) => {
      passes.push({ kind: 'read', slot, items: items.length });
      await turn();
      signal.throwIfAborted();
      return { logits: put(slot, length, items), states: statesOf(items) };
    },
    step: async (rows) => {
      beforeStep(passes);
      passes.push({ kind: 'step', slots: rows.map(({ length }) => length) });
      await turn();
      const logits = rows.map(({ item, length }, slot) => put(slot, length, [item]));
      return { logits, states: statesOf(rows.map(({ item }) => item)) };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const kept = createKeptPositions(arena, keptBytes);
  /** Positions that active replies hold, after each round. */
  const held: number[] = [];
  const observe = (seen: Observation): void => {
    if (seen.kind === 'slots') held.push(seen.positions);
  };
  const batch = createContinuousBatch(decoder, kept, createTurns(), { observe, ...(positions && { positions }) });
  /** @param pictureAt rows are read behind so many tokens of this attempt */
  const write = async (
    prompt: readonly PromptItem[],
    tokens: number,
    {
      written = [] as readonly number[],
      pictureAt = undefined as number | undefined,
      told: spans = undefined as ToldSpans | undefined,
      signal = never,
      onToken = (_: number): void => undefined,
    } = {},
  ): Promise<{
    tokens: number[];
    cached: number;
    states: Float32Array[];
    told: Float32Array[];
    opening: number;
  }> => {
    const reply: number[] = [];
    const states: Float32Array[] = [];
    const told: Float32Array[] = [];
    let cached = -1;
    let opening = -1;
    const onStates = async (found: Float32Array, before: Float32Array): Promise<void> => {
      await turn();
      states.push(found);
      told.push(before);
    };
    const rows = { rows: picture, onStates };
    let isOver = false;
    const next = (logits: Float32Array): readonly Feed[] => {
      if (isOver) return [];
      const token = logits.indexOf(1);
      reply.push(token);
      onToken(reply.length);
      isOver = reply.length === tokens;
      return [...(reply.length === pictureAt ? [rows] : []), ...(isOver ? [] : [token])];
    };
    const request = {
      prompt,
      written,
      told: spans,
      positions: prompt.length + written.length + tokens + (pictureAt === undefined ? 0 : picture.length),
      onAdmitted: (count: number) => (cached = count),
      onRead: (state: Float32Array) => (opening = state[0]!),
      next,
    };
    await batch.serve(request, signal);
    return { tokens: reply, cached, states, told, opening };
  };
  return { passes, kept, forgotten, held, write };
}

/** Rows of values that no token has. */
const picture: readonly PromptItem[] = [200, 201, 202].map((value) => ({
  key: `${value}`,
  values: Float32Array.of(value),
}));

/** What the stand-in network says when it is alone. */
function expected(prompt: readonly number[], tokens: number): number[] {
  let hash = prompt.reduce(add, 1);
  return Array.from({ length: tokens }, (_, i) => {
    if (i > 0) hash = add(hash, tokenOf(hash));
    return tokenOf(hash);
  });
}
/** Every other piece of what the cuts leave of a prompt; the last ends with it. */
function spansOf(cuts: readonly number[], length: number): ToldSpans['spans'] {
  const ends = [...new Set(cuts.filter((at) => at < length))].sort((a, b) => a - b);
  const pieces = [0, ...ends].map((from, i) => ({ from, to: ends[i] ?? length }));
  return pieces.filter((_, i) => (pieces.length - i) % 2 === 1);
}
const prompt = (length: number, salt = 0): number[] => Array.from({ length }, (_, i) => (i * 7 + salt) % vocabulary);

describe('a round', () => {
  test('tells rows of the states before them, whether those were read for this reply or kept', async () => {
    const world = createWorld(1);
    const items = prompt(60);
    const own = expected(items, 8);
    const told = { spans: [{ from: 5, to: 9 }, { from: 20, to: 60 }], most: 100 }; // prettier-ignore
    const first = await world.write(items, 8, { pictureAt: 3, told });
    const said = [...items.slice(5, 9), ...items.slice(20), ...own.slice(0, 2)];
    assert.deepEqual(first.told, [Float32Array.from(said)]);
    const again = await world.write(items, 8, { pictureAt: 3, told });
    assert.deepEqual([again.cached, again.told], [48, first.told]);
    const last = await world.write(items, 8, { pictureAt: 8, told: { ...told, most: 49 } });
    assert.deepEqual(last.told, [Float32Array.from([...items.slice(7, 9), ...items.slice(20), ...own.slice(0, 7)])]);
    const none = await world.write(items, 8, { pictureAt: 3 });
    assert.deepEqual(none.told, [new Float32Array()]);
    for (const { tokens } of [first, again, last, none]) assert.deepEqual(tokens, own);
  });

  test('gives every reply its own words, whoever else is served, cancelled or reused', async () => {
    const ask = fc.record({
      prefix: fc.integer({ min: 0, max: 2 }),
      length: fc.integer({ min: 2, max: 120 }),
      tokens: fc.integer({ min: 1, max: 20 }),
      cancelAt: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
      written: fc.integer({ min: 0, max: 3 }),
      pictureAt: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      told: fc.option(
        fc.record({ cuts: fc.array(fc.nat(119), { maxLength: 5 }), most: fc.integer({ min: 1, max: 90 }) }),
        { nil: undefined },
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(ask, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 160, max: 600 }),
        async (asks, slots, keptBytes, positions) => {
          const world = createWorld(slots, keptBytes, undefined, positions);
          const reason = new Error('cancelled');
          const results = await Promise.all(
            asks.map(async ({ prefix, length, tokens, cancelAt, written, pictureAt, told: asked }) => {
              const items = prompt(length, prefix);
              const told = asked && { spans: spansOf(asked.cuts, length), most: asked.most };
              const controller = new AbortController();
              const whole = expected(items, written + tokens);
              const onToken = (count: number): void => {
                if (count === cancelAt) controller.abort(reason);
              };
              const options = { written: whole.slice(0, written), pictureAt, told, signal: controller.signal, onToken };
              try {
                const reply = await world.write(items, tokens, options);
                assert.equal(reply.opening, items.at(-1), 'the state at the end of the prompt');
                const isIn = pictureAt !== undefined && pictureAt <= tokens;
                assert.deepEqual(reply.states, isIn ? [Float32Array.of(200, 201, 202)] : []);
                const before = [
                  ...(told?.spans ?? []).flatMap(({ from, to }) => items.slice(from, to)),
                  ...whole.slice(0, written + (pictureAt ?? 0) - 1),
                ];
                const wanted = told ? before.slice(-told.most) : [];
                assert.deepEqual(reply.told, isIn ? [Float32Array.from(wanted)] : []);
                return [reply.tokens, whole.slice(written)];
              } catch (thrown) {
                return [thrown, reason];
              }
            }),
          );
          for (const [actual, wanted] of results) assert.deepEqual(actual, wanted);
          assert.ok(world.kept.bytes() <= keptBytes);
          assert.ok(world.held.every((count) => count <= positions));
          // a pass of one item would take another kernel than the one that is reused
          assert.ok(world.passes.every((pass) => pass.kind === 'step' || pass.items > 1));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('delays tokens by one chunk at most, and reads prompts in turn', async () => {
    const world = createWorld(4);
    const writing = world.write(prompt(10), 30);
    const long = world.write(prompt(200, 1), 1);
    const short = world.write(prompt(40, 2), 1);
    await Promise.all([writing, long, short]);
    const order = world.passes.map((pass) => (pass.kind === 'step' ? 'step' : `${pass.slot}:${pass.items}`));
    const firstStep = order.indexOf('step');
    for (let i = firstStep; i + 1 < order.lastIndexOf('step'); i++)
      assert.ok(order[i] === 'step' || order[i + 1] === 'step', `two chunks in a row: ${order.join(' ')}`);
    const chunks = world.passes.filter((pass) => pass.kind === 'read');
    assert.ok(chunks.every(({ items }) => items <= 32));
    const slotOrder = chunks.map(({ slot }) => slot);
    assert.deepEqual(slotOrder.slice(0, 5), [0, 1, 2, 1, 2], 'the short prompt waited for the whole long one');
  });

  test('reads a long prompt beside others in smaller pieces the further it is', async () => {
    const world = createWorld(2, 0, undefined, undefined, 8192);
    const long = prompt(6500, 1);
    const [, reply] = await Promise.all([world.write(prompt(10), 600), world.write(long, 1)]);
    assert.deepEqual(reply.tokens, expected(long, 1));
    const chunks = world.passes.flatMap((pass) => (pass.kind === 'read' && pass.slot === 1 ? [pass.items] : []));
    assert.deepEqual(
      chunks,
      chunks.toSorted((a, b) => b - a),
    );
    assert.deepEqual([chunks[0], chunks.at(-2)], [32, 8]);
  });

  test('decodes all replies in one pass, and closes the gap that one leaves', async () => {
    const world = createWorld(3);
    await Promise.all([world.write(prompt(4), 5), world.write(prompt(5, 1), 12), world.write(prompt(6, 2), 12)]);
    const sizes = world.passes.flatMap((pass) => (pass.kind === 'step' ? [pass.slots.length] : []));
    assert.equal(Math.max(...sizes), 3);
    assert.equal(sizes.at(-2), 2, 'the free slot was computed to the end');
  });
});

describe('who waits', () => {
  test('is served in order, and one that is cancelled takes no slot', async () => {
    const world = createWorld(1);
    const order: string[] = [];
    const note = (name: string) => (): void => void order.push(name);
    const controller = new AbortController();
    const first = world.write(prompt(5), 3, { onToken: note('a') });
    const second = world.write(prompt(6), 1, { signal: controller.signal, onToken: note('b') });
    const third = world.write(prompt(7), 1, { onToken: note('c') });
    const reason = new Error('gone');
    controller.abort(reason);
    await assert.rejects(second, reason);
    await Promise.all([first, third]);
    assert.deepEqual(order, ['a', 'a', 'a', 'c']);
    await assert.rejects(world.write(prompt(3), 1, { signal: AbortSignal.abort(reason) }), reason);
  });

  test('for memory is not passed by, and what replies before have used is given back', async () => {
    const world = createWorld(3, 0, undefined, 300);
    const order: string[] = [];
    const note = (name: string) => (): void => void order.push(name);
    const [first, second] = [
      world.write(prompt(100), 20, { onToken: note('a') }), // 120 positions
      world.write(prompt(100, 1), 20, { onToken: note('b') }),
    ];
    const long = world.write(prompt(200, 2), 2, { onToken: note('long') });
    const short = world.write(prompt(4, 3), 2, { onToken: note('short') });
    const replies = await Promise.all([first, second, long, short]);
    assert.deepEqual(replies[2].tokens, expected(prompt(200, 2), 2));
    assert.ok(order.indexOf('long') > order.lastIndexOf('a'), order.join(' '));
    assert.ok(order.indexOf('short') > order.lastIndexOf('a'), 'passed one by that waits for memory');
    assert.ok(Math.max(...world.held) <= 300);
    assert.ok(
      world.forgotten.some(({ slot, first }) => slot === 1 && first <= 6),
      'the second slot kept its memory beside 202 positions of the first',
    );
    await assert.rejects(world.write(prompt(250), 7), /257 positions were asked for, of 256/);
  });

  test('hears of a failing network, and the next reply is served', async () => {
    let fails = true;
    const world = createWorld(2, 0, () => {
      if (fails) throw new Error('out of memory');
    });
    const results = await Promise.allSettled([world.write(prompt(5), 3), world.write(prompt(6), 3)]);
    assert.deepEqual(results.map(({ status }) => status), ['rejected', 'rejected']); // prettier-ignore
    fails = false;
    assert.deepEqual((await world.write(prompt(5), 3)).tokens, expected(prompt(5), 3));
    const broken = world.write(prompt(5), 3, {
      onToken: () => {
        throw new Error('a reader broke');
      },
    });
    const [outcome, other] = await Promise.allSettled([broken, world.write(prompt(9), 5)]);
    assert.equal(outcome.status, 'rejected');
    assert.deepEqual(other.status === 'fulfilled' && other.value.tokens, expected(prompt(9), 5));
  });
});

describe('positions that are kept', () => {
  test('serve the next turn, its branches, and pictures by their digest', async () => {
    const world = createWorld(2);
    const turn = prompt(70);
    assert.equal((await world.write(turn, 2)).cached, 0);
    assert.equal((await world.write([...turn, 1, 2, 3], 2)).cached, 64, 'whole blocks of the turn before');
    assert.equal((await world.write([...turn.slice(0, 40), 9, 9, 9, 9], 2)).cached, 32, 'a branch');
    assert.equal((await world.write(turn, 2)).cached, 64, 'another reply to the same message');
    const picture = (digest: string): PromptItem[] =>
      Array.from({ length: 4 }, (_, i) => ({ key: `${digest}.${i}`, values: Float32Array.of(digest.length + i) }));
    const words = prompt(20, 3);
    await world.write([...words, ...picture('abc'), ...words], 1);
    assert.equal((await world.write([...words, ...picture('abc'), ...words, 5], 1)).cached, 32);
    assert.equal((await world.write([...words, ...picture('abcd'), ...words, 5], 1)).cached, 16);
  });

  test('of what is shared are kept once, and what was unused for longest goes first', async () => {
    const blockBytes = 16 * 3 * 4;
    const world = createWorld(1, 6 * blockBytes);
    const [a, b, c] = [0, 1, 2].map((salt) => prompt(34, salt)) as [number[], number[], number[]];
    await world.write(a, 1);
    await world.write([...a.slice(0, 16), ...b], 1);
    assert.equal(world.kept.bytes(), 4 * blockBytes, 'the shared beginning was kept twice');
    await world.write(b, 1);
    await world.write([...a, 4], 1); // used again
    await world.write(c, 1);
    assert.equal(world.kept.bytes(), 6 * blockBytes);
    assert.equal((await world.write([...a, 4], 1)).cached, 32);
    assert.ok((await world.write([...a.slice(0, 16), ...b, 1], 1)).cached < 48);
  });

  test('include what a cancelled reply had read', async () => {
    const world = createWorld(1);
    const controller = new AbortController();
    const reading = world.write(prompt(250), 1, { signal: controller.signal });
    while (world.passes.length < 2) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('stop'));
    await assert.rejects(reading);
    const again = await world.write(prompt(250), 1);
    assert.equal(again.cached, 128);
    assert.deepEqual(again.tokens, expected(prompt(250), 1));
  });
});
