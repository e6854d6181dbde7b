// Whether drafting a reply's next tokens from its prompt would pay: what a pass over several tokens costs beside one, how often such a
// draft is right on replies of the bundled model, and whether such a pass gives the very logits that single steps give.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LlmInput, PromptTurn } from '../core/function-contract.ts';
import { defaultSampling } from '../core/reply-options.ts';
import { openLanguageFunction } from '../functions/llm/language-function.ts';
import { openPromptFormat, type PromptItem } from '../functions/llm/prompt.ts';
import { msOf, timed } from './clock.ts';
import { cacheFolder, fill, model, never, openNetwork, readText } from './engine.ts';
import type { Part } from './figures.ts';
import { compareBits } from './keys-values.ts';
import { table } from './page.ts';

const contexts = [128, 900] as const;
/** Tokens of a pass: the one that is certain and those drafted behind it. */
const passes = [1, 2, 3, 4, 6, 8] as const;
const mostDrafted = 3;

export async function measureLookup(): Promise<Part> {
  const costs = await passCosts();
  const found = await simulate(costs.get(contexts[1])!);
  const bits = await compareBits({ precision: 'int8' });
  return {
    text: `
${table(
  ['context', ...passes.map((items) => `${items} token${items > 1 ? 's' : ''}, ms`)],
  contexts.map((context) => [
    context,
    ...passes.map((items) => {
      const ms = costs.get(context)!.get(items)!;
      return `${ms.toFixed(1)} (${(ms / costs.get(context)!.get(1)!).toFixed(2)} ×)`;
    }),
  ]),
)}

Drafts are up to ${mostDrafted} tokens that followed the latest earlier place with the same two last tokens, in the prompt or the reply.

${table(
  [
    'replies of the test dialogues',
    'replies',
    'tokens',
    'steps that had a draft',
    'tokens of drafts that were right',
    'passes saved',
    'time saved',
  ],
  found.map(({ name, replies, tokens, steps, drafts, drafted, right, ms, alone }) => [
    name,
    replies,
    tokens,
    `${((100 * drafts) / steps).toFixed(0)} %`,
    `${((100 * right) / Math.max(drafted, 1)).toFixed(0)} %`,
    `${(100 * (1 - steps / tokens)).toFixed(0)} %`,
    `${(100 * (1 - ms / alone)).toFixed(0)} %`,
  ]),
)}

Passes of four tokens beside single steps over ${bits.positions} tokens: ${bits.equal} have the same logits to the last bit; the largest difference is
${bits.worst.toPrecision(2)}, and at ${bits.flipped} another token is the likeliest.`,
  };
}

/** Milliseconds of a pass with logits of all its tokens, by context and tokens. */
async function passCosts(): Promise<ReadonlyMap<number, ReadonlyMap<number, number>>> {
  await using network = await openNetwork({ precision: 'int8' }, 1024);
  await fill(network, readText('README.md'));
  const costs = new Map<number, Map<number, number>>();
  for (const context of contexts) {
    const row = new Map<number, number>();
    for (const items of passes) {
      const ids = Array.from({ length: items }, (_, i) => 400 + 7 * i);
      row.set(items, msOf(await timed(15, () => network.pass(ids, context, 'all'))));
    }
    costs.set(context, row);
  }
  return costs;
}

interface Simulated {
  readonly name: string;
  replies: number;
  tokens: number;
  steps: number;
  drafts: number;
  drafted: number;
  right: number;
  ms: number;
  /** Of single steps. */
  alone: number;
}

/** What each reply would have taken with drafts. @param costs milliseconds of a pass by its tokens */
async function simulate(costs: ReadonlyMap<number, number>): Promise<Simulated[]> {
  const file = path.resolve(import.meta.dirname, '../test/golden/fixtures/dialogues.json');
  const { dialogues } = JSON.parse(readFileSync(file, 'utf8')) as {
    dialogues: { turns: { role: 'user' | 'assistant'; text: string }[] }[];
  };
  await using llm = openLanguageFunction({ modelFolder: model.folder, cacheFolder, slots: 1, kvBytes: 2 ** 29 });
  while (llm.health().state === 'loading') await new Promise((resolve) => setTimeout(resolve, 50));
  const format = await openPromptFormat(model, 576);
  const kinds = [
    { name: 'the likeliest tokens', sampling: { ...defaultSampling, temperature: 0 } },
    { name: 'drawn as by default', sampling: defaultSampling },
  ];
  const results: Simulated[] = [];
  for (const { name, sampling } of kinds) {
    const sum: Simulated = { name, replies: 0, tokens: 0, steps: 0, drafts: 0, drafted: 0, right: 0, ms: 0, alone: 0 };
    for (const { turns } of dialogues) {
      for (const [i, { role }] of turns.entries()) {
        if (role !== 'user') continue;
        const before: PromptTurn[] = turns
          .slice(0, i + 1)
          .map(({ role: who, text }) => ({ role: who, parts: [{ kind: 'text', text }] }));
        const options = { ...sampling, maxTokens: 64, seed: `${i}`, images: 'NEVER' };
        let reply = '';
        await llm.run(
          { contract: 2, turns: before, options } as LlmInput,
          (event) => {
            if (event.type === 'text') reply += event.text;
          },
          never,
        );
        draftAlong(format.layOut({ turns: before }, 64).items, format.tokenizer.encodeText(reply), costs, sum);
      }
    }
    results.push(sum);
  }
  return results;
}

function draftAlong(
  prompt: readonly PromptItem[],
  reply: readonly number[],
  costs: ReadonlyMap<number, number>,
  sum: Simulated,
): void {
  const said = [...prompt];
  sum.replies++;
  for (let at = 0; at < reply.length;) {
    const draft = at === 0 ? [] : lookUp(said).slice(0, reply.length - at - 1);
    let right = 0;
    while (right < draft.length && draft[right] === reply[at + right]) right++;
    const tokens = right + 1;
    said.push(...reply.slice(at, at + tokens));
    at += tokens;
    sum.tokens += tokens;
    sum.steps++;
    sum.alone += tokens * costs.get(1)!;
    sum.ms += costs.get(1 + draft.length)!;
    if (draft.length === 0) continue;
    sum.drafts++;
    sum.drafted += draft.length;
    sum.right += right;
  }
}

/** What followed the latest earlier place with the same two last tokens. */
function lookUp(said: readonly PromptItem[]): readonly PromptItem[] {
  const [lastButOne, last] = said.slice(-2);
  for (let i = said.length - 2; i >= 1; i--)
    if (said[i] === last && said[i - 1] === lastButOne) return said.slice(i + 1, i + 1 + mostDrafted);
  return [];
}
