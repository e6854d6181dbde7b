// One reply: logits in, events out, until the model ends or the limit is reached; and its picture's place, where the rows
// are put in whose states say what the picture is. Must never repeat text that an earlier attempt delivered, and knows nothing of who else
// is served.
import type { ForcedText, LlmEvent, LlmOptions, PictureWanted } from '../../core/function-contract.ts';
import { limits } from '../../core/limits.ts';
import type { ParityHabit } from '../../core/parity.ts';
import type { AsideRows, Feed } from './continuous-batch.ts';
import { probabilityOf, scaledAbsolutely } from './gate.ts';
import { createPicturePlace, endsSentence } from './picture-place.ts';
import { createPictureSeries, type PictureReader } from './picture-series.ts';
import type { PromptLayout } from './prompt.ts';
import { sampleToken } from './sample-token.ts';
import { createTextStream } from './text-stream.ts';
import type { TextTokenizer } from './tokenizer.ts';
import type { WishParts } from './wish-parts.ts';

/** What the package has beside the language model. */
export interface PictureHeads {
  /** Logit of a picture's being wanted. @param state at the end of the prompt, shape (H) */
  readonly gate?: ((state: Float32Array) => number) | undefined;
  /** How many the message asks for, and what it says of each. Absent: one. */
  readonly wish?: WishParts | undefined;
  readonly reader?: PictureReader | undefined;
}

export interface ReplyRequest {
  readonly layout: PromptLayout;
  /** What an earlier attempt wrote, and its tokens. */
  readonly forced: ForcedText & { readonly ids: readonly number[] };
  readonly options: LlmOptions;
  /** Positions of prompt and reply together. */
  readonly contextTokens: number;
  readonly heads: PictureHeads;
  readonly parity?: readonly ParityHabit[];
}

export interface Reply {
  /** Must come first. @param cachedTokens items of the prompt that are not computed again */
  readonly begin: (cachedTokens: number) => void;
  /** Most that prompt, tokens and rows come to hold. */
  readonly positions: number;
  /** An earlier attempt wrote all that may be written: no logits are needed. */
  readonly full: boolean;
  /** Must come before `next`. @param state at the end of the prompt, shape (H) */
  readonly read: (state: Float32Array) => void;
  /** @param logits behind the last item, shape (V); changed @returns what follows; nothing when the reply is complete */
  readonly next: (logits: Float32Array) => readonly Feed[];
  /** Must come last, when `next` returned nothing or the reply was full. */
  readonly end: (computeMs: number) => void;
}

/** Positions to keep free for the rows of so many pictures beside the tokens of a reply. */
export const rowPositions = ({ images }: LlmOptions, rows: number, pictures: number): number =>
  images === 'NEVER' ? 0 : rows * pictures;

export function createReply(
  tokenizer: TextTokenizer,
  { layout, forced, options, contextTokens, heads, parity = [] }: ReplyRequest,
  emit: (event: LlmEvent) => void,
): Reply {
  const { reader } = heads;
  const sampling = { ...options, seed: BigInt(options.seed) };
  const promptTokens = layout.items.length + forced.ids.length;
  const repeated = new Set(forced.ids);
  const stream = createTextStream();
  const place = createPicturePlace(forced.text, parity.includes('full-stop-places'));
  let said = forced.text;
  /** Of the picture: whether one is to come. */
  let picture = pictureAtFirst(options, forced);
  let wanted: PictureWanted | undefined;
  const pictureEnds = parity.includes('picture-ends');
  const { imageBias = 0 } = options;
  const count = asksGate(options) && !pictureEnds ? Math.min(heads.wish?.count ?? 1, limits.maxPicturesPerReply) : 1;
  const series = createPictureSeries(
    {
      reader,
      count,
      parts: heads.wish?.parts,
      told: forced.imagesAnnounced,
      atFullStop: parity.includes('full-stop-places'),
      common: () => ({ ...(wanted && { wanted }) }),
    },
    emit,
  );

  // positions of the reply are counted over all attempts, so that each gets the draw it would have had
  const rowsAside = rowPositions(options, reader?.rows.length ?? 0, count);
  const limit = Math.min(options.maxTokens, contextTokens - layout.items.length - rowsAside);
  let position = forced.ids.length;
  let [last, lastButOne] = [forced.ids.at(-1), forced.ids.at(-2)];
  const stops = !parity.includes('line-break-ends');
  const isOver = pictureEnds && forced.imagesAnnounced > 0;
  let finish: 'stop' | 'length' = isOver ? 'stop' : 'length';
  let ending = false;
  let cached = 0;

  function announce(): void {
    picture = 'settled';
    series.announce();
  }

  /** No token follows; a picture that found no place is put behind the text. @param last read before it, if need be */
  function finishWith(last: readonly number[]): readonly Feed[] {
    ending = true;
    if (picture === 'wanted') announce();
    const rows = series.takeUnread();
    return rows.length > 0 ? [...last, ...rows] : [];
  }

  /** Rows are read, and nothing follows. */
  function goodbye(rows: readonly AsideRows[]): readonly AsideRows[] {
    ending = true;
    return rows;
  }

  return {
    begin: (cachedTokens) => {
      cached = cachedTokens;
      emit({ type: 'prompt', promptTokens, cachedTokens, droppedTurns: layout.droppedTurns });
    },
    positions: layout.items.length + Math.max(limit, forced.ids.length) + rowsAside,
    full:
      isOver || (position >= limit && !series.goesOn && picture !== 'undecided' && !(picture === 'wanted' && reader)),
    read: (state) => {
      if (!heads.gate || !asksGate(options)) return;
      const asked = heads.gate(state);
      const logit = parity.includes('absolute-logit')
        ? scaledAbsolutely(asked, Math.exp(imageBias))
        : asked + imageBias;
      wanted = { probability: probabilityOf(logit) };
      if (picture === 'undecided') picture = logit > 0 ? 'wanted' : 'settled';
    },
    next: (logits) => {
      if (ending) return [];
      if (position >= limit) return finishWith([]); // an earlier attempt wrote all but the picture
      for (const id of tokenizer.forbiddenIds) logits[id] = -Infinity;
      // the rows of pictures before it are words to the model: two of them in a row may be speech, the third is a row's echo
      reader?.rowTokens.forEach((id, i, rows) => {
        if (i >= 2 && rows[i - 2] === lastButOne && rows[i - 1] === last) logits[id] = -Infinity;
      });
      const id = sampleToken(logits, sampling, repeated, position);
      // one that learned from the pictures before it begins to say the rows themselves: that is its own way to end with one
      const saysRows = reader?.rowTokens.includes(id) === true && endsSentence(said);
      if ((stops && tokenizer.stopIds.has(id)) || saysRows) {
        finish = 'stop';
        return finishWith([]);
      }
      position++;
      [lastButOne, last] = [last, id];
      repeated.add(id);
      const pushed = stream.push(tokenizer.bytesOf(id));
      const text = stops ? pushed : beforeBreak(said, pushed);
      const breaks = text.length < pushed.length;
      said += pushed;
      const cut = picture === 'wanted' ? place.push(text) : undefined;
      series.say(cut ? cut.before : text);
      // the rows of a place before this token are read before it, those of a place within it behind it
      const before = series.takeUnread();
      if (cut) {
        announce();
        if (!pictureEnds) series.say(cut.after);
      }
      if (breaks || (cut && pictureEnds)) {
        finish = 'stop';
        const own = (cut ? cut.before : text) === '' ? [] : [id];
        return before.length > 0 ? goodbye(before) : finishWith(own);
      }
      const here = cut?.before === '' ? [...before, ...series.takeUnread()] : before;
      return position < limit ? [...here, id] : [...here, ...finishWith([id])];
    },
    end: (computeMs) => {
      if (picture === 'wanted') announce();
      series.end();
      emit({
        type: 'usage',
        promptTokens,
        cachedTokens: cached,
        outputTokens: position - forced.ids.length,
        computeMs: Math.round(computeMs),
      });
      emit({ type: 'done', finish, ...(wanted && { wanted }) });
    },
  };
}

/** What stands before the line break that ends a reply: its first, unless the reply begins with it. */
function beforeBreak(said: string, text: string): string {
  if (said.includes('\n')) return text;
  const at = text.indexOf('\n');
  return at < 0 || (at === 0 && said === '') ? text : text.slice(0, at);
}

/** Whether the gate is asked, and how many pictures the message wants. */
export const asksGate = ({ images }: LlmOptions): boolean => images !== 'ALWAYS' && images !== 'NEVER';

function pictureAtFirst(options: LlmOptions, { imagesAnnounced }: ForcedText): 'undecided' | 'wanted' | 'settled' {
  if (options.images === 'NEVER' || imagesAnnounced > 0) return 'settled';
  return asksGate(options) ? 'undecided' : 'wanted';
}
