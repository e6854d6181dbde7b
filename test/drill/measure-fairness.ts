// `node test/drill/measure-fairness.ts`: what text and pictures cost each other in one process. Prints a table: time
// between tokens while nothing else runs and while pictures are drawn without pause, and a picture's time likewise.
import { loadavg } from 'node:os';
import type { DiffusionInput, LlmInput } from '../../core/function-contract.ts';
import { openPictureFunction } from '../../functions/diffusion/picture-function.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { createTurns } from '../../functions/engine/turns.ts';
import { openLanguageFunction } from '../../functions/llm/language-function.ts';
import { modelFolder, testCacheFolder } from '../harness/decoder-logits.ts';
import { eventually } from '../harness/eventually.ts';
import { machineName } from './machine-name.ts';

const rounds = Number(process.argv[2] ?? 8);
const never = new AbortController().signal;
const quantile = (values: readonly number[], q: number): string =>
  values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))]!.toFixed(1);

{
  const turns = createTurns();
  await using llm = openLanguageFunction({
    modelFolder,
    cacheFolder: testCacheFolder,
    slots: 4,
    kvBytes: 2 ** 29,
    turns,
  });
  const { width, height } = (await openModelPackage(modelFolder)).manifest.picture;
  await using diffusion = openPictureFunction({ modelFolder, slots: 2, turns });
  await eventually(() => [llm, diffusion].every((each) => each.health().state === 'ready'), 300_000);
  const drawFor = async (ended: Promise<unknown>): Promise<number[]> => {
    const state = watch(ended);
    const times: number[] = [];
    while (!state.over) times.push(await draw());
    return times;
  };
  const writeFor = async (ended: Promise<unknown>): Promise<number[]> => {
    const state = watch(ended);
    const gaps: number[] = [];
    for (let i = 0; !state.over; i++) gaps.push(...(await write(i)));
    return gaps;
  };
  await write(99);
  await draw();

  const textAlone = await repeat(rounds, write);
  const pictureAlone = await repeat(rounds, async () => [await draw()]);
  const writing = repeat(rounds, write);
  const [textBeside, ...rest] = await Promise.all([writing, drawFor(writing)]);
  const fourWriting = Promise.all([0, 1, 2, 3].map((k) => repeat(Math.ceil(rounds / 2), (i) => write(10 * k + i))));
  const [fourTexts, picturesBesideFour] = await Promise.all([fourWriting, drawFor(fourWriting)]);
  const drawing = repeat(rounds, async () => [await draw()]);
  const [pictureBeside] = await Promise.all([drawing, writeFor(drawing)]);

  console.log(`
${new Date().toISOString().slice(0, 10)}, ${machineName()}, load ${loadavg()[0]!.toFixed(1)}

| what | alone, p50 / p95 | beside the other, p50 / p95 |
| --- | --- | --- |
| time between tokens, one reply | ${quantile(textAlone, 0.5)} / ${quantile(textAlone, 0.95)} ms | ${quantile(textBeside, 0.5)} / ${quantile(textBeside, 0.95)} ms |
| … four replies at once | | ${quantile(fourTexts.flat(), 0.5)} / ${quantile(fourTexts.flat(), 0.95)} ms |
| one picture, default settings | ${quantile(pictureAlone, 0.5)} / ${quantile(pictureAlone, 0.95)} ms | ${quantile(pictureBeside, 0.5)} / ${quantile(pictureBeside, 0.95)} ms |
| pictures drawn beside one reply, beside four | | ${rest.map((times) => times.length).join()}, ${picturesBesideFour.length} |
`);

  /** @returns milliseconds between the pieces of text of a reply of 48 tokens */
  async function write(i: number): Promise<number[]> {
    const input: LlmInput = {
      contract: 2,
      turns: [{ role: 'user', parts: [{ kind: 'text', text: `${i}: tell me a long story about the sea.` }] }],
      options: { maxTokens: 48, temperature: 1.5, topP: 1, repetitionPenalty: 1.1, seed: `${i}`, images: 'NEVER' },
    };
    const arrivals: number[] = [];
    await llm.run(
      input,
      (event) => {
        if (event.type === 'text') arrivals.push(performance.now());
      },
      never,
    );
    return arrivals.slice(1).map((at, k) => at - arrivals[k]!);
  }

  async function draw(): Promise<number> {
    const input: DiffusionInput = {
      contract: 2,
      conditioning: { kind: 'TEXT', text: 'a red fox under an umbrella at night' },
      sampler: 'flow-euler',
      steps: 12,
      guidance: 3,
      seed: '7',
      width,
      height,
      previews: 2,
    };
    const startedAt = performance.now();
    await diffusion.run(input, () => undefined, never);
    return performance.now() - startedAt;
  }
}

async function repeat(times: number, work: (i: number) => Promise<number[]>): Promise<number[]> {
  const results: number[] = [];
  for (let i = 0; i < times; i++) results.push(...(await work(i)));
  return results;
}

function watch(ended: Promise<unknown>): { readonly over: boolean } {
  const state = { over: false };
  void ended.finally(() => (state.over = true));
  return state;
}
