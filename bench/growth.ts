// How the cost of text grows with the context and with the replies at once, and a picture's with its steps; beside it what the machine's
// memory would allow.
import { openPictureFunction } from '../functions/diffusion/picture-function.ts';
import { openDecoder, type Decoder } from '../functions/llm/decoder.ts';
import { drawChart } from './chart.ts';
import { msOf, quiet, timed, type Times } from './clock.ts';
import { model, never, openWeights } from './engine.ts';
import type { Part } from './figures.ts';
import { decoderBytes, readBandwidth } from './memory.ts';
import { table } from './page.ts';

const weights = await openWeights();
const { width, height } = model.manifest.picture;
const second = quiet ? 'second' : 'second of processor time';
const { layers, keyValueHeads, headWidth } = weights.shape;
/** Keys and values, which attention reads of every position before a token; no state is read. */
const bytesOfPosition = 2 * layers * keyValueHeads * headWidth * Float32Array.BYTES_PER_ELEMENT;
const weightBytes = decoderBytes(weights.shape);

export async function measureContext(): Promise<Part> {
  const bytesPerMs = await readBandwidth(msOf);
  const contexts = [128, 256, 512, 1024, 2048, 4096, 8064];
  await using decoder = await openDecoder(weights, 1, weights.shape.trainedTokens);
  fillSlot(decoder, 0, weights.shape.trainedTokens);
  const rows: { context: number; step: Times; chunk: Times; limitMs: number }[] = [];
  for (const context of contexts) {
    const step = await timed(15, () => decoder.step([{ item: 500, length: context }]));
    const items = Array.from({ length: 32 }, (_, i) => 400 + 7 * i);
    const chunk = await timed(3, () => decoder.read(0, context, items, never));
    rows.push({ context, step, chunk, limitMs: (weightBytes + context * bytesOfPosition) / bytesPerMs });
  }
  return {
    text: `
![tokens per second over the context](images/decode-context.svg)

Reading ${(bytesPerMs / 1e6).toFixed(1)} GB a ${second} is what ONNX Runtime's own threads reach here on memory. A token reads all weights once
(${(weightBytes / 1e6).toFixed(0)} MB) and ${(bytesOfPosition / 1000).toFixed(0)} kB for each position before it.

${table(
  [
    'context',
    'a token, ms',
    `tokens a ${second}`,
    'bytes read',
    'the memory alone, ms',
    'share of the limit',
    '32 tokens of a prompt, ms',
  ],
  rows.map(({ context, step, chunk, limitMs }) => [
    context,
    msOf(step).toFixed(1),
    (1000 / msOf(step)).toFixed(1),
    `${((weightBytes + context * bytesOfPosition) / 1e6).toFixed(0)} MB`,
    limitMs.toFixed(1),
    `${((100 * limitMs) / msOf(step)).toFixed(0)} %`,
    msOf(chunk).toFixed(0),
  ]),
)}`,
    charts: {
      'decode-context.svg': drawChart({
        title: 'Decoding one reply over its context',
        x: 'positions before the token',
        y: `tokens per ${second}`,
        ticks: contexts,
        lines: [
          { label: 'measured', points: rows.map(({ context, step }) => [context, 1000 / msOf(step)]) },
          {
            label: 'memory alone',
            isLimit: true,
            points: rows.map(({ context, limitMs }) => [context, 1000 / limitMs]),
          },
        ],
      }),
    },
  };
}

export async function measureBatch(): Promise<Part> {
  const sizes = [1, 2, 4, 8, 16, 32];
  const context = 128;
  await using decoder = await openDecoder(weights, sizes.at(-1)!, 2 * context);
  for (let slot = 0; slot < sizes.at(-1)!; slot++) fillSlot(decoder, slot, 2 * context);
  const rows: { size: number; step: Times }[] = [];
  for (const size of sizes) {
    const batch = Array.from({ length: size }, (_, slot) => ({ item: 500 + slot, length: context }));
    rows.push({ size, step: await timed(Math.ceil(20 / size) + 3, () => decoder.step(batch)) });
  }
  return {
    text: `
![tokens per second over the replies at once](images/decode-batch.svg)

${table(
  ['replies at once', 'a pass, ms', `tokens a ${second}, all replies`, 'beside one alone'],
  rows.map(({ size, step }) => [
    size,
    msOf(step).toFixed(1),
    ((1000 * size) / msOf(step)).toFixed(0),
    `${((size * msOf(rows[0]!.step)) / msOf(step)).toFixed(1)} ×`,
  ]),
)}`,
    charts: {
      'decode-batch.svg': drawChart({
        title: `Decoding at context ${context}, all replies together`,
        x: 'replies at once',
        y: `tokens per ${second}`,
        ticks: sizes,
        lines: [{ label: 'measured', points: rows.map(({ size, step }) => [size, (1000 * size) / msOf(step)]) }],
      }),
    },
  };
}

export async function measurePictures(): Promise<Part> {
  const counts = [4, 8, 12, 20, 50];
  const guidances = [1, 3];
  await using diffusion = openPictureFunction({ modelFolder: model.folder, slots: 1 });
  while (diffusion.health().state === 'loading') await new Promise((resolve) => setTimeout(resolve, 50));
  const draw = async (steps: number, guidance: number): Promise<void> => {
    const asked = { sampler: 'flow-euler', steps, guidance, seed: '7', width, height, previews: 0 };
    await diffusion.run(
      { contract: 2, conditioning: { kind: 'TEXT', text: 'a red fox under an umbrella' }, ...asked },
      (event) => {
        if (event.type === 'error') throw new Error(event.message);
      },
      never,
    );
  };
  const lines: { guidance: number; times: Times[] }[] = [];
  for (const guidance of guidances) {
    const times: Times[] = [];
    for (const steps of counts) times.push(await timed(3, () => draw(steps, guidance)));
    lines.push({ guidance, times });
  }
  const label = (guidance: number): string => (guidance === 1 ? 'no guidance' : 'with guidance');
  const perStep = ({ times }: (typeof lines)[number]): number =>
    (msOf(times.at(-1)!) - msOf(times[0]!)) / (counts.at(-1)! - counts[0]!);
  return {
    text: `
![time of a picture over its steps](images/picture-steps.svg)

The package draws ${width} × ${height} pixels and no other size: its denoiser has a weight for every place. Guidance doubles the rows of a call.
What does not grow with the steps is the words and the pixels.

${table(
  ['picture', ...counts.map((steps) => `${steps} steps, ms`), 'a step, ms', 'the rest, ms'],
  lines.map((line) => [
    label(line.guidance),
    ...line.times.map((times) => msOf(times).toFixed(0)),
    perStep(line).toFixed(1),
    (msOf(line.times[0]!) - counts[0]! * perStep(line)).toFixed(0),
  ]),
)}`,
    charts: {
      'picture-steps.svg': drawChart({
        title: `A picture of ${width} × ${height} pixels over its steps`,
        x: 'steps',
        y: quiet ? 'ms' : 'ms of processor time',
        ticks: counts,
        lines: lines.map(({ guidance, times }) => ({
          label: label(guidance),
          points: counts.map((steps, i) => [steps, msOf(times[i]!)] as const),
        })),
      }),
    },
  };
}

function fillSlot(decoder: Decoder, slot: number, positions: number): void {
  const block = Float32Array.from({ length: 64 * decoder.arena.positionSize }, (_, i) => Math.sin(i));
  for (let at = 0; at < positions; at += 64) decoder.arena.write(slot, at, Math.min(64, positions - at), block);
}
