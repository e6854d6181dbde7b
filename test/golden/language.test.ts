// The language model's numbers against test/golden/fixtures/language.json, which an independent numpy implementation recorded
// (record-language.py). Tight for the float32 graph; for the served int8 graph, the divergence that int8 may cost.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { parseGguf } from '../../functions/engine/gguf.ts';
import { buildDecoderGraph, readDecoderShape } from '../../functions/llm/decoder-graph.ts';
import { maxPassItems, openDecoder, type Decoder } from '../../functions/llm/decoder.ts';
import { loadWeights, type LoadedWeights } from '../../functions/llm/load-weights.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { logSumExp, modelFolder, openLogitsReader, testCacheFolder, weightsFile } from '../harness/decoder-logits.ts';
import { testDevice } from '../harness/test-device.ts';

interface Golden {
  readonly ids: readonly number[];
  /** Which positions were recorded; absent: all. */
  readonly at?: readonly number[];
  readonly positions: readonly {
    readonly logSumExp: number;
    readonly ids: readonly number[];
    readonly logits: readonly number[];
  }[];
}

const never = new AbortController().signal;
const read = async (name: string): Promise<Golden> =>
  JSON.parse(await readFile(`test/golden/fixtures/${name}.json`, 'utf8')) as Golden;
const golden = await read('language');
const long = await read('language-long');

test('the graph in float32 gives the recorded logits', async () => {
  await using reader = await openLogitsReader('float32', golden.ids.length, testDevice);
  const logits = await reader.read(golden.ids); // (64, V)
  let worst = 0;
  for (const [i, expected] of golden.positions.entries()) {
    const row = logits.subarray(i * reader.vocabulary, (i + 1) * reader.vocabulary);
    worst = Math.max(worst, Math.abs(logSumExp(row) - expected.logSumExp));
    for (const [k, id] of expected.ids.entries()) worst = Math.max(worst, Math.abs(row[id]! - expected.logits[k]!));
  }
  assert.ok(worst < 1e-3, `the largest difference is ${worst}`);
});

test('the served int8 graph, one token at a time, stays within 0.01 of them in divergence', async () => {
  await using decoder = await openDecoder(await servedWeights(), 1, golden.ids.length, testDevice);
  let sum = 0;
  let agree = 0;
  for (const [i, expected] of golden.positions.entries()) {
    const [logits] = (await decoder.step([{ item: golden.ids[i]!, length: i }])).logits;
    const divergence = divergenceOf(expected, logits!);
    assert.ok(divergence < 0.15, `position ${i} diverges by ${divergence}`);
    sum += divergence;
    if (logits!.every((logit) => logit <= logits![expected.ids[0]!]!)) agree++;
  }
  const mean = sum / golden.positions.length;
  assert.ok(mean < 0.01, `the mean divergence is ${mean}`);
  assert.ok(agree >= 0.9 * golden.positions.length, `the likeliest token agrees at ${agree} positions`);
});

describe('a prompt longer than the rotary tables of most tests', () => {
  test('gives the recorded logits in float32, in the passes of a server', async () => {
    const gguf = parseGguf(await readFile(weightsFile));
    const bytes = buildDecoderGraph(gguf, { precision: 'float32' }).toModel();
    const weights: LoadedWeights = {
      graph: { kind: 'memory', bytes, reason: 'the server keeps no such graph' },
      shape: readDecoderShape(gguf),
      embeddings: gguf.tensor('token_embd.weight'),
    };
    await using decoder = await openDecoder(weights, 1, long.ids.length, testDevice);
    let worst = 0;
    await readLong(decoder, (expected, logits) => {
      worst = Math.max(worst, Math.abs(logSumExp(logits) - expected.logSumExp));
      for (const [k, id] of expected.ids.entries())
        worst = Math.max(worst, Math.abs(logits[id]! - expected.logits[k]!));
    });
    assert.ok(worst < 2e-3, `the largest difference is ${worst}`);
  });

  test('stays close to them in int8, in a slot of all that the model was trained at', async () => {
    const weights = await servedWeights();
    assert.equal(weights.shape.trainedTokens, 8192);
    await using decoder = await openDecoder(weights, 1, weights.shape.trainedTokens, testDevice);
    const divergences: number[] = [];
    await readLong(decoder, (expected, logits) => divergences.push(divergenceOf(expected, logits)));
    assert.equal(divergences.length, long.at!.length);
    const mean = divergences.reduce((sum, each) => sum + each, 0) / divergences.length;
    assert.ok(mean < 0.02, `the divergences are ${divergences.join(', ')}`);
  });

  /** Passes end at the recorded positions; one alone is a step, as a token of a reply. */
  async function readLong(
    decoder: Decoder,
    use: (expected: Golden['positions'][number], logits: Float32Array) => void,
  ): Promise<void> {
    let length = 0;
    for (const [i, position] of long.at!.entries()) {
      let logits: Float32Array | undefined;
      while (length <= position) {
        const items = long.ids.slice(length, Math.min(position + 1, length + maxPassItems));
        if (items.length === 1) [logits] = (await decoder.step([{ item: items[0]!, length }])).logits;
        else ({ logits } = await decoder.read(0, length, items, never));
        length += items.length;
      }
      use(long.positions[i]!, logits!);
    }
  }
});

async function servedWeights(): Promise<LoadedWeights> {
  const { file, manifest } = await openModelPackage(modelFolder);
  const { weights: name } = manifest.lm;
  const request = { weightsFile: file(name), weightsSha256: manifest.files[name]!, cacheFolder: testCacheFolder };
  return loadWeights(request, () => undefined, never);
}

/** KL(recorded ‖ served) over the recorded tokens and all others as one: never more than the full divergence. */
function divergenceOf(expected: Golden['positions'][number], logits: Float32Array): number {
  const servedSum = logSumExp(logits);
  let divergence = 0;
  let recordedRest = 1;
  let servedRest = 1;
  for (const [k, id] of expected.ids.entries()) {
    const p = Math.exp(expected.logits[k]! - expected.logSumExp);
    const q = Math.exp(logits[id]! - servedSum);
    divergence += p * Math.log(p / q);
    recordedRest -= p;
    servedRest -= q;
  }
  return divergence + (recordedRest > 1e-9 ? recordedRest * Math.log(recordedRest / servedRest) : 0);
}
