// One reply: logits in, events out, until the model ends or the limit is reached. Must never repeat text that an earlier
// attempt delivered, and knows nothing of who else is served.
import type { ForcedText, LlmEvent, LlmOptions } from '../../core/function-contract.ts';
import { createPicturePlace } from './picture-place.ts';
import type { PromptLayout } from './prompt.ts';
import { sampleToken } from './sample-token.ts';
import { createTextStream } from './text-stream.ts';
import type { TextTokenizer } from './tokenizer.ts';

export interface ReplyRequest {
  readonly layout: PromptLayout;
  /** What an earlier attempt wrote, and its tokens. */
  readonly forced: ForcedText & { readonly ids: readonly number[] };
  readonly options: LlmOptions;
  /** Positions of prompt and reply together. */
  readonly contextTokens: number;
}

export interface Reply {
  /** Must come first. @param cachedTokens items of the prompt that are not computed again */
  readonly begin: (cachedTokens: number) => void;
  /** An earlier attempt wrote all that may be written. */
  readonly full: boolean;
  /** @param logits behind the last token, shape (V); changed @returns the next token; undefined when nothing follows it */
  readonly next: (logits: Float32Array) => number | undefined;
  /** Must come last, when `next` returned undefined or the reply was full. */
  readonly end: (computeMs: number) => void;
}

export function createReply(
  tokenizer: TextTokenizer,
  { layout, forced, options, contextTokens }: ReplyRequest,
  emit: (event: LlmEvent) => void,
): Reply {
  const promptTokens = layout.items.length + forced.ids.length;
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
  let cached = 0;
  return {
    begin: (cachedTokens) => {
      cached = cachedTokens;
      emit({ type: 'prompt', promptTokens, cachedTokens, droppedTurns: layout.droppedTurns });
    },
    full: position >= limit,
    next: (logits) => {
      for (const id of tokenizer.forbiddenIds) logits[id] = -Infinity;
      const id = sampleToken(logits, sampling, repeated, position);
      if (tokenizer.stopIds.has(id)) {
        finish = 'stop';
        return undefined;
      }
      position++;
      repeated.add(id);
      const text = stream.push(tokenizer.bytesOf(id));
      const cut = announced ? undefined : place.push(text);
      if (cut) {
        emitText(cut.before);
        announce();
        emitText(cut.after);
      } else emitText(text);
      return position < limit ? id : undefined;
    },
    end: (computeMs) => {
      if (!announced) announce();
      emit({
        type: 'usage',
        promptTokens,
        cachedTokens: cached,
        outputTokens: position - forced.ids.length,
        computeMs: Math.round(computeMs),
      });
      emit({ type: 'done', finish });
    },
  };
}
