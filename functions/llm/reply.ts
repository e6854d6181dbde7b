// One reply: logits in, events out, until the model ends or the limit is reached; and its picture's place, where the rows
// that the mapper reads are put in. Must never repeat text that an earlier attempt delivered, and knows nothing of who else
// is served.
import type { ForcedText, LlmEvent, LlmOptions, PictureWanted, WireTensor } from '../../core/function-contract.ts';
import type { Feed, ForcedRows } from './continuous-batch.ts';
import { probabilityOf } from './gate.ts';
import { createPicturePlace } from './picture-place.ts';
import type { PromptItem, PromptLayout } from './prompt.ts';
import { sampleToken } from './sample-token.ts';
import { createTextStream } from './text-stream.ts';
import type { TextTokenizer } from './tokenizer.ts';

/** What an earlier attempt wrote, and its tokens: those before its picture's place and those behind it. */
export interface Forced extends ForcedText {
  readonly idsBefore: readonly number[];
  readonly idsAfter: readonly number[];
}

/** What the package has beside the language model. */
export interface PictureHeads {
  /** Logit of a picture's being wanted. @param state at the end of the prompt, shape (H) */
  readonly gate?: ((state: Float32Array) => number) | undefined;
  readonly mapper?: PictureMapper | undefined;
}

export interface PictureMapper {
  readonly rows: readonly PromptItem[];
  /** @param states at the rows, shape (r, H) @returns shape (L, C) */
  readonly map: (states: Float32Array) => Promise<WireTensor>;
}

export interface ReplyRequest {
  readonly layout: PromptLayout;
  readonly forced: Forced;
  readonly options: LlmOptions;
  /** Positions of prompt and reply together. */
  readonly contextTokens: number;
  readonly heads: PictureHeads;
}

export interface Reply {
  /** Must come first. @param cachedTokens items of the prompt that are not computed again */
  readonly begin: (cachedTokens: number) => void;
  /** An earlier attempt wrote all that may be written: no logits are needed. */
  readonly full: boolean;
  /** What stands behind the prompt already. */
  readonly written: readonly Feed[];
  /** Must come before `next`. @param state at the end of the prompt, shape (H) */
  readonly read: (state: Float32Array) => void;
  /** @param logits behind the last item, shape (V); changed @returns what follows; nothing when the reply is complete */
  readonly next: (logits: Float32Array) => readonly Feed[];
  /** Must come last, when `next` returned nothing or the reply was full. */
  readonly end: (computeMs: number) => void;
}

/** Positions to keep free for a picture's rows beside the tokens of a reply. */
export const rowPositions = ({ images }: LlmOptions, { mapper }: PictureHeads): number =>
  images === 'NEVER' || !mapper ? 0 : mapper.rows.length;

export function createReply(
  tokenizer: TextTokenizer,
  { layout, forced, options, contextTokens, heads }: ReplyRequest,
  emit: (event: LlmEvent) => void,
): Reply {
  const { mapper } = heads;
  const sampling = { ...options, seed: BigInt(options.seed) };
  const forcedIds = [...forced.idsBefore, ...forced.idsAfter];
  const stands: readonly ForcedRows[] =
    forced.imageAnnounced && mapper ? [{ rows: mapper.rows, onStates: () => undefined }] : [];
  const promptTokens = layout.items.length + forcedIds.length + stands.reduce((sum, { rows }) => sum + rows.length, 0);
  const repeated = new Set(forcedIds);
  const stream = createTextStream();
  const place = createPicturePlace(forced.text);
  /** Of the picture: whether one is to come. */
  let picture = pictureAtFirst(options, forced);
  let wanted: PictureWanted | undefined;
  const emitText = (text: string): void => {
    if (text !== '') emit({ type: 'text', text });
  };

  // positions of the reply are counted over all attempts, so that each gets the draw it would have had
  const limit = Math.min(options.maxTokens, contextTokens - layout.items.length - rowPositions(options, heads));
  let position = forcedIds.length;
  let finish: 'stop' | 'length' = 'length';
  let ending = false;
  let cached = 0;

  /** The picture's place is here. @param after text behind it @returns what is to be read for it */
  function announce(after: string): readonly ForcedRows[] {
    picture = 'settled';
    const tell = (conditioning?: WireTensor): void => {
      emit({ type: 'image', ...(wanted && { wanted }), ...(conditioning && { conditioning }) });
      emitText(after);
    };
    if (mapper) return [{ rows: mapper.rows, onStates: async (states) => tell(await mapper.map(states)) }];
    tell();
    return [];
  }

  /** No token follows; a picture that found no place is put behind the text. @param last read before it */
  function finishWith(last: readonly number[]): readonly Feed[] {
    ending = true;
    const rows = picture === 'wanted' ? announce('') : [];
    return rows.length > 0 ? [...last, ...rows] : [];
  }

  return {
    begin: (cachedTokens) => {
      cached = cachedTokens;
      emit({ type: 'prompt', promptTokens, cachedTokens, droppedTurns: layout.droppedTurns });
    },
    full: position >= limit && picture !== 'undecided' && !(picture === 'wanted' && mapper),
    written: [...forced.idsBefore, ...stands, ...forced.idsAfter],
    read: (state) => {
      if (!heads.gate || !asksGate(options)) return;
      const logit = heads.gate(state) + (options.imageBias ?? 0);
      wanted = { probability: probabilityOf(logit) };
      if (picture === 'undecided') picture = logit > 0 ? 'wanted' : 'settled';
    },
    next: (logits) => {
      if (ending) return [];
      if (position >= limit) return finishWith([]); // an earlier attempt wrote all but the picture
      for (const id of tokenizer.forbiddenIds) logits[id] = -Infinity;
      const id = sampleToken(logits, sampling, repeated, position);
      if (tokenizer.stopIds.has(id)) {
        finish = 'stop';
        return finishWith([]);
      }
      position++;
      repeated.add(id);
      const isLast = position >= limit;
      const text = stream.push(tokenizer.bytesOf(id));
      const cut = picture === 'wanted' ? place.push(text) : undefined;
      if (!cut) {
        emitText(text);
        return isLast ? finishWith([id]) : [id];
      }
      emitText(cut.before);
      const rows = announce(cut.after);
      ending = isLast;
      // a token that only shows that the sentence has ended is read behind the picture, one that ends it before
      if (cut.before !== '') return isLast && rows.length === 0 ? [] : [id, ...rows];
      return isLast ? rows : [...rows, id];
    },
    end: (computeMs) => {
      if (picture === 'wanted') announce('');
      emit({
        type: 'usage',
        promptTokens,
        cachedTokens: cached,
        outputTokens: position - forcedIds.length,
        computeMs: Math.round(computeMs),
      });
      emit({ type: 'done', finish, ...(wanted && { wanted }) });
    },
  };
}

const asksGate = ({ images }: LlmOptions): boolean => images !== 'ALWAYS' && images !== 'NEVER';

function pictureAtFirst(options: LlmOptions, { imageAnnounced }: ForcedText): 'undecided' | 'wanted' | 'settled' {
  if (options.images === 'NEVER' || imageAnnounced) return 'settled';
  return asksGate(options) ? 'undecided' : 'wanted';
}
