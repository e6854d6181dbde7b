// The pictures of one reply: the rows of all are read in one pass at the first one's place, each set behind those before it; each is told at
// the end of a sentence, the rest behind the text. Must never hold text back longer than rows are read.
import type { LlmEvent, LlmImageEvent } from '../../core/function-contract.ts';
import type { AsideRows } from './continuous-batch.ts';
import { createPicturePlace } from './picture-place.ts';
import type { PromptItem } from './prompt.ts';

/** What is told of a picture at its place. */
export interface PictureReader {
  /** `[IMG0]`… */
  readonly rows: readonly PromptItem[];
  /** Tokens whose embeddings the rows are, in their order; none where they are no token's. */
  readonly rowTokens: readonly number[];
  /** @param states at the rows, shape (r, H) @param turn those before the rows of all, shape (T, H), where they are asked for */
  readonly read: (
    states: Float32Array,
    turn: Float32Array,
  ) => Promise<Omit<LlmImageEvent, 'type' | 'wanted' | 'series'>>;
}

export interface SeriesOptions {
  readonly reader: PictureReader | undefined;
  /** Pictures of the reply, one at least. */
  readonly count: number;
  /** Of several: what the message says of each. */
  readonly parts: readonly string[] | undefined;
  /** So many of them were told by an earlier attempt. */
  readonly told: number;
  /** The first full stop ends a sentence, and nothing else does. */
  readonly atFullStop?: boolean;
  /** Told with each. */
  readonly common: () => Pick<LlmImageEvent, 'wanted'>;
}

export interface PictureSeries {
  /** A picture's place is here, behind what was said so far. */
  readonly announce: () => void;
  /** Takes text; what comes while rows are read is told behind their picture. */
  readonly say: (text: string) => void;
  /** Rows to be read before the token that follows them, or alone at the end. */
  readonly takeUnread: () => readonly AsideRows[];
  /** Whether an earlier attempt told some pictures and not all. */
  readonly goesOn: boolean;
  /** Nothing more is said. */
  readonly end: () => void;
}

export function createPictureSeries(
  { reader, count, parts, told, atFullStop = false, common }: SeriesOptions,
  emit: (event: LlmEvent) => void,
): PictureSeries {
  let unread: readonly AsideRows[] = [];
  /** Words behind the place, while rows are read. */
  let held: string | undefined;
  /** Pictures that wait for places of their own. */
  let waiting: readonly LlmImageEvent[] = [];
  let place = createPicturePlace('', atFullStop);
  const goesOn = reader !== undefined && told > 0 && told < count;

  function readRows({ rows, read }: PictureReader): void {
    held = '';
    const onStates: AsideRows['onStates'] = async (states, turn) => {
      const width = states.length / count;
      const found: LlmImageEvent[] = [];
      for (let index = told; index < count; index++) {
        const own = await read(states.slice(index * width, (index + 1) * width), turn); // (r, H), (T, H)
        const words = parts?.[index];
        const repeats = parts?.slice(0, index).filter((other) => other === words).length;
        const series = count > 1 && { series: { index, count, ...(words && { words, repeats: repeats! }) } };
        found.push({ type: 'image', ...common(), ...own, ...series });
      }
      waiting = found;
      const behind = held!;
      held = undefined;
      // behind those that an earlier attempt told, the next has a place of its own to come
      if (told === 0) tellNext();
      say(behind);
    };
    unread = [{ rows: Array.from({ length: count }, () => rows).flat(), onStates }];
  }

  function tellNext(): void {
    const [next, ...others] = waiting;
    waiting = others;
    emit(next!);
  }

  function say(text: string): void {
    if (held !== undefined) {
      held += text;
      return;
    }
    let rest = text;
    while (waiting.length > 0) {
      const cut = place.push(rest);
      if (!cut) break;
      tell(cut.before);
      tellNext();
      place = createPicturePlace('', atFullStop);
      rest = cut.after;
    }
    tell(rest);
  }

  function tell(text: string): void {
    if (text !== '') emit({ type: 'text', text });
  }

  if (goesOn) readRows(reader);

  return {
    goesOn,
    announce: () => {
      if (reader) readRows(reader);
      else emit({ type: 'image', ...common() });
    },
    say,
    takeUnread: () => {
      const rows = unread;
      unread = [];
      return rows;
    },
    end: () => {
      while (waiting.length > 0) tellNext();
    },
  };
}
