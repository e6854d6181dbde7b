// Choices against what the Python networks make of the same weights and states (record-choices.py): a seeded network alone,
// tight; behind the served int8 language model, what its rounding and the reuse of kept prompts may cost. GILL_GOLDEN_MODEL and
// GILL_GOLDEN_FIXTURES name another package and what was recorded of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { LlmImageEvent, WireTensor } from '../../core/function-contract.ts';
import { fromWire, halfToFloat } from '../../functions/engine/half.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { readSafetensors } from '../../functions/engine/safetensors.ts';
import { openChoices } from '../../functions/llm/choices.ts';
import { openLanguageFunction } from '../../functions/llm/language-function.ts';
import { modelFolder as bundled, testCacheFolder } from '../harness/decoder-logits.ts';
import { eventually } from '../harness/eventually.ts';
import { toTurn, type RecordedTurn } from '../harness/recorded-dialogues.ts';

interface Recorded {
  /** sha256 of the weights that were recorded. */
  readonly choices: string;
  readonly replies: readonly {
    readonly turns: readonly RecordedTurn[];
    /** What the assistant says before its picture. */
    readonly words: string;
    readonly finds: number;
    readonly query: readonly number[];
  }[];
}

const seeded = 'test/golden/fixtures/choices.safetensors';
const seededTokens = 'test/golden/fixtures/choices-tokens.safetensors';
const modelFolder = process.env['GILL_GOLDEN_MODEL'] ?? bundled;
const fixtures = process.env['GILL_GOLDEN_FIXTURES'] ?? 'test/golden/fixtures';
const model = await openModelPackage(modelFolder);
const { gill } = model.manifest;

const near = (found: readonly number[], wanted: readonly number[], most: number, what: string): void => {
  assert.equal(found.length, wanted.length, what);
  const worst = found.reduce((max, value, i) => Math.max(max, Math.abs(value - wanted[i]!)), 0);
  assert.ok(worst <= most, `${what}: the largest difference is ${worst}`);
};
const valuesOf = (tensor: WireTensor): number[] => [...halfToFloat(fromWire(tensor))];

for (const [file, by] of [
  [seeded, 'the state'],
  [seededTokens, "the mapper's tokens"],
] as const)
  test(`a seeded network chooses, and asks by ${by}, as recorded`, async () => {
    const stored = await readSafetensors(file);
    const rows = (name: string): readonly Float32Array[] => {
      const { shape, data } = stored.get(name)!;
      const [count, columns = 1] = shape as readonly [number, number?];
      return Array.from({ length: count }, (_, n) => (data as Float32Array).slice(n * columns, (n + 1) * columns));
    };
    const [states, tokens, finds, queries] = ['states', 'tokens', 'finds', 'queries'].map(rows);
    const { choose } = await openChoices(file, states![0]!.length, tokens![0]!.length);
    for (const [n, state] of states!.entries()) {
      const { decision, query } = choose(state, tokens![n]);
      const found = finds![n]![0]!;
      near([decision.findProbability, decision.drawProbability], [found, 1 - found], 1e-6, `decision ${n}`);
      near(valuesOf(query), [...queries![n]!], 1e-3, `query ${n}`); // it travels as half precision
    }
  });

test('weights of another width, without a tensor, or without the mapper they read, are refused by name', async () => {
  const refused = (pattern: RegExp) => ({ code: 'MODEL_UNAVAILABLE', message: pattern });
  await assert.rejects(openChoices(seeded, 25, undefined), refused(/matrix "find\.weight" of 25 columns/));
  await assert.rejects(openChoices(seededTokens, 24, 11), refused(/"retrieval\.tokens\.weight" of 11 columns/));
  await assert.rejects(openChoices(seededTokens, 24, undefined), refused(/the package has no mapper/));
  const gate = path.join(bundled, 'gate.safetensors');
  await assert.rejects(openChoices(gate, 576, undefined), refused(/"find\.weight"/));
});

const isRecorded = gill?.choices !== undefined && existsSync(path.join(fixtures, 'choices.json'));
describe('behind the served language model', { skip: !isRecorded && `${modelFolder} has no recorded choices` }, () => {
  // the recording is float32, the served model int8: heads that go by small directions of a state feel it
  test('choices are nearly the recorded ones, read whole or behind a kept prompt', async (t) => {
    let leastCosine = 1;
    let compared = 0;
    const asksAtOnce = ({ turns }: Recorded['replies'][number]): boolean => {
      const last = turns.findLastIndex(({ pictures = 0 }) => pictures > 0);
      return turns.slice(last + 1).filter(({ role }) => role === 'user').length === 1;
    };
    const recorded = JSON.parse(await readFile(path.join(fixtures, 'choices.json'), 'utf8')) as Recorded;
    const digest = createHash('sha256').update(await readFile(model.file(gill!.choices!))).digest('hex'); // prettier-ignore
    assert.equal(digest, recorded.choices, 'record-choices.py was run on other choices');
    await using llm = openLanguageFunction({ modelFolder, cacheFolder: testCacheFolder, slots: 1, kvBytes: 2 ** 29 });
    await eventually(() => llm.health().state !== 'loading', 120_000);
    const options = {
      maxTokens: 32,
      temperature: 0,
      topP: 1,
      repetitionPenalty: 1,
      seed: '0',
      images: 'ALWAYS',
    } as const;
    const told = async ({ turns, words }: Recorded['replies'][number]): Promise<LlmImageEvent> => {
      let image: LlmImageEvent | undefined;
      const forcedText = { text: words, imagesAnnounced: 0 };
      await llm.run(
        { contract: 2, turns: turns.map(toTurn), forcedText, options },
        (event) => {
          if (event.type === 'image') image = event;
          assert.notEqual(event.type, 'error', JSON.stringify(event));
        },
        new AbortController().signal,
      );
      return image!;
    };
    for (const [i, reply] of recorded.replies.entries()) {
      const image = await told(reply);
      // the second time its prompt is kept
      assert.deepEqual(await told(reply), image, `reply ${i}: what was kept changed it`);
      near([image.decision!.findProbability], [reply.finds], 0.15, `reply ${i}: finding`);
      if (!asksAtOnce(reply)) continue; // recorded of the last message alone, as in training; served, all that was said is read
      const cosine = valuesOf(image.query!).reduce((sum, value, k) => sum + value * reply.query[k]!, 0);
      assert.ok(cosine > 0.92, `reply ${i}: query ${cosine}`);
      leastCosine = Math.min(leastCosine, cosine);
      compared++;
    }
    assert.ok(compared > recorded.replies.length / 2, `${compared} of ${recorded.replies.length}`);
    t.diagnostic(`queries, int8 beside float32: least cosine ${leastCosine.toFixed(3)}`);
  });
});
