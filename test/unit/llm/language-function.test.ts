// The language function with its real weights: events and their order, continuation, abort, several replies at once.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { LlmEvent, LlmFunction, LlmInput, LlmOptions } from '../../../core/function-contract.ts';
import { floatToHalf, toWire } from '../../../functions/engine/half.ts';
import { openLanguageFunction } from '../../../functions/llm/language-function.ts';
import { writeChangedPackage } from '../../harness/changed-package.ts';
import { modelFolder, testCacheFolder } from '../../harness/decoder-logits.ts';
import { eventually } from '../../harness/eventually.ts';

const never = new AbortController().signal;
const kvBytes = 512 * 2 ** 20;
const greedy: LlmOptions = {
  maxTokens: 24,
  temperature: 0,
  topP: 1,
  repetitionPenalty: 1.1,
  seed: '7',
  images: 'ALWAYS',
};
const ask = (text: string, options: Partial<LlmOptions> = {}, more: Partial<LlmInput> = {}): LlmInput => ({
  contract: 2,
  turns: [{ role: 'user', parts: [{ kind: 'text', text }] }],
  options: { ...greedy, ...options },
  ...more,
});

let llm: LlmFunction;

async function reply(input: LlmInput, signal = never): Promise<LlmEvent[]> {
  const events: LlmEvent[] = [];
  await llm.run(input, (event) => events.push(event), signal);
  return events;
}
const textOf = (events: readonly LlmEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('');
const count = (events: readonly LlmEvent[], type: LlmEvent['type']): number =>
  events.filter((event) => event.type === type).length;

before(async () => {
  llm = openLanguageFunction({ modelFolder, cacheFolder: testCacheFolder, slots: 2, kvBytes });
  const [early] = await reply(ask('Hello!'));
  assert.deepEqual([early?.type, early?.type === 'error' && early.code], ['error', 'MODEL_UNAVAILABLE']);
  await eventually(() => llm.health().state === 'ready', 120_000);
});
after(() => llm[Symbol.asyncDispose]());

describe('a reply', () => {
  test('is prompt, text with one picture behind the first sentence, usage, done', async () => {
    const events = await reply(ask('Draw a red fox under an umbrella.'));
    assert.equal(events[0]?.type, 'prompt');
    assert.deepEqual(events.slice(-2).map(({ type }) => type), ['usage', 'done']); // prettier-ignore
    assert.equal(count(events, 'image'), 1);
    const atPicture = events.findIndex(({ type }) => type === 'image');
    assert.match(textOf(events.slice(0, atPicture)), /^[^.!?]*fox[^.!?]*[.!?]$/);
    const usage = events.at(-2);
    assert.ok(usage?.type === 'usage' && usage.outputTokens > 3 && usage.computeMs > 0);
    assert.ok(usage.cachedTokens > 150, 'the prefix was not computed again');
    assert.deepEqual(events.at(-1), { type: 'done', finish: 'stop' });
  });

  test('has no picture when none is wanted or it was announced before, and ends at maxTokens', async () => {
    assert.equal(count(await reply(ask('Hello!', { images: 'NEVER' })), 'image'), 0);
    const forcedText = { text: 'Here is', imagesAnnounced: 1 };
    assert.equal(count(await reply(ask('Draw a fox.', {}, { forcedText })), 'image'), 0);
    const short = await reply(ask('Draw a red fox under an umbrella.', { maxTokens: 3 }));
    assert.deepEqual(short.at(-1), { type: 'done', finish: 'length' });
    assert.equal(count(short, 'image'), 1, 'a reply without a whole sentence still has its picture');
  });

  test('goes on behind every text an earlier attempt may have left, and repeats none of it', async () => {
    for (const temperature of [0, 0.3]) {
      const options = { temperature, maxTokens: 14, images: 'NEVER' as const };
      const events = await reply(ask('Tell me about the sea.', options));
      const whole = textOf(events);
      let written = '';
      for (const [i, event] of events.entries()) {
        if (event.type !== 'text') continue;
        if (i % 3 > 0) {
          written += event.text;
          continue;
        }
        const rest = textOf(
          await reply(ask('Tell me about the sea.', options, { forcedText: { text: written, imagesAnnounced: 0 } })),
        );
        assert.equal(written + rest, whole);
        written += event.text;
      }
      const full = await reply(
        ask(
          'Tell me about the sea.',
          { ...options, maxTokens: 5 },
          { forcedText: { text: whole, imagesAnnounced: 0 } },
        ),
      );
      assert.deepEqual(full.map(({ type }) => type), ['prompt', 'usage', 'done'], 'the limit counts what is written'); // prettier-ignore
    }
  });

  test('is a function of its seed, and the same beside others as alone', async () => {
    const inputs = ['Hello!', 'Draw a blue cat.', 'Who are you?', 'A boat at night.'].map((text, i) =>
      ask(text, { temperature: 1, topP: 0.95, maxTokens: 12, seed: `${i}` }),
    );
    const alone: string[] = [];
    for (const input of inputs) alone.push(textOf(await reply(input)));
    const together = await Promise.all(inputs.map((input) => reply(input)));
    assert.deepEqual(together.map(textOf), alone);
    const seeds = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        reply(ask('Tell me about the sea.', { temperature: 1.5, maxTokens: 8, seed: `${i}` })),
      ),
    );
    assert.ok(new Set(seeds.map(textOf)).size > 3);
  });

  test('to the next turn reads only what is new, and a branch of it as well', async () => {
    const said = (text: string) => ({ role: 'user' as const, parts: [{ kind: 'text' as const, text }] });
    const [asked, ...rest] = await reply(ask('Tell me about a very small boat.'));
    const answer = { role: 'assistant' as const, parts: [{ kind: 'text' as const, text: textOf(rest) }] };
    for (const question of ['And a big one?', 'What colour is it?']) {
      const turns = [said('Tell me about a very small boat.'), answer, said(question)];
      const [next] = await reply(ask('', {}, { turns }));
      assert.ok(asked?.type === 'prompt' && next?.type === 'prompt');
      // all of the first prompt's whole blocks; at their end the two prompts differ in the template's opening
      assert.ok(next.cachedTokens > asked.promptTokens - 20, `${next.cachedTokens} of ${asked.promptTokens}`);
      assert.ok(next.cachedTokens < next.promptTokens);
    }
  });

  test('sees rows that stand in its prompt', async () => {
    const values = new Float32Array(4 * 576).map((_, i) => Math.sin(i) / 4);
    const parts = [
      { kind: 'text', text: 'What is this? ' } as const,
      { kind: 'image', produced: false, rows: toWire([4, 576], floatToHalf(values)) } as const,
    ];
    const [withRows] = await reply(ask('', {}, { turns: [{ role: 'user', parts }] }));
    const [without] = await reply(ask('What is this? '));
    assert.ok(withRows?.type === 'prompt' && without?.type === 'prompt');
    assert.equal(withRows.promptTokens - without.promptTokens, 4);
  });

  test('to a turn behind a picture reads its rows once, and anew where another picture stands', async () => {
    const picture = (fill: number) => {
      const values = new Float32Array(4 * 576).map((_, i) => Math.sin(i * fill) / 4);
      return { kind: 'image', produced: false, rows: toWire([4, 576], floatToHalf(values)) } as const;
    };
    const asked = (fill: number) =>
      ({
        role: 'user',
        parts: [picture(fill), { kind: 'text', text: 'What is in this picture, and where?' }],
      }) as const;
    const [first, ...rest] = await reply(ask('', {}, { turns: [asked(1)] }));
    const answer = { role: 'assistant', parts: [{ kind: 'text', text: textOf(rest) }] } as const;
    const cached: number[] = [];
    for (const [fill, question] of [
      [1, 'What colour is it?'],
      [1, 'Is it night?'],
      [2, 'Is it night?'],
    ] as const) {
      const turns = [asked(fill), answer, { role: 'user', parts: [{ kind: 'text', text: question }] }] as const;
      const [next] = await reply(ask('', {}, { turns }));
      assert.ok(next?.type === 'prompt');
      cached.push(next.cachedTokens);
    }
    assert.ok(first?.type === 'prompt');
    const [next, branch, other] = cached as [number, number, number];
    // all of the first prompt's whole blocks; at their end the two prompts differ in the template's opening
    assert.ok(next > first.promptTokens - 20, `${next} of ${first.promptTokens}`);
    assert.ok(branch >= next, 'a branch shares what stands before it');
    assert.ok(other < next, 'another picture was taken for the first');
  });

  test('with FIND_ONLY says what a gallery is searched with, where a picture is wanted', async () => {
    const events = await reply(ask('Find me a picture of a red fox.', { images: 'FIND_ONLY', maxTokens: 24 }));
    const image = events.find((event) => event.type === 'image');
    assert.ok(image?.type === 'image' && image.query && image.decision);
    assert.deepEqual(image.query.shape, [128]);
    assert.ok(image.decision.findProbability > image.decision.drawProbability);
  });

  test('that cannot be made says why in an error event', async () => {
    const refusals: [LlmInput, string, RegExp][] = [
      [ask('fox '.repeat(3000)), 'CONTEXT_TOO_LONG', /shorten/],
      [ask('x', { maxTokens: 0 }), 'INVALID', /maxTokens is 0/],
      [ask('x', { topP: 0 }), 'INVALID', /topP/],
      [ask('x', { imageBias: Infinity }), 'INVALID', /imageBias is Infinity/],
      [ask('x', { temperature: NaN }), 'INVALID', /temperature/],
      [ask('x', { repetitionPenalty: -1 }), 'INVALID', /repetitionPenalty/],
      [ask('x', { seed: '18446744073709551616' }), 'INVALID', /64-bit/],
      [ask('x', {}, { turns: [] }), 'INVALID', /turn of the user/],
    ];
    for (const [input, code, sentence] of refusals) {
      const [event, ...rest] = await reply(input);
      assert.ok(event?.type === 'error' && rest.length === 0);
      assert.equal(event.code, code);
      assert.match(event.message, sentence);
      assert.equal(event.retryable, false);
    }
  });
});

describe('an abort', () => {
  const reason = new Error('cancelled by the test');

  test('stops the reading of a long prompt and the writing of a reply, and frees the slot', async () => {
    const long = ask(Array.from({ length: 160 }, (_, i) => `${i}`).join(' '), { seed: '3' });
    const startedAt = performance.now();
    const read = await reply({ ...long, options: { ...long.options, maxTokens: 1 } });
    assert.ok(read[0]?.type === 'prompt' && read[0].promptTokens > 600);
    const fullMs = performance.now() - startedAt;

    // the numbers begin elsewhere, so that nothing read above helps
    const other = ask(Array.from({ length: 160 }, (_, i) => `${i + 600}`).join(' '));
    const reading = new AbortController();
    const abortedAt = performance.now();
    const events: LlmEvent[] = [];
    const run = llm.run(
      other,
      (event) => {
        events.push(event);
        setTimeout(() => reading.abort(reason), 5);
      },
      reading.signal,
    );
    await assert.rejects(run, reason);
    assert.ok(performance.now() - abortedAt < fullMs / 2, 'the prompt was read to its end');
    assert.deepEqual(events.map(({ type }) => type), ['prompt']); // prettier-ignore

    const writing = new AbortController();
    let pieces = 0;
    const story = llm.run(
      ask('Tell me a long story about the sea.', { maxTokens: 400, repetitionPenalty: 1.3 }),
      (event) => {
        if (event.type === 'text' && ++pieces === 3) writing.abort(reason);
      },
      writing.signal,
    );
    await assert.rejects(story, reason);
    assert.equal(pieces, 3);

    await assert.rejects(reply(ask('x'), AbortSignal.abort(reason)), reason);
    const after = await Promise.all(['Hello!', 'Draw a fox.', 'Hello!'].map((text) => reply(ask(text))));
    assert.ok(after.every((answer) => answer.at(-1)?.type === 'done'));
    assert.equal(textOf(after[0]!), textOf(after[2]!), 'what an aborted run left behind was taken for a cache');
  });

  test('of one that waits for a slot takes nothing from the others', async () => {
    const waiting = new AbortController();
    const replies = ['Hello!', 'Draw a fox.'].map((text) => reply(ask(text)));
    const third = reply(ask('Who are you?'), waiting.signal);
    waiting.abort(reason);
    await assert.rejects(third, reason);
    assert.ok((await Promise.all(replies)).every((answer) => answer.at(-1)?.type === 'done'));
  });

  test('by disposal ends replies under way, and disposing while weights load ends the loading', async () => {
    const disposed = openLanguageFunction({ modelFolder, cacheFolder: testCacheFolder, slots: 1, kvBytes });
    await disposed[Symbol.asyncDispose]();
    assert.equal(disposed.health().state, 'failed');

    const brief = openLanguageFunction({ modelFolder, cacheFolder: testCacheFolder, slots: 1, kvBytes });
    await eventually(() => brief.health().state === 'ready', 120_000);
    let disposal: Promise<void> | undefined;
    const run = brief.run(
      ask('Tell me a long story.', { maxTokens: 400 }),
      () => {
        disposal ??= Promise.resolve(brief[Symbol.asyncDispose]());
      },
      never,
    );
    await assert.rejects(run, /shutting down/);
    await disposal;
    await assert.rejects(
      brief.run(ask('x'), () => undefined, never),
      /shutting down/,
    );
  });
});

describe('the context', () => {
  /** What health says of a function that does not load. */
  async function refusal(options: { contextTokens?: number; kvBytes: number }): Promise<string> {
    await using refused = openLanguageFunction({ modelFolder, cacheFolder: testCacheFolder, slots: 2, ...options });
    await eventually(() => refused.health().state === 'failed', 120_000);
    const health = refused.health();
    return health.state === 'failed' ? health.message : '';
  }

  test('too short for the instructions and a reply is refused with the least that would do', async () => {
    assert.match(
      await refusal({ contextTokens: 200, kvBytes: 2 ** 30 }),
      /context of 200 tokens .* take \d{3} of them .* raise GILL_CONTEXT_TOKENS to \d{3} or more/,
    );
  });

  test('beyond what the model was trained at, or beyond memory for one reply, is refused with both numbers', async () => {
    assert.match(
      await refusal({ contextTokens: 8193, kvBytes: 2 ** 30 }),
      /context of 8193 tokens .* trained at 8192: lower GILL_CONTEXT_TOKENS/,
    );
    assert.match(
      await refusal({ contextTokens: 8192, kvBytes: 300 * 2 ** 20 }),
      /up to 378 MB .* at 8192 tokens, but 300 MB are allowed: raise GILL_KV_MEGABYTES or lower GILL_CONTEXT_TOKENS/,
    );
  });

  test('as it was set bounds prompt and reply, and what does not fit is told with value and limit', async () => {
    await using small = openLanguageFunction({
      modelFolder,
      cacheFolder: testCacheFolder,
      slots: 2,
      contextTokens: 512,
      kvBytes,
    });
    await eventually(() => small.health().state === 'ready', 120_000);
    const run = async (input: LlmInput): Promise<LlmEvent[]> => {
      const events: LlmEvent[] = [];
      await small.run(input, (event) => events.push(event), never);
      return events;
    };
    const long = 'The fox walks over the hill. '.repeat(80);
    const [refused] = await run(ask(long));
    assert.ok(refused?.type === 'error' && refused.code === 'CONTEXT_TOO_LONG');
    assert.match(refused.message, /takes \d{3} tokens .* of the 512 of its context .* shorten the message/);
    const [tooMany] = await run(ask('Hello!', { maxTokens: 513 }));
    assert.ok(tooMany?.type === 'error' && /maxTokens is 513; it must be 1 to 512/.test(tooMany.message));
    const [prompt] = await run({
      ...ask('And now?', { maxTokens: 1 }),
      turns: [long.slice(0, 600), 'Yes.', 'And now?'].map((text, i) => ({
        role: i === 1 ? 'assistant' : 'user',
        parts: [{ kind: 'text', text }],
      })),
    });
    assert.ok(prompt?.type === 'prompt' && prompt.droppedTurns === 0 && prompt.promptTokens < 512);
  });
});

test('a package without weights is told by health and by every run', async () => {
  await using broken = openLanguageFunction({
    modelFolder: 'models/none',
    cacheFolder: testCacheFolder,
    slots: 1,
    kvBytes,
  });
  await eventually(() => broken.health().state === 'failed');
  const health = broken.health();
  assert.ok(health.state === 'failed' && health.message.includes('models/none'));
  const events: LlmEvent[] = [];
  await broken.run(ask('Hello!'), (event) => events.push(event), never);
  assert.ok(events[0]?.type === 'error' && events[0].code === 'MODEL_UNAVAILABLE');

  test('of a package without a gate or heads to find with is refused where they would decide', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'gill-no-gate-'));
    try {
      await writeChangedPackage(folder, ({ gill: _, ...manifest }) => manifest);
      await using gateless = openLanguageFunction({
        modelFolder: folder,
        cacheFolder: testCacheFolder,
        slots: 1,
        kvBytes,
      });
      await eventually(() => gateless.health().state === 'ready', 120_000);
      for (const images of ['AUTO', 'DRAW_ONLY'] as const) {
        const events: LlmEvent[] = [];
        await gateless.run(ask('x', { images }), (event) => events.push(event), never);
        const [event] = events;
        assert.ok(event?.type === 'error' && event.code === 'INVALID');
        assert.match(event.message, new RegExp(`${images}.*no gate.*ALWAYS or NEVER`));
      }
      const found: LlmEvent[] = [];
      await gateless.run(ask('x', { images: 'FIND_ONLY' }), (event) => found.push(event), never);
      assert.ok(found.length === 1 && found[0]?.type === 'error' && found[0].code === 'INVALID');
      assert.match(found[0].message, /FIND_ONLY.*no heads/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
