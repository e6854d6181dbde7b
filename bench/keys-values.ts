// Whether keys and values in int8 would pay: what they cost in divergence, and what they gain and lose in time. ONNX Runtime's attention
// takes them with one scale for each channel of each head, known beforehand.
import { maxPassItems } from '../functions/llm/decoder.ts';
import { msOf, timed } from './clock.ts';
import type { GraphOptions } from '../functions/llm/decoder-graph.ts';
import { compare, textWindows } from './divergence.ts';
import { fill, openNetwork, readText, type Network, type Scales } from './engine.ts';
import type { Part } from './figures.ts';
import { windowTokens } from './logits-pipe.ts';
import { table } from './page.ts';

const calibrationWindows = 8;

export async function measureKeyValueQuality(): Promise<Part> {
  const scales = await calibrate();
  const quality = await divergences(scales);
  const bits = [
    await compareBits({ precision: 'int8' }),
    await compareBits({ precision: 'int8', keyValueScales: scales }),
  ];
  return {
    text: `
Over ${quality.positions} positions, to float32 with keys and values in float32:

${table(
  ['weights', 'keys and values', 'divergence (KL)', 'the likeliest token is the same'],
  quality.rows.map(({ weights, cache, mean, agreed }) => [
    weights,
    cache,
    mean.toFixed(4),
    `${(100 * agreed).toFixed(1)} %`,
  ]),
)}

The same text, four tokens a pass and one at a time:

${table(
  [
    'keys and values',
    'positions',
    'logits equal to the last bit',
    'largest difference',
    'another token is the likeliest',
  ],
  bits.map(({ positions, equal, worst, flipped }, i) => [
    i === 0 ? 'float32' : 'int8',
    positions,
    equal,
    worst.toPrecision(2),
    flipped,
  ]),
)}`,
  };
}

export async function measureKeyValueTimes(): Promise<Part> {
  const times = await passTimes(await calibrate());
  return {
    text: `
${table(
  ['context', 'a token, ms: float32', 'int8', 'ratio', '32 tokens of a prompt, ms: float32', 'int8', 'ratio'],
  times.rows.map(({ context, step, chunk }) => [context, ...columns(step), ...columns(chunk)]),
)}

A whole prompt of 512 tokens: ${times.prompt[0].toFixed(0)} ms with float32, ${times.prompt[1].toFixed(0)} ms with int8.`,
  };
}

type Pair = readonly [float32: number, int8: number];
const columns = ([float32, int8]: Pair): string[] => [
  float32.toFixed(1),
  int8.toFixed(1),
  `${(int8 / float32).toFixed(2)} ×`,
];

/** The largest magnitude of each channel, at 127, over other text than what is measured on. */
async function calibrate(): Promise<Scales> {
  const ids = readText('training/README.md', 'node_modules/{debug,semver,uuid,zod,pg-protocol,jose}/README.md');
  await using network = await openNetwork({ precision: 'int8' }, windowTokens);
  const { keyValueHeads, headWidth, layers } = network.shape;
  const largest = network.cache.map(() => new Float32Array(keyValueHeads * headWidth));
  for (let window = 0; window < calibrationWindows; window++) {
    const chunk = ids.slice(window * windowTokens, (window + 1) * windowTokens);
    if (chunk.length < windowTokens) throw new Error(`${ids.length} tokens are too few to calibrate on`);
    await network.pass(chunk, 0, 'last');
    for (const [i, block] of network.cache.entries()) {
      for (const [k, value] of block.entries()) {
        const channel = Math.floor(k / (windowTokens * headWidth)) * headWidth + (k % headWidth);
        largest[i]![channel] = Math.max(largest[i]![channel]!, Math.abs(value));
      }
    }
  }
  const scaleOf = (i: number): Float32Array => largest[i]!.map((magnitude) => Math.max(magnitude, 1e-6) / 127);
  return Array.from({ length: layers }, (_, l) => ({ key: scaleOf(2 * l), value: scaleOf(2 * l + 1) }));
}

interface Quality {
  readonly positions: number;
  readonly rows: readonly { weights: string; cache: string; mean: number; agreed: number }[];
}

async function divergences(scales: Scales): Promise<Quality> {
  await using networks = new AsyncDisposableStack();
  const open = async (options: GraphOptions): Promise<Network> =>
    networks.use(await openNetwork(options, windowTokens));
  const exact = await open({ precision: 'float32' });
  const kinds = [
    { weights: 'int8', cache: 'float32 (served)', network: await open({ precision: 'int8' }) },
    { weights: 'int8', cache: 'int8', network: await open({ precision: 'int8', keyValueScales: scales }) },
    { weights: 'float32', cache: 'int8', network: await open({ precision: 'float32', keyValueScales: scales }) },
  ].map((kind) => ({ ...kind, sum: 0, agreed: 0 }));
  const { vocabulary } = exact.shape;
  for (const [window, { ids: chunk }] of textWindows.entries()) {
    const expected = await exact.pass(chunk, 0, 'all'); // (512, V)
    for (const kind of kinds) {
      const found = await kind.network.pass(chunk, 0, 'all');
      for (let i = 0; i < chunk.length; i++) {
        const span = [i * vocabulary, (i + 1) * vocabulary] as const;
        const { divergence, agrees } = compare(expected.subarray(...span), found.subarray(...span));
        kind.sum += divergence;
        kind.agreed += agrees ? 1 : 0;
      }
    }
    console.error(`window ${window + 1} of ${textWindows.length}`);
  }
  const positions = textWindows.length * windowTokens;
  return {
    positions,
    rows: kinds.map(({ weights, cache, sum, agreed }) => ({
      weights,
      cache,
      mean: sum / positions,
      agreed: agreed / positions,
    })),
  };
}

export interface Bits {
  readonly positions: number;
  /** Where all logits are the same to the last bit. */
  readonly equal: number;
  readonly worst: number;
  /** Where another token is the likeliest. */
  readonly flipped: number;
}

/** The same text one token at a time, and four at once. */
export async function compareBits(options: GraphOptions): Promise<Bits> {
  const together = 4;
  const ids = readText('README.md').slice(0, 96);
  await using steps = await openNetwork(options, 128);
  await using passes = await openNetwork(options, 128);
  const { vocabulary } = steps.shape;
  const result = { positions: ids.length, equal: 0, worst: 0, flipped: 0 };
  for (let at = 0; at < ids.length; at += together) {
    const found = await passes.pass(ids.slice(at, at + together), at, 'all'); // (4, V)
    for (let i = 0; i < together; i++) {
      const single = await steps.pass([ids[at + i]!], at + i, 'all');
      const row = found.subarray(i * vocabulary, (i + 1) * vocabulary);
      let [difference, bestSingle, best] = [0, 0, 0];
      for (let id = 0; id < vocabulary; id++) {
        difference = Math.max(difference, Math.abs(row[id]! - single[id]!));
        if (single[id]! > single[bestSingle]!) bestSingle = id;
        if (row[id]! > row[best]!) best = id;
      }
      if (difference === 0) result.equal++;
      if (best !== bestSingle) result.flipped++;
      result.worst = Math.max(result.worst, difference);
    }
  }
  return result;
}

interface PassTimes {
  readonly rows: readonly { readonly context: number; readonly step: Pair; readonly chunk: Pair }[];
  readonly prompt: Pair;
}

async function passTimes(scales: Scales): Promise<PassTimes> {
  const capacity = 8192;
  await using float32 = await openNetwork({ precision: 'int8' }, capacity);
  await using int8 = await openNetwork({ precision: 'int8', keyValueScales: scales }, capacity);
  for (const network of [float32, int8]) await fill(network, readText('README.md'));
  const both = async (calls: number, items: number, context: number): Promise<Pair> => {
    const ids = Array.from({ length: items }, (_, i) => 400 + 7 * i);
    const time = async (network: Network): Promise<number> =>
      msOf(await timed(calls, () => network.pass(ids, context, 'last')));
    return [await time(float32), await time(int8)];
  };
  const rows = [];
  for (const context of [128, 900, 2048, 4096, 8000])
    rows.push({ context, step: await both(11, 1, context), chunk: await both(3, 32, context) });
  const read = async (network: Network): Promise<number> => {
    const ids = Array.from({ length: maxPassItems }, (_, i) => 400 + 7 * i);
    const whole = async (): Promise<void> => {
      for (let at = 0; at < 512; at += maxPassItems) await network.pass(ids, at, 'last');
    };
    return msOf(await timed(3, whole));
  };
  return { rows, prompt: [await read(float32), await read(int8)] };
}
