// One reply: prompt in, events out. Reads the prompt into a slot, then decodes token by token until the model ends, the
// limit is reached or the signal aborts. Must never repeat text that an earlier attempt delivered.
import type { ForcedText, LlmEvent, LlmOptions } from '../../core/function-contract.ts';
import type { Decoder, DecoderSlot } from './decoder.ts';
import { createPicturePlace } from './picture-place.ts';
import type { PromptLayout } from './prompt.ts';
import { sampleToken } from './sample-token.ts';
import { createTextStream } from './text-stream.ts';
import type { TextTokenizer } from './tokenizer.ts';

export interface ReplyRequest {
  readonly layout: PromptLayout;
  /** Items of the layout that stand in the slot already. */
  readonly cachedTokens: number;
  /** What an earlier attempt wrote, and its tokens. */
  readonly forced: ForcedText & { readonly ids: readonly number[] };
  readonly options: LlmOptions;
  /** Positions of the slot. */
  readonly contextTokens: number;
}

/** @throws the signal's reason */
export async function writeReply(
  decoder: Decoder,
  slot: DecoderSlot,
  tokenizer: TextTokenizer,
  { layout, cachedTokens, forced, options, contextTokens }: ReplyRequest,
  emit: (event: LlmEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const promptTokens = layout.items.length + forced.ids.length;
  emit({ type: 'prompt', promptTokens, cachedTokens, droppedTurns: layout.droppedTurns });

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
  // what was written is read as it was written, one token a pass: the cache is then the same to the last bit
  const passes = [layout.items.slice(cachedTokens), ...forced.ids.map((id) => [id])];
  while (position < limit) {
    const startedAt = performance.now();
    for (const items of passes.splice(0)) await decoder.append(slot, items, signal);
    const logits = slot.logits.data;
    for (const id of tokenizer.forbiddenIds) logits[id] = -Infinity;
    const id = sampleToken(logits, sampling, repeated, position);
    computeMs += performance.now() - startedAt;
    if (tokenizer.stopIds.has(id)) {
      finish = 'stop';
      break;
    }
    position++;
    repeated.add(id);
    passes.push([id]);
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
    promptTokens,
    cachedTokens,
    outputTokens: position - forced.ids.length,
    computeMs: Math.round(computeMs),
  });
  emit({ type: 'done', finish });
}
