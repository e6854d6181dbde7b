// A package with choices and without a mapper, over the real language model: its rows are the embeddings of their words, a
// reply tells what it chose, and points at the pictures of the dialogue that the prompt holds.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { LlmEvent, LlmFunction, LlmImageEvent, LlmInput, PromptTurn } from '../../../core/function-contract.ts';
import type { ParityHabit } from '../../../core/parity.ts';
import { parseGguf } from '../../../functions/engine/gguf.ts';
import { floatToHalf } from '../../../functions/engine/half.ts';
import { openModelPackage } from '../../../functions/engine/model-package.ts';
import { createTurns } from '../../../functions/engine/turns.ts';
import { openLanguageFunction } from '../../../functions/llm/language-function.ts';
import { openHeads, readWish, toPictureHeads } from '../../../functions/llm/picture-heads.ts';
import { writeChangedPackage } from '../../harness/changed-package.ts';
import { testCacheFolder } from '../../harness/decoder-logits.ts';
import { eventually } from '../../harness/eventually.ts';
import { formulaWeights, safetensorsFile } from '../../harness/formula.ts';

const width = 576;
const shapes = [
  ['find.weight', [1, width]],
  ['find.bias', [1]],
  ['retrieval.text.weight', [8, width]],
  ['retrieval.text.bias', [8]],
] as const;
/** A pointer of one block, eight wide. */
const pointerShapes = [
  ['i.weight', [8, width]],
  ['i.bias', [8]],
  ['begin', [3, 8]],
  ['word', [7, 8]],
  ['first', [5, 8]],
  ['last', [5, 8]],
  ['nth', [2, 8]],
  ['said', [9, 8]],
  ...['n1', 'n2'].flatMap((name) => [[`b.0.${name}.weight`, [8]] as const, [`b.0.${name}.bias`, [8]] as const]),
  ['b.0.qkv.weight', [24, 8]],
  ['b.0.qkv.bias', [24]],
  ['b.0.o.weight', [8, 8]],
  ['b.0.o.bias', [8]],
  ['b.0.m.0.weight', [24, 8]],
  ['b.0.m.0.bias', [24]],
  ['b.0.m.2.weight', [8, 24]],
  ['b.0.m.2.bias', [8]],
  ['n.weight', [8]],
  ['n.bias', [8]],
  ['s.weight', [1, 8]],
  ['s.bias', [1]],
  ['c.weight', [3, 8]],
  ['c.bias', [3]],
  ['w.weight', [5, 8]],
  ['w.bias', [5]],
] as const;

const halfFile = (all: Parameters<typeof formulaWeights>[0]): Uint8Array =>
  safetensorsFile(
    new Map(
      [...formulaWeights(all)].map(([name, { shape, data }]) => {
        const floats = floatToHalf(data as Float32Array);
        return [name, { type: 'float16' as const, shape, data: floats }] as const;
      }),
    ),
  );

describe('a package with choices and without a mapper', () => {
  let folder: string;
  let llm: LlmFunction;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gill-choices-'));
    await writeChangedPackage(
      folder,
      ({ gill, ...manifest }) => {
        const { mapper: _, ...heads } = gill!;
        return { ...manifest, gill: { ...heads, choices: 'choices.safetensors', pointer: 'pointer.safetensors' } };
      },
      { 'choices.safetensors': halfFile(shapes), 'pointer.safetensors': halfFile(pointerShapes) },
    );
    llm = openLanguageFunction({ modelFolder: folder, cacheFolder: testCacheFolder, slots: 1, kvBytes: 2 ** 29 });
    await eventually(() => llm.health().state !== 'loading', 120_000);
  });
  after(async () => {
    await llm[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function reply(turns: readonly PromptTurn[], images: LlmInput['options']['images'], imageBias = 0) {
    const events: LlmEvent[] = [];
    const options = { maxTokens: 12, temperature: 0, topP: 1, repetitionPenalty: 1, seed: '1', images, imageBias };
    await llm.run({ contract: 2, turns, options }, (event) => events.push(event), new AbortController().signal);
    assert.equal(events.at(-1)!.type, 'done', JSON.stringify(events.at(-1)));
    const image = events.find((event): event is LlmImageEvent => event.type === 'image');
    const prompt = events[0]!;
    assert.ok(prompt.type === 'prompt');
    return { image, promptTokens: prompt.promptTokens };
  }
  const user = (text: string): PromptTurn => ({ role: 'user', parts: [{ kind: 'text', text }] });
  const pictured = (produced: boolean): PromptTurn => ({
    role: 'assistant',
    parts: [{ kind: 'text', text: 'Here it is.' }, ...(produced ? [{ kind: 'image' as const, produced }] : [])],
  });

  test('takes FIND_ONLY: what it chose and the query are told, and nothing is mapped', async () => {
    const { image } = await reply([user('Show me a red fox.')], 'FIND_ONLY', 20);
    assert.ok(image?.wanted && image.decision && image.query);
    assert.deepEqual([image.conditioning, image.parent], [undefined, undefined]);
    assert.equal(image.decision.drawProbability + image.decision.findProbability, 1);
    assert.deepEqual(image.query.shape, [8]);
    const query = new Float16Array(new Uint8Array(Buffer.from(image.query.fp16, 'base64')).buffer);
    assert.ok(Math.abs(Math.hypot(...query) - 1) < 1e-3, 'of unit length');
    const other = await reply([user('Show me a boat on the sea.')], 'FIND_ONLY', 20);
    assert.notDeepEqual(other.image?.query, image.query);
    assert.equal((await reply([user('Hello!')], 'FIND_ONLY', -20)).image, undefined);
  });

  test('points at none where the package keeps the habit words-only', async () => {
    const model = await openModelPackage(folder);
    const { gill } = model.manifest;
    const open = (parity: readonly ParityHabit[]) => {
      const changed = { ...model, manifest: { ...model.manifest, gill: { ...gill!, parity } } };
      const embeddings = parseGguf(readFileSync(model.file(model.manifest.lm.weights))).tensor('token_embd.weight');
      const encodeText = (): readonly number[] => Array.from({ length: gill!.imageTokens }, (_, i) => i);
      const tokenizer = { encodeText, bytesOf: () => new Uint8Array() };
      return openHeads(changed, embeddings, tokenizer, width, createTurns(), 'cpu');
    };
    for (const [parity, points] of [
      [['words-only'], false],
      [[], true],
    ] as const) {
      await using packaged = await open(parity);
      const turns = [user('Make it night.')];
      const picture = { words: 'Draw a fox.', nth: 0, drawnFrom: undefined };
      const never = new AbortController().signal;
      const wish = await readWish(packaged, [picture], { turns }, never);
      const { reader, wish: told } = toPictureHeads(packaged, [picture], wish, { turns }, never);
      assert.equal(told, wish);
      assert.equal(wish !== undefined, points);
      const { parent, decision } = await reader!.read(new Float32Array(gill!.imageTokens * width), new Float32Array());
      assert.deepEqual(parent?.probabilities.length, points ? 2 : undefined);
      assert.ok(decision, 'what is drawn and found is told all the same');
    }
  });

  test('points at each picture that the prompt shows, the newest that it tells apart at most', async () => {
    const turns: PromptTurn[] = [];
    for (let count = 0; count < 6; count++) {
      turns.push(user(`Draw thing number ${count}.`));
      const { image } = await reply(turns, 'ALWAYS');
      const { probabilities = [] } = image?.parent ?? {};
      assert.equal(probabilities.length, count === 0 ? 0 : 1 + Math.min(count, 4));
      if (count > 0) assert.ok(Math.abs(probabilities.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
      turns.push(pictured(true));
    }
    const asked = [user('Draw a fox.'), pictured(true), user('And now?')];
    const without = [asked[0]!, pictured(false), asked[2]!];
    const [shown, bare] = [await reply(asked, 'NEVER'), await reply(without, 'NEVER')];
    assert.equal(shown.promptTokens - bare.promptTokens, 8, 'the rows of a picture stand in the prompt');
  });
});
