// The language model's numbers against test/golden/fixtures/language.json, which an independent numpy implementation recorded
// (record-language.py). Tight for the float32 graph; for the served int8 graph, the divergence that int8 may cost.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { openDecoder } from '../../functions/llm/decoder.ts';
import { loadWeights } from '../../functions/llm/load-weights.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { logSumExp, modelFolder, openLogitsReader, testCacheFolder } from '../harness/decoder-logits.ts';
import { testDevice } from '../harness/test-device.ts';

interface Golden {
  readonly ids: readonly number[];
  readonly positions: readonly {
    readonly logSumExp: number;
    readonly ids: readonly number[];
    readonly logits: readonly number[];
  }[];
}

const golden = JSON.parse(await readFile('test/golden/fixtures/language.json', 'utf8')) as Golden;

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
  const { file, manifest } = await openModelPackage(modelFolder);
  const { weights: name, contextTokens } = manifest.lm;
  const never = new AbortController().signal;
  const weights = await loadWeights(
    {
      weightsFile: file(name),
      weightsSha256: manifest.files[name]!,
      cacheFolder: testCacheFolder,
      contextTokens,
    },
    () => undefined,
    never,
  );
  await using decoder = await openDecoder(weights, 1, golden.ids.length, testDevice);
  let sum = 0;
  let agree = 0;
  for (const [i, expected] of golden.positions.entries()) {
    const [logits] = await decoder.step([{ item: golden.ids[i]!, length: i }]);
    const divergence = divergenceOf(expected, logits!);
    assert.ok(divergence < 0.15, `position ${i} diverges by ${divergence}`);
    sum += divergence;
    if (logits!.every((logit) => logit <= logits![expected.ids[0]!]!)) agree++;
  }
  const mean = sum / golden.positions.length;
  assert.ok(mean < 0.01, `the mean divergence is ${mean}`);
  assert.ok(agree >= 0.9 * golden.positions.length, `the likeliest token agrees at ${agree} positions`);
});

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
