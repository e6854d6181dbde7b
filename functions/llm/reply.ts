// One reply: prompt in, events out. Reads the prompt into a slot, then decodes token by token until the model ends, the
// limit is reached or the signal aborts. Must never repeat text that an earlier attempt delivered.
import type { ForcedText, LlmEvent, LlmOptions } from '../../core/function-contract.ts';
import type { Decoder, DecoderSlot } from './decoder.ts';
import { createPicturePlace } from './picture-place.ts';
import type { PromptLayout } from './prompt.ts';
import { sameItem, type PromptItem } from './prompt.ts';
import { sampleToken } from './sample-token.ts';
import { createTextStream } from './text-stream.ts';
import type { TextTokenizer } from './tokenizer.ts';

export interface ReplyRequest {
  readonly layout: PromptLayout;
  /** What an earlier attempt wrote, and its tokens. */
  readonly forced: ForcedText & { readonly ids: readonly number[] };
  readonly options: LlmOptions;
  /** Positions of the slot. */
  readonly contextTokens: number;
}

/** How many of the items a slot can keep. The last one is never kept, since its logits are wanted. */
export function reusableItems(slot: DecoderSlot, items: readonly PromptItem[]): number {
  const most = Math.min(slot.items.length, items.length - 1);
  for (let i = 0; i < most; i++) if (!sameItem(slot.items[i]!, items[i]!)) return i;
  return most;
}

/** @throws the signal's reason */
export async function writeReply(
  decoder: Decoder,
  slot: DecoderSlot,
  tokenizer: TextTokenizer,
  { layout, forced, options, contextTokens }: ReplyRequest,
  emit: (event: LlmEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const prompt = [...layout.items, ...forced.ids];
  const cachedTokens = reusableItems(slot, prompt);
  slot.items.length = cachedTokens;
  emit({ type: 'prompt', promptTokens: prompt.length, cachedTokens, droppedTurns: layout.droppedTurns });

  const sampling = { ...options, seed: BigInt(options.seed) };
  const repeated = new Set(forced.ids);
  const stream = createTextStream();
  const place = createPicturePlace(forced.text);
  let announced = options.images === 'NEVER' || forced.imageAnnounced;
  const emitText = (text: string): void => {
    if (text !== '') emit({ type: 'text', text });
  };
  const announce = (): void => {
    announced = true;
    emit({ type: 'image' });
  };

  // positions of the reply are counted over all attempts, so that each gets the draw it would have had
  const limit = Math.min(options.maxTokens, contextTokens - layout.items.length);
  let position = forced.ids.length;
  let finish: 'stop' | 'length' = 'length';
  let computeMs = 0;
  let pending: readonly PromptItem[] = prompt.slice(cachedTokens);
  while (position < limit) {
    const startedAt = performance.now();
    const logits = await decoder.append(slot, pending, signal);
    for (const id of tokenizer.forbiddenIds) logits[id] = -Infinity;
    const id = sampleToken(logits, sampling, repeated, position);
    computeMs += performance.now() - startedAt;
    if (tokenizer.stopIds.has(id)) {
      finish = 'stop';
      break;
    }
    position++;
    repeated.add(id);
    pending = [id];
    const text = stream.push(tokenizer.bytesOf(id));
    const cut = announced ? undefined : place.push(text);
    if (!cut) {
      emitText(text);
      continue;
    }
    emitText(cut.before);
    announce();
    emitText(cut.after);
  }
  if (!announced) announce();
  emit({
    type: 'usage',
    promptTokens: prompt.length,
    cachedTokens,
    outputTokens: position - forced.ids.length,
    computeMs: Math.round(computeMs),
  });
  emit({ type: 'done', finish });
}
