// How often AUTO is right on the turns of training/turns-gate.txt, which were written by hand and never trained on, by what the
// Python networks say (record-gill.py); and that the served language function, asked as a worker asks, says the same.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { LlmFunction } from '../../core/function-contract.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { openLanguageFunction } from '../../functions/llm/language-function.ts';
import { modelFolder, testCacheFolder } from '../harness/decoder-logits.ts';
import { eventually } from '../harness/eventually.ts';
import { toTurn, type RecordedTurn } from '../harness/recorded-dialogues.ts';

interface HandTurn {
  /** What goes before the turn, and the turn. */
  readonly turns: readonly RecordedTurn[];
  readonly wanted: boolean;
  /** In float32. */
  readonly logit: number;
}

const { gill } = (await openModelPackage(modelFolder)).manifest;
const handTurns = (
  JSON.parse(await readFile('test/golden/fixtures/gill.json', 'utf8')) as { readonly turns: readonly HandTurn[] }
).turns;

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
      { contract: 2, turns: turns.map(toTurn), options: { ...options, images: 'AUTO' } },
      (event) => {
        if (event.type === 'done') told = event.wanted?.probability;
      },
      new AbortController().signal,
    );
    assert.ok(told !== undefined, 'the end of a reply tells what the gate said');
    return told;
  }

  test('is right on turns that it has not seen', (t) => {
    assert.equal(handTurns.length, 200);
    const shown = handTurns.filter(({ logit }) => logit > 0);
    const hits = shown.filter(({ wanted }) => wanted).length;
    const [precision, recall] = [hits / shown.length, hits / handTurns.filter(({ wanted }) => wanted).length];
    t.diagnostic(`precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} on ${handTurns.length} turns`);
    assert.ok(precision >= 0.9 && recall >= 0.85, `precision ${precision}, recall ${recall}`);
  });

  test('decides as served what float32 decides, and a bias moves it both ways', async (t) => {
    let farthest = 0;
    const turned: (readonly [words: string | undefined, logit: number])[] = [];
    // a fourth of them: `npm run eval -- gate` asks all
    for (const [i, turn] of handTurns.entries()) {
      if (i % 4 !== 0) continue;
      const told = await probability(turn, 0);
      farthest = Math.max(farthest, Math.abs(Math.log(told / (1 - told)) - turn.logit));
      if (told > 0.5 !== turn.logit > 0) turned.push([turn.turns.at(-1)?.text, turn.logit]);
    }
    t.diagnostic(`logits differ by ${farthest.toFixed(2)} at most; turned: ${JSON.stringify(turned)}`);
    // sums are taken in another order on every kind of processor: what float32 hardly decides may turn
    assert.ok(farthest < 1.5 && turned.every(([, logit]) => Math.abs(logit) < 0.75), JSON.stringify(turned));

    const [wanted, unwanted] = [true, false].map((wish) => handTurns.find((turn) => turn.wanted === wish)!);
    assert.ok((await probability(wanted!, -20)) < 0.5);
    assert.ok((await probability(unwanted!, 20)) > 0.5);
  });
});
