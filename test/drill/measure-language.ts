// `node test/drill/measure-language.ts [speed|divergence]`: how fast the language function is on this machine, and what
// int8 costs against float32. Prints one line a figure, with the load of the machine, since other work makes them worse.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LlmFunction, LlmInput } from '../../core/function-contract.ts';
import { openModelPackage } from '../../functions/engine/model-package.ts';
import { openLanguageFunction } from '../../functions/llm/language-function.ts';
import { openTokenizer } from '../../functions/llm/tokenizer.ts';
import { logSumExp, modelFolder, openLogitsReader } from '../harness/decoder-logits.ts';
import { eventually } from '../harness/eventually.ts';
import { machineName } from './machine-name.ts';

interface Loaded {
  readonly loadMs: number;
  readonly residentMegabytes: number;
  /** At its highest, while the weights were being loaded. */
  readonly peakMegabytes: number;
}

const windowTokens = 512;
const windows = 9;
const never = new AbortController().signal;
const kvBytes = 512 * 2 ** 20;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const say = (what: string, measured: string, target = ''): void =>
  console.log(`${what}: ${measured}${target && ` (${target})`} [load ${loadavg()[0]!.toFixed(1)}]`);

const [part, cacheFolder] = process.argv.slice(2);
if (part === 'load') await measureLoad(cacheFolder!);
else {
  console.log(`${machineName()}, Node ${process.version}, ${new Date().toISOString()}`);
  if (part !== 'divergence') await measureSpeed();
  if (part !== 'speed') await measureDivergence();
}

/** In a process of its own, so that its memory is that of a server which has just started. */
async function measureLoad(folder: string): Promise<void> {
  const startedAt = performance.now();
  const llm = await ready(folder);
  const loaded: Loaded = {
    loadMs: performance.now() - startedAt,
    residentMegabytes: process.memoryUsage.rss() / 1e6,
    peakMegabytes: (process.resourceUsage().maxRSS * 1024) / 1e6,
  };
  console.log(JSON.stringify(loaded));
  await llm[Symbol.asyncDispose]();
}

async function measureSpeed(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gill-measure-language-'));
  try {
    const load = (): Loaded => {
      const child = spawnSync(process.execPath, [import.meta.filename, 'load', folder], { encoding: 'utf8' });
      if (child.status !== 0) throw new Error(child.stderr);
      return JSON.parse(child.stdout) as Loaded;
    };
    const first = load();
    say('load, first start', `${(first.loadMs / 1000).toFixed(1)} s`, '≤ 10 s');
    const warm = Array.from({ length: 5 }, load);
    say('load, warm', `${(median(warm.map(({ loadMs }) => loadMs)) / 1000).toFixed(1)} s`, '2 to 3 s');
    const megabytes = (of: (loaded: Loaded) => number): string => `${Math.round(median(warm.map(of)))} MB`;
    say(
      'resident after a warm load',
      megabytes(({ residentMegabytes }) => residentMegabytes),
    );
    say(
      '… at its highest while loading',
      megabytes(({ peakMegabytes }) => peakMegabytes),
    );

    await using llm = await ready(folder);
    const delay = monitorEventLoopDelay({ resolution: 2 });
    delay.enable();
    const runs: Timed[] = [];
    for (let i = 0; i < 12; i++) runs.push(await timeReply(llm, i));
    delay.disable();
    say('first token, short message', `${median(runs.map(({ firstMs }) => firstMs)).toFixed(0)} ms`, '≤ 500 ms');
    const speeds = runs.map(({ tokensPerSecond }) => tokensPerSecond);
    say(
      'decoding',
      `median ${median(speeds).toFixed(0)}, best ${Math.max(...speeds).toFixed(0)} tokens/s`,
      '≥ 110 on two quiet cores',
    );
    const fastMs = Math.min(...runs.map(({ fastTokenMs }) => fastTokenMs));
    say('… fastest tenth of the tokens', `${fastMs.toFixed(1)} ms each, ${(1000 / fastMs).toFixed(0)} tokens/s`);
    say('event loop delay while decoding', `p99 ${(delay.percentile(99) / 1e6 - 2).toFixed(1)} ms`, '< 20 ms');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Timed {
  readonly firstMs: number;
  readonly tokensPerSecond: number;
  /** The tenth of the tokens that came fastest took no longer than this: what a quiet machine would give throughout. */
  readonly fastTokenMs: number;
}

/** A reply of 64 tokens to a message that no earlier run shared. */
async function timeReply(llm: LlmFunction, i: number): Promise<Timed> {
  const input: LlmInput = {
    contract: 2,
    turns: [{ role: 'user', parts: [{ kind: 'text', text: `${i}: tell me a long story about the sea.` }] }],
    options: { maxTokens: 64, temperature: 1.5, topP: 1, repetitionPenalty: 1.1, seed: `${i}`, images: 'NEVER' },
  };
  const startedAt = performance.now();
  let tokens = 0;
  const arrivals: number[] = [];
  await llm.run(
    input,
    (event) => {
      if (event.type === 'text') arrivals.push(performance.now());
      if (event.type === 'usage') tokens = event.outputTokens;
    },
    never,
  );
  const firstAt = arrivals[0]!;
  const gaps = arrivals.slice(1).map((at, k) => at - arrivals[k]!);
  return {
    firstMs: firstAt - startedAt,
    tokensPerSecond: ((tokens - 1) * 1000) / (performance.now() - firstAt),
    fastTokenMs: gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 10)]!,
  };
}

/** KL(float32 ‖ int8) per position over public text at hand: this repository's pages and its dependencies' readmes. */
async function measureDivergence(): Promise<void> {
  const files = ['docs/*.md', 'node_modules/{graphql,express,kysely,pg,ws,pino,koffi,dataloader}/README.md'];
  const text = globSync(files)
    .sort()
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const { encodeText } = await openTokenizer(await openModelPackage(modelFolder));
  const ids = encodeText(text);
  const stride = Math.floor((ids.length - windowTokens) / (windows - 1));
  if (stride < windowTokens) throw new Error(`${ids.length} tokens of text are too few for ${windows} windows`);

  await using float32 = await openLogitsReader('float32', windowTokens);
  await using int8 = await openLogitsReader('int8', windowTokens);
  const divergences: number[] = [];
  let agreed = 0;
  for (let window = 0; window < windows; window++) {
    const from = window * stride;
    const chunk = ids.slice(from, from + windowTokens);
    const [exact, served] = [await float32.read(chunk), await int8.read(chunk)]; // (512, V) each
    for (let i = 0; i < windowTokens; i++) {
      const span = [i * float32.vocabulary, (i + 1) * float32.vocabulary] as const;
      const result = compare(exact.subarray(...span), served.subarray(...span));
      divergences.push(result.divergence);
      if (result.agree) agreed++;
    }
  }
  const mean = divergences.reduce((a, b) => a + b, 0) / divergences.length;
  const positions = divergences.length;
  say(`divergence of int8 from float32 over ${positions} positions`, mean.toFixed(4), '< 0.01');
  say('… median', median(divergences).toFixed(4));
  say('… the likeliest token is the same', `${((100 * agreed) / positions).toFixed(1)} %`);
}

function compare(exact: Float32Array, served: Float32Array): { divergence: number; agree: boolean } {
  const exactSum = logSumExp(exact);
  const servedSum = logSumExp(served);
  let divergence = 0;
  let exactBest = 0;
  let servedBest = 0;
  for (let id = 0; id < exact.length; id++) {
    const logP = exact[id]! - exactSum;
    divergence += Math.exp(logP) * (logP - (served[id]! - servedSum));
    if (exact[id]! > exact[exactBest]!) exactBest = id;
    if (served[id]! > served[servedBest]!) servedBest = id;
  }
  return { divergence, agree: exactBest === servedBest };
}

async function ready(folder: string): Promise<LlmFunction> {
  const llm = openLanguageFunction({ modelFolder, cacheFolder: folder, slots: 2, kvBytes });
  await eventually(() => llm.health().state !== 'loading', 300_000);
  const health = llm.health();
  if (health.state === 'failed') throw new Error(health.message);
  return llm;
}
