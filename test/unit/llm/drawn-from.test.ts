// What a picture is mapped from, beside the states: what was drawn before is told of the picture that is meant, or of the one
// that was sent; what is no conditioning is refused before anything is computed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { LlmEvent, WireTensor } from '../../../core/function-contract.ts';
import { parseGguf } from '../../../functions/engine/gguf.ts';
import { floatToHalf, fromWire, halfToFloat, toWire } from '../../../functions/engine/half.ts';
import { openModelPackage } from '../../../functions/engine/model-package.ts';
import { createTurns } from '../../../functions/engine/turns.ts';
import { openLanguageFunction } from '../../../functions/llm/language-function.ts';
import { openHeads, toPictureHeads, type PackagedHeads } from '../../../functions/llm/picture-heads.ts';
import { testCacheFolder, modelFolder } from '../../harness/decoder-logits.ts';
import { eventually } from '../../harness/eventually.ts';

const never = new AbortController().signal;
const tokens = (value: number): WireTensor => toWire([1, 2], floatToHalf(Float32Array.of(value, value)));

test('a mapper begins at the picture that is meant most, and at the one that was sent whatever is meant; its word is searched by', async () => {
  const given: (number | undefined)[] = [];
  const searched: unknown[] = [];
  const heads = {
    mapper: {
      map: (_: Float32Array, turn: Float32Array, parent: Float32Array | undefined) => {
        assert.deepEqual([...turn], [5, 6, 7, 8]);
        given.push(parent?.[0]);
        return Promise.resolve(Float32Array.of(given.length, 0));
      },
      toConditioning: () => tokens(0),
      fromConditioning: (tensor: WireTensor) => halfToFloat(fromWire(tensor)),
    },
    choices: {
      choose: (state: Float32Array, mapped: Float32Array | undefined) => {
        searched.push([[...state], mapped?.[0]]);
        return {};
      },
    },
    rows: [{ key: 'a', values: new Float32Array(2) }],
    rowTokens: [],
  } as unknown as PackagedHeads;
  const pictures = [tokens(1), tokens(2), undefined, tokens(3)].map((drawnFrom, nth) => ({ words: 'A fox.', nth, drawnFrom })); // prettier-ignore
  const ask = async (shares: readonly number[] | undefined, sent?: WireTensor): Promise<void> => {
    const picture = { kind: 'image', produced: true, ...(sent && { drawnFrom: sent }) } as const;
    const turns = [{ role: 'user', parts: [picture] }] as const;
    const { reader } = toPictureHeads(heads, pictures, shares && { shares, count: 1, parts: [] }, { turns }, never);
    const { parent } = await reader!.read(new Float32Array(2), Float32Array.of(5, 6, 7, 8));
    assert.deepEqual(parent, shares && { probabilities: shares });
  };
  await ask(undefined);
  await ask([0.1, 0.2, 0.6, 0.05, 0.05]);
  await ask([0.2, 0.1, 0.7]); // of the newest two the last
  await ask([0.1, 0.1, 0.1, 0.6, 0.1]);
  await ask([0.5, 0.2, 0.3]);
  await ask([0.5, 0.2, 0.3], tokens(7));
  assert.deepEqual(given, [undefined, 2, 3, undefined, undefined, 7]);
  assert.deepEqual(searched, given.map((_, i) => [[0, 0], i + 1])); // prettier-ignore
});

test('what is no conditioning of the package is refused by its name and shape', async () => {
  await using llm = openLanguageFunction({ modelFolder, cacheFolder: testCacheFolder, slots: 1, kvBytes: 2 ** 29 });
  await eventually(() => llm.health().state !== 'loading', 120_000);
  const infinite = toWire([16, 256], new Uint16Array(16 * 256).fill(0x7c00));
  for (const [drawnFrom, message] of [
    [tokens(1), /drawnFrom of shape \(1, 2\).*\(16, 256\)/],
    [infinite, /finite/],
    [{ shape: [16, 256], fp16: 'AAA=' }, /takes 8192 bytes of fp16, but 2 came/],
  ] as const) {
    const events: LlmEvent[] = [];
    await llm.run(
      {
        contract: 2,
        turns: [
          { role: 'user', parts: [{ kind: 'text', text: 'A red fox.' }] },
          { role: 'assistant', parts: [{ kind: 'image', produced: true, drawnFrom }] },
          { role: 'user', parts: [{ kind: 'text', text: 'Make it night.' }] },
        ],
        options: { maxTokens: 8, temperature: 0, topP: 1, repetitionPenalty: 1, seed: '1', images: 'ALWAYS' },
      },
      (event) => events.push(event),
      never,
    );
    const [error] = events;
    assert.ok(events.length === 1 && error?.type === 'error' && error.code === 'INVALID');
    assert.match(error.message, message);
  }
});

test('a mapper’s file that reads more than model.json says, or less, is not opened', async () => {
  const model = await openModelPackage(modelFolder);
  const { mapperReads, ...gill } = model.manifest.gill!;
  assert.deepEqual(mapperReads, ['parent', 'turn']);
  const embeddings = parseGguf(readFileSync(model.file(model.manifest.lm.weights)));
  const tensor = embeddings.tensor('token_embd.weight');
  for (const [reads, message] of [
    [undefined, /mapper\S* has weight p, .* and gill\.mapperReads of model\.json does not name "parent"/],
    [['parent'], /mapper\S* has weight t, .* and gill\.mapperReads of model\.json does not name "turn"/],
  ] as const) {
    const changed = {
      ...model,
      manifest: { ...model.manifest, gill: { ...gill, ...(reads && { mapperReads: reads }) } },
    };
    await assert.rejects(
      openHeads(changed, tensor, { encodeText: () => [], bytesOf: () => new Uint8Array() }, 576, createTurns(), 'cpu'),
      message,
    );
  }
});
