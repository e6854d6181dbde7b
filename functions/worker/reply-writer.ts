// Writes what the language function emits into the reply's log, in order and in batches: the first text at once, later
// text gathered for a moment. Must never write after the fence was lost, nor keep text back at the end.
import { coerceError } from '../../core/app-error.ts';
import type { FoldedPart, LoggedEvent } from '../../core/message-event.ts';
import { addFound, addPicture, type FoundPicture, type NewPicture } from '../../infra/database/add-picture.ts';
import { appendEvents } from '../../infra/database/event-log.ts';
import type { ClaimedJob } from '../../infra/database/jobs.ts';
import type { WorkerParts } from './parts.ts';

export interface ReplyWriter {
  /** Takes text; returns before it is written. */
  readonly text: (text: string) => void;
  /** Takes a picture's place; what comes there is chosen when it is written. Text that comes later goes behind it. */
  readonly picture: (choose: () => Promise<Placement>) => void;
  /** Resolves when everything taken is written. @throws what a write threw */
  readonly written: () => Promise<void>;
}

/** What comes in a picture's place. */
export type Placement =
  | { readonly kind: 'draw'; readonly picture: Omit<NewPicture, 'partIndex'> }
  | { readonly kind: 'find'; readonly found: Omit<FoundPicture, 'partIndex'> }
  | { readonly kind: 'nothing' };

type Item =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'picture'; readonly choose: () => Promise<Placement> };

/**
 * @param before parts that an earlier attempt wrote; writing goes on behind them
 * @param onTrouble called once when the fence is lost or a write throws: the run must stop
 */
export function createReplyWriter(
  parts: WorkerParts,
  job: ClaimedJob,
  messageId: string,
  before: readonly FoldedPart[],
  onTrouble: () => void,
): ReplyWriter {
  const last = before.at(-1);
  let partIndex = last?.kind === 'text' ? before.length - 1 : before.length;
  let codePoints = last?.kind === 'text' ? Array.from(last.text).length : 0;
  let queue: Item[] = [];
  let writing: Promise<void> | undefined;
  let stopped = false;
  let failure: unknown;

  function take(item: Item): void {
    queue.push(item);
    writing ??= drain().finally(() => (writing = undefined));
  }

  async function drain(): Promise<void> {
    try {
      while (queue.length > 0 && !stopped) {
        const items = queue;
        queue = [];
        await write(items);
        // what arrives meanwhile goes out together
        if (queue.length === 0) await pause(parts.textBatchMs);
      }
    } catch (thrown) {
      failure = thrown;
      stop();
    }
  }

  async function write(items: readonly Item[]): Promise<void> {
    let events: LoggedEvent[] = [];
    for (const item of items) {
      if (item.kind === 'text') {
        addText(events, item.text);
        continue;
      }
      const placement = await item.choose();
      if (placement.kind === 'nothing') continue;
      // a picture that is gone by now takes no place, and the text goes on where it was
      const index = codePoints > 0 ? partIndex + 1 : partIndex;
      const added =
        placement.kind === 'draw'
          ? await addPicture(
              parts.db,
              job,
              messageId,
              events,
              { partIndex: index, ...placement.picture },
              parts.leaseMs,
            )
          : await addFound(parts.db, job, messageId, events, { partIndex: index, ...placement.found }, parts.leaseMs);
      if (added === 'lost') {
        stop();
        return;
      }
      if (added === 'gone') continue;
      partIndex = index;
      events = [];
      nextPart();
      if (placement.kind === 'draw') parts.bus.ring('jobs');
      parts.bus.ring(`message:${messageId}`);
    }
    if (events.length === 0) return;
    const outcome = await appendEvents(parts.db, job, messageId, events, parts.leaseMs);
    if (outcome === 'lost') {
      stop();
      return;
    }
    parts.bus.ring(`message:${messageId}`);
  }

  /** Joins neighbouring text of one part into one event. */
  function addText(events: LoggedEvent[], text: string): void {
    const previous = events.at(-1);
    if (previous?.type === 'text' && previous.partIndex === partIndex)
      events[events.length - 1] = { ...previous, text: previous.text + text };
    else events.push({ type: 'text', partIndex, offset: codePoints, text });
    codePoints += Array.from(text).length;
  }

  function nextPart(): void {
    partIndex++;
    codePoints = 0;
  }

  function stop(): void {
    stopped = true;
    queue = [];
    onTrouble();
  }

  return {
    text: (text) => take({ kind: 'text', text }),
    picture: (choose) => take({ kind: 'picture', choose }),
    async written() {
      while (writing) await writing;
      if (failure !== undefined) throw coerceError(failure);
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
