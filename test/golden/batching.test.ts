// What batching and reuse rest on, on the real weights and this machine's kernels, to the last bit: a row's logits do not
// depend on the rows beside it, and a prompt's do not depend on where it is cut or on what was copied instead of computed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { openDecoder, type Decoder } from '../../functions/llm/decoder.ts';
import { blockItems, createKeptPositions } from '../../functions/llm/kept-positions.ts';
import { loadWeights } from '../../functions/llm/load-weights.ts';
import { modelFolder, testCacheFolder } from '../harness/decoder-logits.ts';

const slots = 8;
const never = new AbortController().signal;
const { ids } = JSON.parse(await readFile('test/golden/fixtures/language.json', 'utf8')) as { ids: readonly number[] };
/** 192 tokens: the recorded ones, and again from other places. */
const text = [...ids, ...ids.slice(7), ...ids.slice(0, 7), ...ids.toReversed()];

let decoder: Decoder;

before(async () => {
  const { file, manifest } = await openModelPackage(modelFolder);
  const { weights: name } = manifest.lm;
  const weights = await loadWeights(
    { weightsFile: file(name), weightsSha256: manifest.files[name]!, cacheFolder: testCacheFolder },
    () => undefined,
    never,
  );
  decoder = await openDecoder(weights, slots, 256);
});
after(() => decoder[Symbol.asyncDispose]());

/** Reads a prompt in passes of these sizes, the last one as often as needed. @returns logits and state of the last item */
async function read(
  slot: number,
  items: readonly number[],
  sizes: readonly number[],
  from = 0,
): Promise<{ logits: Float32Array; state: Float32Array }> {
  let logits: Float32Array = new Float32Array();
  let states: Float32Array = new Float32Array();
  let pass = 0;
  for (let at = from; at < items.length;) {
    const chunk = items.slice(at, at + sizes[Math.min(pass++, sizes.length - 1)]!);
    ({ logits, states } = await decoder.read(slot, at, chunk, never));
    at += chunk.length;
  }
  return { logits: logits.slice(), state: states.slice(-576) };
}

test('a prompt gives the same keys, values, logits and states wherever it is cut', async () => {
  const whole = await read(0, text, [128]);
  const positions = decoder.arena.read(0, 0, text.length);
  for (const sizes of [[32], [2, 3, 128, 59]]) {
    assert.deepEqual(await read(1, text, sizes), whole, `logits and state in passes of ${sizes.join(', ')}`);
    assert.deepEqual(decoder.arena.read(1, 0, text.length), positions, `positions in passes of ${sizes.join(', ')}`);
  }
});

test('a row gives the same logits and state alone and beside others of other lengths', async () => {
  const lengths = Array.from({ length: slots }, (_, slot) => 20 + 23 * slot);
  const alone: { logits: Float32Array; state: Float32Array }[] = [];
  for (const [slot, length] of lengths.entries()) {
    await read(0, text.slice(0, length), [128]);
    const first = (await decoder.step([{ item: text[length]!, length }])).logits[0]!.slice();
    const { logits, states } = await decoder.step([{ item: 5, length: length + 1 }]);
    alone.push({ logits: logits[0]!.slice(), state: states.slice() });
    assert.notDeepEqual(first, alone[slot]!.logits);
  }
  for (const [slot, length] of lengths.entries()) await read(slot, text.slice(0, length), [128]);
  for (const count of [slots, 5, 2]) {
    await decoder.step(lengths.slice(0, count).map((length) => ({ item: text[length]!, length })));
    const together = await decoder.step(lengths.slice(0, count).map((length) => ({ item: 5, length: length + 1 })));
    for (const [slot, logits] of together.logits.entries()) {
      const state = together.states.slice(slot * 576, (slot + 1) * 576);
      assert.deepEqual({ logits, state }, alone[slot], `row ${slot} of ${count}`);
    }
  }
});

test('a prompt behind copied positions gives the logits of one that was computed whole', async () => {
  const kept = createKeptPositions(decoder.arena, 1e9);
  const whole = await read(0, text, [128]);
  const earlier = [...text.slice(0, 150), 3, 4, 5];
  await read(1, earlier, [128]);
  await kept.keep(1, earlier);
  await read(2, text.toReversed(), [128]); // leaves other positions in the slot
  const reused = await kept.restore(2, text, text.length - 2);
  assert.equal(reused, Math.floor(150 / blockItems) * blockItems);
  assert.deepEqual(await read(2, text, [32], reused), whole);
});
