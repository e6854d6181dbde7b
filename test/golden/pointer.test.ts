// The pointer against what the Python network makes of the same words (record-pointer.py), and how often it means the right picture
// in dialogues that were written by hand. GILL_GOLDEN_MODEL and GILL_GOLDEN_FIXTURES name another package and what was recorded of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parseGguf } from '../../functions/engine/gguf.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { createTurns } from '../../functions/engine/turns.ts';
import type { AskedPicture } from '../../functions/llm/pointer-input.ts';
import { openPointer, type Pointer } from '../../functions/llm/pointer.ts';
import { openTokenizer } from '../../functions/llm/tokenizer.ts';
import { modelFolder as bundled } from '../harness/decoder-logits.ts';

interface Recorded {
  /** sha256 of the weights that were recorded. */
  readonly pointer: string;
  /** So many cases before the last are of dialogues written by hand about which is meant, and so many last ones about how many are wanted. */
  readonly byHand: readonly [number, number];
  readonly cases: readonly {
    readonly message: string;
    readonly pictures: readonly AskedPicture[];
    readonly meant: number;
    readonly count: number;
    readonly shares: readonly number[];
    /** As the network counts. */
    readonly counted: number;
  }[];
}

const fixtures = process.env['GILL_GOLDEN_FIXTURES'] ?? 'test/golden/fixtures';
const model = await openModelPackage(process.env['GILL_GOLDEN_MODEL'] ?? bundled);
const file = model.file(model.manifest.gill!.pointer!);
const embeddings = parseGguf(await readFile(model.file(model.manifest.lm.weights))).tensor('token_embd.weight');
const tokenizer = await openTokenizer(model);
const recorded = JSON.parse(await readFile(path.join(fixtures, 'pointer.json'), 'utf8')) as Recorded;
const never = new AbortController().signal;

let pointer: Pointer;
before(async () => {
  pointer = await openPointer(file, embeddings, tokenizer, createTurns());
});
after(() => pointer[Symbol.asyncDispose]());

test('shares are the recorded ones', async () => {
  const digest = createHash('sha256').update(await readFile(file)).digest('hex'); // prettier-ignore
  assert.equal(digest, recorded.pointer, 'record-pointer.py was run on another pointer');
  for (const { message, pictures, shares, counted } of recorded.cases) {
    const found = await pointer.point(message, pictures, never);
    assert.deepEqual([found.shares.length, found.count], [shares.length, counted], message);
    for (const [i, share] of found.shares.entries()) assert.ok(Math.abs(share - shares[i]!) < 2e-3, `${message}: ${i} has ${share}, not ${shares[i]}`); // prettier-ignore
  }
});

test('of dialogues written by hand outside its grammar it means the right picture, and counts right, in most', async (context) => {
  const [ofMeant, ofCounts] = recorded.byHand;
  const told = ({ message, pictures }: Recorded['cases'][number]): string => [...pictures.map(({ words }) => `[${words}]`), message].join(' '); // prettier-ignore
  const wrong: [string[], string[]] = [[], []];
  for (const each of recorded.cases.slice(-ofMeant - ofCounts, -ofCounts)) {
    const { shares } = await pointer.point(each.message, each.pictures, never);
    const meant = shares.indexOf(Math.max(...shares));
    if (meant !== each.meant) wrong[0].push(`${meant}, not ${each.meant}: ${told(each)}`);
  }
  for (const each of recorded.cases.slice(-ofCounts)) {
    const { count } = await pointer.point(each.message, each.pictures, never);
    if (count !== each.count) wrong[1].push(`${count}, not ${each.count}: ${told(each)}`);
  }
  context.diagnostic(
    `${ofMeant - wrong[0].length} of ${ofMeant} mean the right one, ${ofCounts - wrong[1].length} of ${ofCounts} count right; wrong:\n${wrong.flat().join('\n')}`,
  );
  assert.ok(wrong[0].length <= 0.25 * ofMeant, `${wrong[0].length} of ${ofMeant} mean another`);
  assert.ok(wrong[1].length <= 0.15 * ofCounts, `${wrong[1].length} of ${ofCounts} count wrong`);
});

test('of more pictures than it tells apart the newest count; capitals throughout are read in lower case', async () => {
  const pictures = Array.from({ length: pointer.most + 3 }, (_, i) => ({ words: `Draw thing number ${i}.`, nth: 0 }));
  const all = await pointer.point('Make it night.', pictures, never);
  assert.equal(all.shares.length, 1 + pointer.most);
  assert.deepEqual(all, await pointer.point('Make it night.', pictures.slice(3), never));
  assert.ok(Math.abs(all.shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9, 'shares of one');
  const few = pictures.slice(0, 2);
  assert.deepEqual(await pointer.point('MAKE IT NIGHT', few, never), await pointer.point('make it night', few, never));
  const endless = { words: 'a fox '.repeat(400), nth: 9 };
  assert.equal(
    (await pointer.point('and '.repeat(400), [endless, { words: '', nth: 0 }], never)).shares.length,
    3,
    'what is too long is cut',
  );
});

test('weights that do not fit are refused by name', async () => {
  const gate = model.file(model.manifest.gill!.gate!);
  await assert.rejects(openPointer(gate, embeddings, tokenizer, createTurns()), { code: 'MODEL_UNAVAILABLE', message: /"i\.weight"/ }); // prettier-ignore
  const narrow = { ...embeddings, shape: [embeddings.shape[0]!, 8] };
  await assert.rejects(openPointer(file, narrow, tokenizer, createTurns()), { code: 'MODEL_UNAVAILABLE', message: /reads rows of 576, those of the language model have 8/ }); // prettier-ignore
});
