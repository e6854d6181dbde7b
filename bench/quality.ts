// `node quality.ts [competitor …]`: what each engine's rounding costs beside float32 of the served weights, as one JSON line. Each computes
// with its own kernels; must never be judged by its weights alone.
import { competitors } from './competitors.ts';
import { compare, textKinds, textWindows, type TextKind } from './divergence.ts';
import { openNetwork } from './engine.ts';
import { openLogitsPipe, windowTokens } from './logits-pipe.ts';

export interface Quality {
  /** KL to float32, mean over the positions. */
  readonly divergence: number;
  /** Share of the positions where the likeliest token is the same. */
  readonly agreed: number;
  readonly positions: number;
  /** KL of each kind of text by itself. */
  readonly ofKind: Readonly<Record<TextKind, number>>;
}

const names = process.argv.slice(2);
await using engines = new AsyncDisposableStack();
const exact = engines.use(await openNetwork({ precision: 'float32' }, windowTokens));
const { vocabulary } = exact.shape;
const judged = [];
for (const name of names) {
  const competitor = competitors[name];
  if (!competitor) throw new Error(`there is no competitor ${name}: ${Object.keys(competitors).join(', ')}`);
  judged.push({ name, read: await reader(competitor.logits), sums: { chat: 0, story: 0, code: 0 }, agreed: 0 });
}

async function reader(
  command: readonly string[] | undefined,
): Promise<(ids: readonly number[]) => Promise<Float32Array>> {
  if (command) return engines.use(openLogitsPipe(command, vocabulary)).read;
  const ours = engines.use(await openNetwork({ precision: 'int8' }, windowTokens));
  return (ids) => ours.pass(ids, 0, 'all');
}

let positions = 0;
for (const { kind, ids } of textWindows) {
  const expected = await exact.pass(ids, 0, 'all'); // (512, V)
  for (const one of judged) {
    const found = await one.read(ids);
    for (let i = 0; i < ids.length; i++) {
      const span = [i * vocabulary, (i + 1) * vocabulary] as const;
      const { divergence, agrees } = compare(expected.subarray(...span), found.subarray(...span));
      one.sums[kind] += divergence;
      one.agreed += agrees ? 1 : 0;
    }
  }
  positions += ids.length;
  console.error(`${kind} ${positions / windowTokens} of ${textWindows.length}`);
}
const result: Record<string, Quality> = {};
for (const { name, sums, agreed } of judged) {
  const share = (sum: number): number => (sum * textKinds.length) / positions; // of each kind as many
  const ofKind = { chat: share(sums.chat), story: share(sums.story), code: share(sums.code) };
  const divergence = (sums.chat + sums.story + sums.code) / positions;
  result[name] = { divergence, agreed: agreed / positions, positions, ofKind };
}
console.log(JSON.stringify(result));
process.exit(0); // ONNX Runtime's threads would keep the process
