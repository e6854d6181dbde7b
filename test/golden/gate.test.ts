// How often AUTO is right: the served gate on the turns of training/turns-gate.txt, which were written by hand and never
// trained on. Asks the language function itself, as a worker does.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { LlmFunction } from '../../core/function-contract.ts';
import { parseHandTurns, type HandTurn } from '../../evaluation/sets/hand-turns.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { openLanguageFunction } from '../../functions/llm/language-function.ts';
import { modelFolder, testCacheFolder } from '../harness/decoder-logits.ts';
import { eventually } from '../harness/eventually.ts';

const { gill } = (await openModelPackage(modelFolder)).manifest;
const handTurns = parseHandTurns(await readFile('training/turns-gate.txt', 'utf8'), 'turns-gate.txt');

describe('AUTO', { skip: gill?.gate === undefined && `${modelFolder} has no gate` }, () => {
  let llm: LlmFunction;
  before(async () => {
    llm = openLanguageFunction({ modelFolder, cacheFolder: testCacheFolder, slots: 1, kvBytes: 2 ** 28 });
    await eventually(() => llm.health().state !== 'loading', 60_000);
  });
  after(() => llm[Symbol.asyncDispose]());

  async function probability({ turns }: HandTurn, imageBias: number): Promise<number> {
    let told: number | undefined;
    const options = { maxTokens: 1, temperature: 0, topP: 1, repetitionPenalty: 1, seed: '0', imageBias };
    await llm.run(
      { contract: 2, turns, options: { ...options, images: 'AUTO' } },
      (event) => {
        if (event.type === 'done') told = event.wanted?.probability;
      },
      new AbortController().signal,
    );
    assert.ok(told !== undefined, 'the end of a reply tells what the gate said');
    return told;
  }

  test('is right on turns that it has not seen, and a bias moves it both ways', async (t) => {
    assert.equal(handTurns.length, 200);
    let [hits, shown] = [0, 0];
    for (const turn of handTurns) {
      if ((await probability(turn, 0)) <= 0.5) continue;
      shown++;
      if (turn.wanted) hits++;
    }
    const [precision, recall] = [hits / shown, hits / handTurns.filter(({ wanted }) => wanted).length];
    t.diagnostic(`precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} on ${handTurns.length} turns`);
    assert.ok(precision >= 0.9, `precision is ${precision}`);
    assert.ok(recall >= 0.85, `recall is ${recall}`);

    const [wanted, unwanted] = [true, false].map((wish) => handTurns.find((turn) => turn.wanted === wish)!);
    assert.ok((await probability(wanted!, -20)) < 0.5);
    assert.ok((await probability(unwanted!, 20)) > 0.5);
  });
});
