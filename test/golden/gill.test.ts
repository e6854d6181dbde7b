// Gate and mapper against what the Python networks make of the same weights (record-gill.py): alone, tight; behind the served
// int8 language model, what its rounding may cost (gate.test.ts asks the gate as it is served).
// GILL_GOLDEN_MODEL and GILL_GOLDEN_FIXTURES name another package and what was recorded of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { readSafetensors } from '../../functions/engine/safetensors.ts';
import { createTurns } from '../../functions/engine/turns.ts';
import { createContinuousBatch, type ContinuousBatch } from '../../functions/llm/continuous-batch.ts';
import { openDecoder } from '../../functions/llm/decoder.ts';
import { openGate, type Gate } from '../../functions/llm/gate.ts';
import { createKeptPositions } from '../../functions/llm/kept-positions.ts';
import { loadWeights } from '../../functions/llm/load-weights.ts';
import { openMapper, type Mapper } from '../../functions/llm/mapper.ts';
import { openPromptFormat, type PromptFormat } from '../../functions/llm/prompt.ts';
import { modelFolder as bundled, testCacheFolder } from '../harness/decoder-logits.ts';
import { toTurn, type RecordedDialogues } from '../harness/recorded-dialogues.ts';
import { testDevice } from '../harness/test-device.ts';

interface Recorded {
  /** sha256 of the weights that were recorded. */
  readonly mapper: string;
  readonly gate: string;
  /** Which of all pictures of the dialogues the tensors hold. */
  readonly kept: readonly number[];
  /** How many states of `turns` are each of those pictures'. */
  readonly turnLengths: readonly number[];
  /** The gate's, at the first openings. */
  readonly logits: readonly number[];
}

const never = new AbortController().signal;
const modelFolder = process.env['GILL_GOLDEN_MODEL'] ?? bundled;
const fixtures = process.env['GILL_GOLDEN_FIXTURES'] ?? 'test/golden/fixtures';
const model = await openModelPackage(modelFolder);
const { lm, gill } = model.manifest;
const width = 576;

/** Why there is nothing to compare, or false. */
function reasonToSkip(): string | false {
  if (gill?.mapper === undefined || gill.gate === undefined) return `${modelFolder} has no mapper and gate yet`;
  if (!existsSync(path.join(fixtures, 'gill.json'))) return `${fixtures} holds no gill.json: run record-gill.py`;
  return false;
}

const skip = reasonToSkip();

describe('gate and mapper', { skip }, () => {
  const parts = new AsyncDisposableStack();
  let recorded: Recorded;
  let dialogues: RecordedDialogues['dialogues'];
  let tensor: (name: string) => {
    readonly shape: readonly number[];
    readonly rows: (from: number, to: number) => Float32Array;
    readonly row: (i: number) => Float32Array;
  };
  let gate: Gate;
  let mapper: Mapper;
  let format: PromptFormat;
  let batch: ContinuousBatch;

  before(async () => {
    const read = async (name: string) => JSON.parse(await readFile(path.join(fixtures, name), 'utf8')) as unknown;
    recorded = (await read('gill.json')) as Recorded;
    ({ dialogues } = (await read('dialogues.json')) as RecordedDialogues);
    const stored = await readSafetensors(path.join(fixtures, 'gill.safetensors'));
    tensor = (name) => {
      const { shape, data } = stored.get(name)!;
      const size = shape.slice(1).reduce((product, dim) => product * dim, 1);
      const rows = (from: number, to: number): Float32Array => (data as Float32Array).slice(from * size, to * size);
      return { shape, rows, row: (i) => rows(i, i + 1) };
    };
    const turns = createTurns();
    gate = await openGate(model.file(gill!.gate!), width);
    const { imageTokens, rowScale } = gill!;
    mapper = parts.use(
      await openMapper({ path: model.file(gill!.mapper!), rowScale: rowScale!, imageTokens }, width, turns, testDevice),
    );
    format = await openPromptFormat(model, width, mapper.rows);
    const weights = await loadWeights(
      {
        weightsFile: model.file(lm.weights),
        weightsSha256: model.manifest.files[lm.weights]!,
        cacheFolder: testCacheFolder,
      },
      () => undefined,
      never,
    );
    const decoder = parts.use(await openDecoder(weights, 1, lm.contextTokens, testDevice));
    batch = parts.use(createContinuousBatch(decoder, createKeptPositions(decoder.arena, 2 ** 28), turns));
  });
  after(() => parts.disposeAsync());

  test('were recorded of these weights', async () => {
    for (const part of ['mapper', 'gate'] as const) {
      const digest = createHash('sha256')
        .update(await readFile(model.file(gill![part]!)))
        .digest('hex');
      assert.equal(digest, recorded[part], `record-gill.py was run on another ${part}`);
    }
  });

  test('alone give the recorded numbers', async () => {
    const [states, openings] = [tensor('states'), tensor('openings')];
    let at = 0;
    const turns = Array.from(recorded.turnLengths, (length) => tensor('turns').rows(at, (at += length)));
    for (const [name, parents] of [
      ['mapped', undefined],
      ['mappedFromParent', tensor('parents')],
    ] as const)
      for (let i = 0; i < states.shape[0]!; i++) {
        const found = await mapper.map(states.row(i), turns[i]!, parents?.row(i), never);
        const worst = tensor(name)
          .row(i)
          .reduce((most, value, k) => Math.max(most, Math.abs(value - found[k]!)), 0);
        assert.ok(worst < 1e-3, `${name} ${i}: the largest difference is ${worst}`);
      }
    for (const [i, logit] of recorded.logits.entries())
      assert.ok(Math.abs(gate.logit(openings.row(i)) - logit) < 1e-3, `opening ${i}`);
  });

  test('behind the served language model, a picture is mapped to nearly the recorded tokens', async () => {
    const pictures = dialogues.flatMap(({ turns }) =>
      turns.flatMap(({ pictures: shown }, i) => (shown ? [{ before: turns.slice(0, i), words: turns[i]!.text }] : [])),
    );
    const cosines: number[] = [];
    for (const [i, kept] of recorded.kept.entries()) {
      const { before: turns, words } = pictures[kept]!;
      const { items, told: spans } = format.layOut({ turns: turns.map(toTurn) }, 64);
      let found: Float32Array | undefined;
      // as a reply is written: its words one a pass, then the rows at once
      const rows = {
        rows: mapper.rows,
        onStates: async (states: Float32Array, turn: Float32Array) =>
          void (found = await mapper.map(states, turn, undefined, never)),
      };
      const written = format.tokenizer.encodeText(words);
      let isRead = false;
      const next = () => {
        if (isRead) return [];
        isRead = true;
        return [rows];
      };
      const positions = items.length + written.length + mapper.rows.length;
      const told = { spans, most: mapper.turnPositions };
      await batch.serve({ prompt: items, written, positions, told, onAdmitted: () => undefined, next }, never);
      cosines.push(cosine(found!, tensor('mapped').row(i)));
    }
    console.error(`mapped tokens, int8 to float32: cosines ${cosines.map((value) => value.toFixed(4)).join(', ')}`);
    assert.ok(Math.min(...cosines) >= 0.99, `cosines ${cosines.join(', ')}`);
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
