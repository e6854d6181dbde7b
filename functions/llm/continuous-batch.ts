// Serves many replies with one network: each round reads one chunk of one prompt or the rows of a reply's pictures, then decodes
// one token of every reply that is being written, in one pass. Must never let one reply's failure, cancel or length reach another: a long prompt
// delays the others' tokens by one chunk, a cancelled reply is gone within a round, and prompts are read in turn.
import { AppError, coerceError } from '../../core/app-error.ts';
import type { Observe } from '../../core/observation.ts';
import type { Turns } from '../engine/turns.ts';
import { concatenate } from './decoder-graph.ts';
import { maxPassItems, type Decoder, type Reading, type Step } from './decoder.ts';
import type { KeptPositions } from './kept-positions.ts';
import type { PromptItem, Span } from './prompt.ts';

/**
 * Rows that are no choice of the model's, read in one pass for their states: `[IMG0]` and those behind it. The words go on as
 * if they were not there, since a language model that never learned to write behind them says them again.
 */
export interface AsideRows {
  /** Two at least: a pass of one has other last bits than the same row in a prompt. A token follows, or nothing. */
  readonly rows: readonly PromptItem[];
  /**
   * The reply goes on when it has resolved.
   * @param states at the rows, shape (rows, H), the caller's own
   * @param told those before them that the request asks for, shape (T, H), the caller's own
   */
  readonly onStates: (states: Float32Array, told: Float32Array) => void | Promise<void>;
}

export type Feed = number | AsideRows;

/** Which states rows are told of. */
export interface ToldSpans {
  /** Positions of the prompt, oldest first; the last span goes on to the rows. One at least. */
  readonly spans: readonly Span[];
  /** How many at most: the last before the rows. */
  readonly most: number;
}

export interface SequenceRequest {
  readonly prompt: readonly PromptItem[];
  /** Tokens behind the prompt that an earlier attempt chose. Read one a pass, as they were then. */
  readonly written: readonly number[];
  /** Most that prompt and reply come to hold. */
  readonly positions: number;
  /** States that rows are told of. Absent: none but their own. */
  readonly told?: ToldSpans | undefined;
  /** The prompt has its slot, where so many of its positions stand already. */
  readonly onAdmitted: (cachedTokens: number) => void;
  /** The prompt is read: the state at its last item, shape (H), the caller's own. */
  readonly onRead?: (state: Float32Array) => void;
  /** Logits behind the last item, shape (V), may be changed → what comes next; nothing: the reply is complete. */
  readonly next: (logits: Float32Array) => readonly Feed[];
}

export interface ContinuousBatch extends AsyncDisposable {
  /**
   * Resolves when `next` has ended the reply, with the time that the network spent on it: its share of shared passes.
   * @throws the signal's reason; what `next` or the network throws
   */
  readonly serve: (request: SequenceRequest, signal: AbortSignal) => Promise<{ readonly computeMs: number }>;
}

/** Items of a chunk while others wait for their tokens: a few tokens' time. Behind many positions each takes longer. */
const politeItems = (length: number): number => Math.max(8, Math.min(32, Math.floor(48_000 / length)));

interface Sequence {
  readonly request: SequenceRequest;
  readonly signal: AbortSignal;
  readonly ended: PromiseWithResolvers<{ computeMs: number }>;
  slot: number;
  /** Positions that the slot holds. */
  length: number;
  /** What is read next, one a pass, once the prompt is read. The logits behind its last are the reply's. */
  readonly feed: Feed[];
  computeMs: number;
}

export interface BatchOptions {
  /** Positions that all slots together may hold; default: every slot all of its own. */
  readonly positions?: number;
  readonly observe?: Observe | undefined;
}

export function createContinuousBatch(
  decoder: Decoder,
  kept: KeptPositions,
  turns: Turns,
  { positions = decoder.arena.slots * decoder.arena.capacity, observe = () => undefined }: BatchOptions = {},
): ContinuousBatch {
  const { arena } = decoder;
  /** By slot: positions whose memory has been used since it was last given back, at most. */
  const touched = Array.from({ length: arena.slots }, () => 0);
  const waiting: Sequence[] = [];
  /** By slot. */
  const admitted: (Sequence | undefined)[] = Array.from({ length: arena.slots }, () => undefined);
  /** Those whose prompt is not read yet or who wait for rows to be read, in the order of their turns. */
  const reading: Sequence[] = [];
  let working: Promise<void> | undefined;

  function start(): void {
    working ??= work()
      .catch(failAll)
      .finally(() => {
        working = undefined;
        observeUse();
        if (waiting.length > 0) start(); // asked for while the last round ended
      });
  }

  /** A fault of the engine itself: everyone hears of it rather than waiting for ever. */
  function failAll(thrown: unknown): void {
    for (const { ended } of [...waiting.splice(0), ...admitted.filter((each) => each !== undefined)])
      ended.reject(coerceError(thrown));
    admitted.fill(undefined);
    reading.length = 0;
  }

  const readsPrompt = ({ request, length }: Sequence): boolean => length < request.prompt.length;
  /** It takes no part in the steps. */
  const isReading = (sequence: Sequence): boolean => readsPrompt(sequence) || typeof sequence.feed[0] === 'object';

  async function work(): Promise<void> {
    using _writing = turns.write();
    for (;;) {
      await dropAborted();
      await admit();
      if (admitted.every((sequence) => sequence === undefined)) return;
      await readChunk();
      await dropAborted();
      await step();
      await compact();
      observeUse();
    }
  }

  async function admit(): Promise<void> {
    for (let slot = admitted.indexOf(undefined); slot >= 0 && waiting.length > 0; slot = admitted.indexOf(undefined)) {
      const { request } = waiting[0]!;
      // those behind a long one wait with it: passing it by, they could keep it waiting for ever
      if (sum(admitted.map(needOf)) + request.positions > positions) return;
      const sequence = waiting.shift()!;
      const { prompt } = request;
      sequence.slot = slot;
      admitted[slot] = sequence;
      await makeRoom(slot);
      // two items at least are left to read: a pass of one has other last bits, and the last one's logits are wanted
      sequence.length = await kept.restore(slot, prompt, prompt.length - 2);
      observe({ kind: 'prompt', items: prompt.length, cachedItems: sequence.length });
      reading.push(sequence);
      await guarded(sequence, () => sequence.request.onAdmitted(sequence.length));
    }
  }

  /** Memory that slots keep from replies before is given back where the budget needs it. */
  async function makeRoom(slot: number): Promise<void> {
    touched[slot] = Math.max(touched[slot]!, needOf(admitted[slot]));
    if (sum(touched) <= positions) return;
    for (const [other, sequence] of admitted.entries()) {
      const needed = needOf(sequence);
      if (touched[other]! <= needed) continue;
      await arena.forget(other, needed);
      touched[other] = needed;
    }
  }

  async function readChunk(): Promise<void> {
    const sequence = reading.shift();
    if (!sequence) return;
    await guarded(sequence, () => (readsPrompt(sequence) ? readPrompt(sequence) : readRows(sequence)));
  }

  async function readPrompt(sequence: Sequence): Promise<void> {
    const { request, length } = sequence;
    const { prompt, onRead } = request;
    const others = admitted.some((other) => other && other !== sequence);
    const items = prompt.slice(
      length,
      length + chunkOf(prompt.length - length, others ? politeItems(length) : maxPassItems),
    );
    const { logits, states } = await read(sequence, items);
    if (readsPrompt(sequence)) {
      reading.push(sequence);
      return;
    }
    await kept.keep(sequence.slot, prompt);
    onRead?.(states.slice(-states.length / items.length));
    await goOn(sequence, logits);
  }

  async function readRows(sequence: Sequence): Promise<void> {
    const { rows, onStates } = sequence.feed.shift() as AsideRows;
    const { length } = sequence;
    const { logits, states } = await read(sequence, rows);
    sequence.length = length; // what comes next is written over them
    const startedAt = performance.now();
    await onStates(states.slice(), statesTold(sequence));
    sequence.computeMs += performance.now() - startedAt;
    await goOn(sequence, logits);
  }

  /** Of the positions before the rows, oldest first, shape (T, H). */
  function statesTold({ slot, length, request: { told } }: Sequence): Float32Array {
    if (!told) return new Float32Array();
    const pieces: Float32Array[] = [];
    let left = told.most;
    for (const [i, { from, to }] of [...told.spans.entries()].reverse()) {
      const end = i === told.spans.length - 1 ? length : to;
      const items = Math.min(left, end - from);
      if (items <= 0) continue;
      pieces.unshift(arena.states(slot, end - items, items)); // (items, H)
      left -= items;
    }
    return concatenate(pieces); // (T, H)
  }

  async function read(sequence: Sequence, items: readonly PromptItem[]): Promise<Reading> {
    const { result, ms } = await timed(() => decoder.read(sequence.slot, sequence.length, items, sequence.signal));
    sequence.length += items.length;
    sequence.computeMs += ms;
    observe({ kind: 'read', items: items.length, ms });
    return result;
  }

  /** One token of every reply whose prompt is read. Rows between them that wait for something else write where nothing is yet. */
  async function step(): Promise<void> {
    const last = admitted.findLastIndex((sequence) => sequence && !isReading(sequence));
    if (last < 0) return;
    const slots = admitted.slice(0, last + 1);
    const writing = slots.filter((sequence) => sequence !== undefined && !isReading(sequence)) as Sequence[];
    const rows = slots.map((sequence) =>
      sequence && !isReading(sequence)
        ? { item: sequence.feed[0] as number, length: sequence.length }
        : { item: 0, length: sequence?.length ?? 0 },
    );
    let pass: { result: Step; ms: number };
    try {
      pass = await timed(() => decoder.step(rows));
    } catch (thrown) {
      for (const sequence of writing) await end(sequence, coerceError(thrown));
      return;
    }
    const { ms, result } = pass;
    const { logits } = result;
    observe({ kind: 'step', rows: writing.length, ms });
    for (const sequence of writing) {
      const { slot } = sequence;
      sequence.length++;
      sequence.feed.shift();
      sequence.computeMs += ms / writing.length;
      await guarded(sequence, () => goOn(sequence, logits[slot]!));
    }
  }

  /** Without the time that a pass waits for its turn. */
  function timed<T>(pass: () => Promise<T>): Promise<{ result: T; ms: number }> {
    return turns.text(async () => {
      const startedAt = performance.now();
      const result = await pass();
      return { result, ms: performance.now() - startedAt };
    });
  }

  /** Rows of a pass are neighbours: the last slot moves into the first gap. */
  async function compact(): Promise<void> {
    const gap = admitted.indexOf(undefined);
    const last = admitted.findLastIndex((sequence) => sequence !== undefined);
    if (gap < 0 || last < gap) return;
    const sequence = admitted[last]!;
    arena.copySlot(last, gap, sequence.length);
    touched[gap] = Math.max(touched[gap]!, needOf(sequence));
    sequence.slot = gap;
    admitted[gap] = sequence;
    admitted[last] = undefined;
    // no pass runs now: what the longer slot held is given back where both would be more than there is
    if (sum(touched) <= positions) return;
    await arena.forget(last, 0);
    touched[last] = 0;
  }

  /** @param logits behind what was read last; the reply's where nothing more waits to be read */
  async function goOn(sequence: Sequence, logits: Float32Array): Promise<void> {
    const { feed, request, signal } = sequence;
    if (feed.length === 0) {
      signal.throwIfAborted();
      feed.push(...request.next(logits));
    }
    if (feed.length === 0) await end(sequence);
    else if (isReading(sequence)) reading.push(sequence);
  }

  async function dropAborted(): Promise<void> {
    for (const sequence of admitted)
      if (sequence?.signal.aborted) await end(sequence, coerceError(sequence.signal.reason));
  }

  /** What goes wrong ends this reply and no other. */
  async function guarded(sequence: Sequence, work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      await end(sequence, coerceError(thrown));
    }
  }

  async function end(sequence: Sequence, error?: Error): Promise<void> {
    if (admitted[sequence.slot] !== sequence) return;
    const turn = reading.indexOf(sequence);
    if (turn >= 0) reading.splice(turn, 1);
    const { prompt } = sequence.request;
    if (readsPrompt(sequence)) await kept.keep(sequence.slot, prompt.slice(0, sequence.length)); // it may be asked again
    admitted[sequence.slot] = undefined;
    if (error) sequence.ended.reject(error);
    else sequence.ended.resolve({ computeMs: sequence.computeMs });
  }

  function observeUse(): void {
    const active = admitted.filter((sequence) => sequence !== undefined);
    observe({
      kind: 'slots',
      total: arena.slots,
      active: active.length,
      waiting: waiting.length,
      positions: active.reduce((sum, { length }) => sum + length, 0),
      totalPositions: positions,
      keptBytes: kept.bytes(),
    });
  }

  return {
    serve: (request, signal) => {
      if (signal.aborted) return Promise.reject(coerceError(signal.reason));
      const most = Math.min(positions, arena.capacity);
      if (request.positions > most)
        return Promise.reject(new AppError('INTERNAL', `${request.positions} positions were asked for, of ${most}`));
      const ended = Promise.withResolvers<{ computeMs: number }>();
      const sequence: Sequence = {
        request,
        signal,
        ended,
        slot: -1,
        length: 0,
        feed: [...request.written],
        computeMs: 0,
      };
      waiting.push(sequence);
      const abort = (): void => {
        const place = waiting.indexOf(sequence);
        if (place < 0) return; // it has a slot, and the round that is under way ends it
        waiting.splice(place, 1);
        ended.reject(coerceError(signal.reason));
      };
      signal.addEventListener('abort', abort, { once: true });
      start();
      return ended.promise.finally(() => signal.removeEventListener('abort', abort));
    },
    [Symbol.asyncDispose]: async () => {
      await working;
    },
  };
}

const needOf = (sequence: Sequence | undefined): number => sequence?.request.positions ?? 0;
const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

/** Items of the next pass of a prompt: never all but one, since one alone would take another kernel. */
function chunkOf(left: number, most: number): number {
  return left - most === 1 ? most - 1 : Math.min(left, most);
}
