// How far other logits are from those of float32, and on which text that is measured: a dialogue in the served layout, a story, and sources of
// a dependency. Must be the same text for all engines.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { PromptTurn } from '../core/function-contract.ts';
import { openPromptFormat } from '../functions/llm/prompt.ts';
import { model, readText } from './engine.ts';
import { windowTokens } from './logits-pipe.ts';

export const textKinds = ['chat', 'story', 'code'] as const;
export type TextKind = (typeof textKinds)[number];

export interface TextWindow {
  readonly kind: TextKind;
  /** `windowTokens` of them. */
  readonly ids: readonly number[];
}

/** Of each kind. Fewer only to try something: what is published is measured on three. */
const windowsOfKind = Number(process.env['BENCH_WINDOWS'] ?? 3);

const turn = (role: PromptTurn['role'], text: string): PromptTurn => ({ role, parts: [{ kind: 'text', text }] });
const { layOut } = await openPromptFormat(model, 0);

const texts: Readonly<Record<TextKind, readonly number[]>> = {
  chat: chat(),
  story: readText('bench/texts/story.txt'),
  code: readText('node_modules/ws/lib/{receiver,sender,websocket}.js'), // as the lockfile has them
};

/** Of each kind in turn, so that the first few hold all. */
export const textWindows: readonly TextWindow[] = Array.from({ length: windowsOfKind }, (_, window) =>
  textKinds.map((kind) => ({ kind, ids: cut(texts[kind], window) })),
).flat();

/** Spread over the text, each read from its own first token. */
function cut(ids: readonly number[], window: number): readonly number[] {
  if (ids.length < windowTokens) throw new Error(`a text of ${ids.length} tokens is shorter than ${windowTokens}`);
  const stride = Math.floor((ids.length - windowTokens) / Math.max(1, windowsOfKind - 1));
  return ids.slice(window * stride, window * stride + windowTokens);
}

/** One dialogue of all that is said in those written by hand for the pointer: `[wish]` is answered with a sentence, `(talk)` with another. */
function chat(): readonly number[] {
  const file = readFileSync(path.resolve(import.meta.dirname, '../training/turns-pointer.txt'), 'utf8');
  const said = [...new Set(file.match(/\[[^\]]+\]|\([^)]+\)/g))];
  const turns = said.flatMap((each) => {
    const words = each.slice(1, -1);
    const thing = words.replace(/^(draw|paint|show me|i want)\s+/i, '').replace(/[.?!]+$/, '');
    return [
      turn('user', words),
      turn('assistant', each.startsWith('[') ? `Here is ${thing}.` : 'I am glad to hear that.'),
    ];
  });
  const { items } = layOut({ turns: [...turns, turn('user', 'Thank you!')] }, 0);
  return items.filter((item) => typeof item === 'number');
}

/** KL(exact ‖ other) of one position. */
export function compare(exact: Float32Array, other: Float32Array): { divergence: number; agrees: boolean } {
  const [exactSum, otherSum] = [logSumExp(exact), logSumExp(other)];
  let [divergence, exactBest, otherBest] = [0, 0, 0];
  for (let id = 0; id < exact.length; id++) {
    const logP = exact[id]! - exactSum;
    divergence += Math.exp(logP) * (logP - (other[id]! - otherSum));
    if (exact[id]! > exact[exactBest]!) exactBest = id;
    if (other[id]! > other[otherBest]!) otherBest = id;
  }
  return { divergence, agrees: exactBest === otherBest };
}

function logSumExp(logits: Float32Array): number {
  let peak = -Infinity;
  for (const logit of logits) if (logit > peak) peak = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - peak);
  return peak + Math.log(sum);
}
