// Lays out a prompt: the package's prefix, then as many turns as fit, newest last, by the chat template. Must never let a
// turn's text act as template, and never cut a turn in two.
import { Template } from '@huggingface/jinja';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '../../core/app-error.ts';
import type { LlmInput, PromptPart, PromptTurn, WireTensor } from '../../core/function-contract.ts';
import { fromWire, halfToFloat } from '../engine/half.ts';
import type { ModelPackage } from '../engine/model-package.ts';
import type { AskedPicture } from './pointer-input.ts';
import { standsAlone } from './stands-alone.ts';
import { openTokenizer, type TextTokenizer } from './tokenizer.ts';

/** What stands at one position: a token, or one embedding row of a picture. */
export type PromptItem = number | VisualRow;

export interface VisualRow {
  /** Shape (H). */
  readonly values: Float32Array;
  /** Equal for equal rows. */
  readonly key: string;
}

export const sameItem = (a: PromptItem, b: PromptItem): boolean =>
  typeof a === 'number' || typeof b === 'number' ? a === b : a.key === b.key;

export interface PromptLayout {
  /** The prefix, the turns that fit, and the opening of the assistant's turn. */
  readonly items: readonly PromptItem[];
  /**
   * Where that stands which a picture is of, oldest first, template and answers left out: the last turn's content, and where that
   * does not stand alone all that was said to the model since its last picture. What answers follows the last.
   */
  readonly told: readonly Span[];
  /** Oldest turns that were left out. */
  readonly droppedTurns: number;
  /** The assistant's pictures, oldest first. */
  readonly pictures: readonly PlacedPicture[];
}

/** Positions. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface PlacedPicture extends AskedPicture {
  readonly drawnFrom: WireTensor | undefined;
}

export interface PromptFormat {
  readonly tokenizer: TextTokenizer;
  /** What every dialogue without instructions of its own begins with. */
  readonly prefix: readonly PromptItem[];
  /**
   * @param replyTokens positions to keep free behind the prompt
   * @throws {AppError} CONTEXT_TOO_LONG when not even the last turn fits; INVALID when rows are not of the model's width
   */
  readonly layOut: (input: Pick<LlmInput, 'turns' | 'instructions'>, replyTokens: number) => PromptLayout;
}

interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly items: readonly PromptItem[];
}

/** Of a message's content, whatever order the template has them in. */
interface MessageSpan extends Span {
  readonly message: number;
}

interface Rendered {
  readonly items: readonly PromptItem[];
  readonly spans: readonly MessageSpan[];
}

/**
 * @param width of an embedding row
 * @param imageRows what stands for a picture of the assistant's; none: it leaves nothing
 * @param opened the package's, where it is open already
 * @throws {AppError} MODEL_UNAVAILABLE when the package's files do not fit each other
 */
export async function openPromptFormat(
  model: ModelPackage,
  width: number,
  imageRows: readonly VisualRow[] = [],
  opened?: TextTokenizer,
): Promise<PromptFormat> {
  const { lm, gill } = model.manifest;
  const tokenizer = opened ?? (await openTokenizer(model));
  const template = new Template(await readFile(model.file(lm.chatTemplate), 'utf8'));

  const text = (content: string): PromptItem[] => [...tokenizer.encodeText(content)];
  const begin = (instructions: string | undefined): Message[] => [
    { role: 'system', items: text([lm.system, instructions?.trim()].filter(Boolean).join('\n')) },
    ...lm.examples.flatMap(({ user, assistant }): Message[] => [
      { role: 'user', items: text(user) },
      { role: 'assistant', items: text(assistant) },
    ]),
  ];
  const begun = begin(undefined);

  /** Renders with stand-ins for the contents, so that the template's text and a person's never meet in one string. */
  const render = (messages: readonly Message[], openReply: boolean): Rendered => {
    const rendered = template.render({
      messages: messages.map(({ role }, i) => ({ role, content: standIn(i) })),
      add_generation_prompt: openReply,
    });
    const items: PromptItem[] = [];
    const spans: MessageSpan[] = [];
    for (const [i, piece] of rendered.split(standInPattern).entries()) {
      const from = items.length;
      items.push(...(i % 2 === 0 ? tokenizer.encodeTemplate(piece) : messages[Number(piece)]!.items));
      if (i % 2 === 1) spans.push({ from, to: items.length, message: Number(piece) });
    }
    return { items, spans };
  };

  return {
    tokenizer,
    prefix: render(begun, false).items,
    layOut: ({ turns, instructions }, replyTokens) => {
      const head = instructions === undefined ? begun : begin(instructions);
      const messages = turns.map(({ role, parts }: PromptTurn): Message => ({ role, items: encodeParts(parts) }));
      const room = lm.contextTokens - replyTokens;
      // what remains begins with a question: an answer without one confuses the model
      const starts = messages.flatMap(({ role }, i) => (role === 'user' || i === messages.length - 1 ? [i] : []));
      if (starts[0] !== 0) starts.unshift(0);
      const layOutFrom = (start: number): ReturnType<typeof render> =>
        render([...head, ...messages.slice(start)], true);
      // fewer turns are never longer, so the first start that fits is found by halving
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (layOutFrom(starts[middle]!).items.length <= room) high = middle;
        else low = middle + 1;
      }
      const { items, spans } = layOutFrom(starts[low]!);
      if (items.length > room) {
        throw new AppError(
          'CONTEXT_TOO_LONG',
          `the last message takes ${items.length} tokens together with the model's instructions; with ${replyTokens} kept ` +
            `for the reply, ${room} of the ${lm.contextTokens} of its context are left: shorten the message`,
        );
      }
      const pictures = imageRows.length > 0 ? picturesOf(turns.slice(starts[low])) : [];
      const told = saysAll(turns.at(-1))
        ? spans.slice(-1)
        : spansTold(spans, [...head, ...messages.slice(starts[low])], head.length);
      return { items, told, droppedTurns: starts[low]!, pictures };
    },
  };

  function encodeParts(parts: readonly PromptPart[]): PromptItem[] {
    const items: PromptItem[] = [];
    let pending = '';
    const flush = (): void => {
      if (pending !== '') items.push(...text(pending));
      pending = '';
    };
    for (const part of parts) {
      if (part.kind === 'text') {
        pending += part.text; // neighbours are one text, wherever they were cut
        continue;
      }
      const standing = pictureItems(part);
      if (standing.length === 0) continue; // and the text goes on as if nothing had been there
      flush();
      items.push(...standing);
    }
    flush();
    return items;
  }

  function pictureItems({ produced, rows }: Extract<PromptPart, { kind: 'image' }>): VisualRow[] {
    const isRead = !produced || (gill?.layout.drawn === 'imageTokensAndRows' && !gill.parity?.includes('words-only'));
    const seen = rows && isRead ? readRows(rows, width) : [];
    return produced ? [...imageRows, ...seen] : seen;
  }
}

/** A message that shows a picture of its own is about that. */
const saysAll = (turn: PromptTurn | undefined): boolean =>
  turn !== undefined && (turn.parts.some(({ kind }) => kind === 'image') || standsAlone(wordsOf(turn)));

/** Of what was said since the assistant's last picture, and of the last message. @param headLength messages that are no dialogue */
function spansTold(
  spans: readonly MessageSpan[],
  messages: readonly Message[],
  headLength: number,
): readonly MessageSpan[] {
  const drawn = messages.findLastIndex(
    ({ role, items }) => role === 'assistant' && items.some((item) => typeof item !== 'number'),
  );
  const first = Math.max(drawn + 1, headLength);
  return spans.filter(
    ({ message }, i) => i === spans.length - 1 || (message >= first && messages[message]!.role === 'user'),
  );
}

function picturesOf(turns: readonly PromptTurn[]): readonly PlacedPicture[] {
  let words = '';
  return turns.flatMap((turn) => {
    if (turn.role === 'user') {
      words = wordsOf(turn);
      return [];
    }
    const produced = turn.parts.filter((part) => part.kind === 'image').filter((part) => part.produced);
    return produced.map(({ drawnFrom, words: own = words }, nth) => ({ words: own, nth, drawnFrom }));
  });
}

/** What a turn says, whatever stands between. */
export const wordsOf = ({ parts }: PromptTurn): string =>
  parts
    .map((part) => (part.kind === 'text' ? part.text : ''))
    .join('')
    .trim();

/** @param width H @throws {AppError} INVALID when they are none of the model's */
export function readRows(tensor: WireTensor, width: number): VisualRow[] {
  const [count, columns] = tensor.shape;
  if (tensor.shape.length !== 2 || count === undefined || columns !== width) {
    throw new AppError(
      'INVALID',
      `rows of shape (${tensor.shape.join(', ')}) cannot stand in the prompt: it takes (rows, ${width})`,
    );
  }
  const values = halfToFloat(fromWire(tensor)); // (rows, H)
  if (!values.every(Number.isFinite)) throw new AppError('INVALID', 'rows must be finite numbers');
  const digest = createHash('sha256').update(tensor.fp16).digest('hex');
  return Array.from({ length: count }, (_, i) => ({
    values: values.subarray(i * width, (i + 1) * width),
    key: `${digest}.${i}`,
  }));
}

// Private-use characters: a template passes them through, and what a person wrote is never searched for them.
const standIn = (i: number): string => `\uE000${i}\uE001`;
const standInPattern = /\uE000(\d+)\uE001/;
