// How far other logits are from those of float32, and on which text that is measured: dialogues in the served layout, a story, and this
// repository's sources. Must be the same text for all engines.
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

/** Fewer only to try something: what is published is measured on all. */
const windowsOfKind = Number(process.env['BENCH_WINDOWS'] ?? 3);
/** Turns that fill a window behind the package's prefix, more or less. */
const turnsOfWindow = 24;

const turn = (role: PromptTurn['role'], text: string): PromptTurn => ({ role, parts: [{ kind: 'text', text }] });
const { layOut } = await openPromptFormat(model, 0);

/** Of each kind in turn, so that the first few hold all. */
export const textWindows: readonly TextWindow[] = Array.from({ length: windowsOfKind }, (_, window) => [
  { kind: 'chat' as const, ids: chatWindow(window) },
  { kind: 'story' as const, ids: cut(readText('bench/texts/story.txt'), window) },
  { kind: 'code' as const, ids: cut(readText('functions/llm/*.ts'), window) },
]).flat();

/** Spread over the text, each read from its own first token. */
function cut(ids: readonly number[], window: number): readonly number[] {
  if (ids.length < windowTokens) throw new Error(`a text of ${ids.length} tokens is shorter than ${windowTokens}`);
  const stride = Math.floor((ids.length - windowTokens) / Math.max(1, windowsOfKind - 1));
  return ids.slice(window * stride, window * stride + windowTokens);
}

/** What people say in the dialogues written by hand for the pointer: wishes answered with a sentence, talk with one of its own. */
function chatWindow(window: number): readonly number[] {
  const lines = readFileSync(path.resolve(import.meta.dirname, '../training/turns-pointer.txt'), 'utf8').split('\n');
  const said = lines
    .filter((line) => /^\d/.test(line))
    .flatMap((line) => line.split('\t')[1]!.split(/[[\]()]/))
    .map((text) => text.trim())
    .filter((text, i, all) => text !== '' && all.indexOf(text) === i);
  const turns: PromptTurn[] = said
    .slice(window * turnsOfWindow, (window + 1) * turnsOfWindow)
    .flatMap((text) => [turn('user', text), turn('assistant', `Here is ${text[0]!.toLowerCase()}${text.slice(1)}.`)]);
  const ids = layOut({ turns: [...turns, turn('user', 'Thank you!')] }, 0).items.filter(
    (item) => typeof item === 'number',
  );
  return cut(ids.slice(0, windowTokens), 0);
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
