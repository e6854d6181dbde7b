// Whole replies of a package with gate and mapper, on its real weights: AUTO, where the picture stands, and that an attempt that
// goes on comes to the same conditioning. GILL_GOLDEN_MODEL names another package.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LlmEvent, LlmFunction, LlmImageEvent, LlmInput, LlmOptions } from '../../core/function-contract.ts';
import { fromWire, halfToFloat } from '../../functions/engine/half.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { openLanguageFunction } from '../../functions/llm/language-function.ts';
import { modelFolder as bundled, testCacheFolder } from '../harness/decoder-logits.ts';
import { eventually } from '../harness/eventually.ts';

const modelFolder = process.env['GILL_GOLDEN_MODEL'] ?? bundled;
const { gill, picture } = (await openModelPackage(modelFolder)).manifest;
const skip =
  gill?.mapper === undefined || gill.gate === undefined ? `${modelFolder} has no mapper and gate yet` : false;

const never = new AbortController().signal;
const options: LlmOptions = {
  maxTokens: 40,
  temperature: 0,
  topP: 1,
  repetitionPenalty: 1.1,
  seed: '7',
  images: 'AUTO',
};

describe('a reply of a package with gate and mapper', { skip }, () => {
  let llm: LlmFunction;
  before(async () => {
    llm = openLanguageFunction({ modelFolder, cacheFolder: testCacheFolder, slots: 3, kvBytes: 512 * 2 ** 20 });
    await eventually(() => llm.health().state === 'ready', 120_000);
  });
  after(() => llm[Symbol.asyncDispose]());

  const wish = 'Draw a red fox under an umbrella.';
  const ask = (text: string, change: Partial<LlmOptions> = {}, more: Partial<LlmInput> = {}): LlmInput => ({
    contract: 2,
    turns: [{ role: 'user', parts: [{ kind: 'text', text }] }],
    options: { ...options, ...change },
    ...more,
  });
  async function reply(input: LlmInput): Promise<LlmEvent[]> {
    const events: LlmEvent[] = [];
    await llm.run(input, (event) => events.push(event), never);
    assert.equal(events.at(-1)?.type, 'done', JSON.stringify(events.at(-1)));
    return events;
  }
  const textOf = (events: readonly LlmEvent[]): string =>
    events.map((event) => (event.type === 'text' ? event.text : '')).join('');
  const imageOf = (events: readonly LlmEvent[]): LlmImageEvent | undefined =>
    events.find((event) => event.type === 'image');
  const wantedOf = (events: readonly LlmEvent[]): number => {
    const last = events.at(-1);
    return (last?.type === 'done' && last.wanted?.probability) || 0;
  };

  test('shows a picture for a wish and none for a greeting, with its conditioning and probability', async () => {
    const [yes, no] = await Promise.all([reply(ask(wish)), reply(ask('Hello!'))]);
    const image = imageOf(yes)!;
    assert.ok(image.wanted!.probability > 0.5);
    assert.equal(image.wanted!.probability, wantedOf(yes));
    assert.deepEqual(image.conditioning!.shape, picture.conditioning);
    const values = halfToFloat(fromWire(image.conditioning!));
    assert.ok(values.every(Number.isFinite));
    assert.ok(new Set(values).size > 1000);
    const at = yes.findIndex(({ type }) => type === 'image');
    assert.match(textOf(yes.slice(0, at)), /fox[^.!?]*[.!?]$/);
    assert.equal(imageOf(no), undefined);
    assert.ok(wantedOf(no) < 0.5);
  });

  test('is moved both ways by the bias, and draws from the whole dialogue', async () => {
    assert.equal(imageOf(await reply(ask(wish, { imageBias: -20 }))), undefined);
    assert.ok(imageOf(await reply(ask('Hello!', { imageBias: 20 }))));
    const [fox, whale] = await Promise.all([reply(ask(wish)), reply(ask('Draw a blue whale in the sea.'))]);
    assert.notEqual(imageOf(fox)!.conditioning!.fp16, imageOf(whale)!.conditioning!.fp16);
  });

  test('has the same conditioning from an attempt that goes on, and the same words behind the picture', async () => {
    const [whole, beside] = await Promise.all([reply(ask(wish)), reply(ask(wish))]);
    assert.deepEqual(imageOf(beside), imageOf(whole), 'another reply beside it changed it');
    const at = whole.findIndex(({ type }) => type === 'image');
    const sentence = textOf(whole.slice(0, at));
    for (const cut of [0, 5, sentence.lastIndexOf(' '), sentence.length]) {
      const forcedText = { text: sentence.slice(0, cut), imagesAnnounced: 0 };
      const again = await reply(ask(wish, {}, { forcedText }));
      if (forcedText.text + textOf(again) === textOf(whole))
        assert.deepEqual(imageOf(again), imageOf(whole), `behind "${forcedText.text}"`);
      else assert.equal(cut, 5, 'only a cut inside a word changes how it is spelled');
    }
    const forcedText = { text: sentence, imagesAnnounced: 1 };
    const behind = await reply(ask(wish, {}, { forcedText }));
    assert.equal(sentence + textOf(behind), textOf(whole));
    assert.equal(imageOf(behind), undefined);
  });

  test('never says the rows, however many pictures stand before it', async () => {
    const turns: LlmInput['turns'][number][] = [];
    for (const text of [wish, 'Now make it night.', 'Add a yellow balloon.', 'Draw a boat on the sea.']) {
      turns.push({ role: 'user', parts: [{ kind: 'text', text }] });
      const said = textOf(await reply({ ...ask(''), turns, options: { ...options, images: 'ALWAYS' } }));
      assert.doesNotMatch(said, /picture (?:place|time)|left middle right/);
      turns.push({
        role: 'assistant',
        parts: [
          { kind: 'text', text: said },
          { kind: 'image', produced: true },
        ],
      });
    }
  });

  test('to the next turn finds the picture in its prompt, which was read before', async () => {
    const frog = 'Please draw a small green frog on a stone.';
    const said = textOf(await reply(ask(frog)));
    const turns = (more: string) => [
      { role: 'user' as const, parts: [{ kind: 'text' as const, text: frog }] },
      {
        role: 'assistant' as const,
        parts: [
          { kind: 'text' as const, text: said },
          { kind: 'image' as const, produced: true },
        ],
      },
      { role: 'user' as const, parts: [{ kind: 'text' as const, text: more }] },
    ];
    const [first] = await reply({ ...ask(''), turns: turns('Now make it night, please, and add a yellow moon.') });
    const [second] = await reply({ ...ask(''), turns: turns('Now make it night, please, and add a yellow star.') });
    assert.ok(first?.type === 'prompt' && second?.type === 'prompt');
    assert.ok(second.cachedTokens > first.cachedTokens, `${second.cachedTokens} after ${first.cachedTokens}`);
    const [without] = await reply({
      ...ask(''),
      turns: turns('Now?').map((turn) => ({ ...turn, parts: turn.parts.slice(0, 1) })),
    });
    const [shown] = await reply({ ...ask(''), turns: turns('Now?') });
    assert.ok(without?.type === 'prompt' && shown?.type === 'prompt');
    assert.equal(shown.promptTokens - without.promptTokens, 8);
  });
});
